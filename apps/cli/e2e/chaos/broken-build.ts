/**
 * Preloaded (`node --import`): breaks one promise of libs/queue on purpose (CHAOS_BREAK), to show that the account would
 * notice. The module is loaded as it stands, with the one function exchanged.
 */
import { registerHooks } from 'node:module';

const breakages = {
  /** A ledger that forgets what is finished; without what waits, an operation would wait for ever. */
  ledger: {
    file: '/libs/queue/src/redis-ledger.ts',
    name: 'redisLedger',
    replacement: `export function redisLedger(options: any): any {
      const intact = intactRedisLedger(options);
      const entry = (index: number) => {
        const known = intact.entry(index);
        return known?.outcome.status === 'later' ? known : undefined;
      };
      return Object.create(intact, { entry: { value: entry } });
    }`,
  },
  /** Runs whose ids say nothing of their delivery. */
  dedupe: {
    file: '/libs/queue/src/names.ts',
    name: 'runIdOf',
    replacement: `export function runIdOf(delivery: any, bot: any): string {
      return intactRunIdOf(delivery, bot) + '.' + crypto.randomUUID();
    }`,
  },
} as const;

export type Breakage = keyof typeof breakages;

const { CHAOS_BREAK } = process.env;
const breakage = CHAOS_BREAK === 'ledger' || CHAOS_BREAK === 'dedupe' ? breakages[CHAOS_BREAK] : undefined;
if (breakage !== undefined) {
  const { file, name, replacement } = breakage;
  const declaration = `export function ${name}(`;
  const intact = `intact${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const source = String(loaded.source);
      if (!source.includes(declaration)) throw new Error(`${file} has no "${declaration}" to break any more`);
      return { ...loaded, source: `${source.replace(declaration, `function ${intact}(`)}\n${replacement}\n` };
    },
  });
}
