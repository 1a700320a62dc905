/**
 * Preloaded (`node --import`): sets this process's clock off by CHAOS_CLOCK_OFFSET_MS. Only the time of day is off, as on a
 * machine whose clock nobody sets; timers and `performance.now()` count as ever.
 */
const offsetMs = Number(process.env.CHAOS_CLOCK_OFFSET_MS);
const TrueDate = Date;
const now = () => TrueDate.now() + offsetMs;

globalThis.Date = new Proxy(TrueDate, {
  get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  apply: () => new TrueDate(now()).toString(),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
});
