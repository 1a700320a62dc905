/**
 * Preloaded (`node --import`): breaks one promise of libs/queue on purpose (CHAOS_BREAK), to show that the account would
 * notice. The module is loaded as it stands, with one function or class exchanged.
 */
import { registerHooks } from 'node:module';

const breakages = {
  /** A ledger that forgets what is finished; without what waits, an operation would wait for ever. */
  ledger: {
    file: '/libs/queue/src/redis-ledger.ts',
    declaration: 'export function redisLedger(',
    intact: 'function intactRedisLedger(',
    replacement: `export function redisLedger(options: any): any {
      const intact = intactRedisLedger(options);
      const entry = (index: number) => {
        const known = intact.entry(index);
        return known?.outcome.status === 'later' ? known : undefined;
      };
      return Object.create(intact, { entry: { value: entry } });
    }`,
  },
  /** A producer that takes every copy of a delivery for another one. */
  dedupe: {
    file: '/libs/queue/src/run-producer.ts',
    declaration: 'export class RunProducer {',
    intact: 'class IntactRunProducer {',
    replacement: `export class RunProducer extends IntactRunProducer {
      override enqueue(input: EventToEnqueue) {
        const delivery = input.event.delivery + '.' + crypto.randomUUID();
        return super.enqueue({ ...input, event: { ...input.event, delivery } });
      }
    }`,
  },
} as const;

export type Breakage = keyof typeof breakages;

const { CHAOS_BREAK } = process.env;
const breakage = CHAOS_BREAK === 'ledger' || CHAOS_BREAK === 'dedupe' ? breakages[CHAOS_BREAK] : undefined;
if (breakage !== undefined) {
  const { file, declaration, intact, replacement } = breakage;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(declaration)) throw new Error(`${file} has no "${declaration}" to break any more`);
      return { ...loaded, source: `${source.replace(declaration, intact)}\n${replacement}\n` };
    },
  });
}
