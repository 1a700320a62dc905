import { type Bot, done, failed, type Outcome, silentLog } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { ClientPool } from './client-pool.ts';
import { createMemoryLedger } from './ledger.ts';
import { runBackgroundJob } from './run-background-job.ts';
import { runBot } from './run-bot.ts';
import {
  backgroundJob,
  bot,
  type Call,
  client,
  credentials,
  event,
  jobOperation,
  memoryCache,
  operation,
  runInfo,
} from './test-support/harness.ts';

const rest = () => ({
  run: runInfo(),
  ledger: createMemoryLedger(),
  signal: new AbortController().signal,
  log: silentLog,
});
const pool = (cache = memoryCache()) => new ClientPool({ credentials: [], validityMs: 1000, log: silentLog, cache });
const eventRun = (tested: Bot, clients: ClientPool) => runBot({ bot: tested, event: event(), clients, ...rest() });

/** Says what it remembers, and remembers this run. */
async function remembering({ memo, run }: Call): Promise<Outcome> {
  const before = await memo.recall('who');
  await memo.keep('who', run.name, 60_000);
  return done(`before: ${before ?? 'nobody'}`);
}

test('an operation remembers from one run to the next, of bots and of background jobs', async () => {
  const clients = pool();
  const tested = bot('A', [operation('remember', remembering), operation('other', remembering)]);
  const job = { job: backgroundJob('B', [jobOperation('remember', remembering)]), tick: { job: 'B', dueAt: '' } };
  const summaries = (report: Awaited<ReturnType<typeof eventRun>>) =>
    report.operations.map(({ outcome }) => (outcome.status === 'done' ? outcome.summary : outcome.reason));

  expect(summaries(await eventRun(tested, clients))).toEqual(['before: nobody', 'before: nobody']);
  expect(summaries(await eventRun(tested, clients))).toEqual(['before: Test', 'before: Test']);
  expect(summaries(await runBackgroundJob({ ...job, clients, ...rest() }))).toEqual(['before: Test']);
  expect(summaries(await eventRun(tested, pool()))).toEqual(['before: nobody', 'before: nobody']);
});

test('an operation that is given up remembers as well', async () => {
  const clients = pool();
  const told: unknown[] = [];
  const giveUp = operation(
    'give-up',
    async ({ memo }) => {
      await memo.keep('what', 'a check run', 60_000);
      return failed('no');
    },
    { abandon: async ({ memo }) => void told.push(await memo.recall('what')) },
  );
  await runBot({ bot: bot('A', [giveUp]), event: event(), clients, ...rest(), lastAttempt: true });
  expect(told).toEqual(['a check run']);
});

test('each client is made with the cache', async () => {
  const cache = memoryCache();
  const given: unknown[] = [];
  const noting = {
    ...credentials('github', async () => client('github')),
    createAuthenticatedClient: async (_validityMs: number, one: unknown) => {
      given.push(one);
      return client('github');
    },
  };
  const clients = new ClientPool({ credentials: [noting], validityMs: 1000, log: silentLog, cache });
  await clients.deliverySources({ log: silentLog, signal: new AbortController().signal });
  expect(given).toEqual([cache]);
});
