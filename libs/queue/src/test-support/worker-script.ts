import { done, later, type Outcome } from '@octo-bots/core';
import { createLogger } from '@octo-bots/telemetry';
import { bot, type Call, deployment, startedConsumer } from './harness.ts';

/**
 * For tests: a worker in a process of its own, whose bot A does what the first argument says. The second one is the number of
 * milliseconds of silence after which its runs are given to another worker.
 */

const [way = '', lockMs = ''] = process.argv.slice(2);
const log = createLogger({ name: 'test', level: 'info' });

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way; nothing after it may happen.
  for (;;);
}

const ways: Record<string, (call: Call) => Promise<Outcome> | Outcome> = {
  dies: ({ run }) => {
    log.info({ run: run.id, attempt: run.attempt }, 'dying');
    return die();
  },
  'dies-after-waiting': ({ state }) =>
    state === 'waited' ? die() : later({ afterMs: 1 }, { state: 'waited', reason: 'wait' }),
  // As one does that heeds its signal too late: what it did is done.
  'ends-when-told': async ({ signal, run }) => {
    log.info({ run: run.id }, 'begun');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return done('by the worker that lost the run');
  },
};

const logic = ways[way];
if (logic === undefined) throw new Error(`no such way: ${way}`);
const a = bot('A', logic);
const redisUrl = process.env.REDIS_URL ?? '';
await startedConsumer(redisUrl, deployment({ bots: [a] }), { log, lockMs: Number(lockMs) });
log.info({ url: 'http://nowhere.invalid' }, 'listening');
