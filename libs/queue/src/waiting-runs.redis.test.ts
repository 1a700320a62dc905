import { type Bot, done, type EventOperation, failed, later, OctoError } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, ended, observer, producer, push, startedConsumer } from './test-support/harness.ts';

type Execute = EventOperation['execute'];
type Abandon = NonNullable<EventOperation['abandon']>;

/** A bot whose one operation is called with all that the engine gives. */
function botOf(execute: Execute, options: { abandon?: Abandon; queue?: Partial<Bot['queue']> } = {}): Bot {
  const made = bot('A', () => done('replaced'), options.queue);
  const { abandon } = options;
  const operations = made.operations.map((operation) => ({
    ...operation,
    execute,
    ...(abandon === undefined ? {} : { abandon }),
  }));
  return { ...made, operations };
}

test('a run that hits a rate limit waits for its reset in Redis, and ends in its first attempt', async () => {
  await using redis = await startRedis();
  const calls: { attempt: number; state: unknown; at: number }[] = [];
  const resumeAt = Date.now() + 1500;
  const a = botOf(
    async ({ run, state }) => {
      calls.push({ attempt: run.attempt, state, at: Date.now() });
      if (calls.length === 1) throw new OctoError('GITHUB_RATE_LIMITED', 'a rate limit is reached', { resumeAt });
      return done('arrived');
    },
    { queue: { attempts: 1 } },
  );
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));
  const run = () => look.botQueue(a).getJob('d-1.a');
  await waitFor('the run to wait', async () => (await (await run())?.getState()) === 'delayed');
  const job = await ended(run, 'completed');

  expect(calls.map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect(calls[1]?.at).toBeGreaterThanOrEqual(resumeAt);
  expect(job.attemptsMade).toBe(1);
});

test('a wait outlives its worker and a restart of Redis, with its state and its beginning', async () => {
  await using redis = await startRedis({ appendOnly: true });
  const seen: { worker: string; state: unknown; waitingSince: number | undefined; attempt: number }[] = [];
  const a = (worker: string) =>
    botOf(async ({ state, waitingSince, run }) => {
      seen.push({ worker, state, waitingSince, attempt: run.attempt });
      return state === undefined ? later({ afterMs: 3000 }, { state: { scan: 7 }, reason: 'scan' }) : done('scanned');
    });
  const first = deployment({ bots: [a('first')] });
  const second = deployment({ bots: [a('second')] });
  await using look = observer(redis.url);
  const run = () => look.botQueue(a('')).getJob('d-1.a');
  await using runs = producer(redis.url, first);
  const before = Date.now();
  {
    await using _consumer = await startedConsumer(redis.url, first);
    await runs.enqueue(push('d-1', [a('first')]));
    await waitFor('the run to wait', async () => (await (await run())?.getState()) === 'delayed');
  }
  const asked = Date.now();
  await redis.stop();
  await redis.start();

  await using _other = await startedConsumer(redis.url, second);
  const job = await ended(run, 'completed');

  expect(seen).toEqual([
    { worker: 'first', state: undefined, waitingSince: undefined, attempt: 1 },
    { worker: 'second', state: { scan: 7 }, waitingSince: expect.any(Number), attempt: 1 },
  ]);
  expect(seen[1]?.waitingSince).toBeGreaterThanOrEqual(before);
  expect(seen[1]?.waitingSince).toBeLessThanOrEqual(asked);
  expect(job.attemptsMade).toBe(1);
});

test('a run whose wait takes longer than it may fails for good, and closes what it left open', async () => {
  await using redis = await startRedis();
  const abandoned: string[] = [];
  const a = botOf(async () => later({ afterMs: 100 }, { reason: 'the scan runs', giveUpAfterMs: 500 }), {
    abandon: async ({ failure, key }) => {
      abandoned.push(`${key} ${failure.code}`);
    },
  });
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  expect(job.failedReason).toMatch(/^op-0: OPERATION_GAVE_UP: gave up after waiting/);
  expect(job.attemptsMade).toBe(1);
  expect(abandoned).toEqual(['d-1.a/0.op-0 OPERATION_GAVE_UP']);
});

test('the last attempt alone closes what the operation left open, a timeout in it too', async () => {
  await using redis = await startRedis();
  const events: string[] = [];
  const a = botOf(
    async ({ signal, run }) => {
      events.push(`attempt ${run.attempt}`);
      if (run.attempt < 3) return failed('busy', { retryable: true });
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    },
    {
      queue: { attempts: 3, timeoutMs: 200 },
      abandon: async ({ failure, run }) => {
        events.push(`closed after ${run.attempt}: ${failure.code}`);
      },
    },
  );
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  expect(events).toEqual(['attempt 1', 'attempt 2', 'attempt 3', 'closed after 3: RUN_TIMED_OUT']);
});

test('a run that Redis failed because it was lost with its workers is closed by the worker that learns of it', async () => {
  await using redis = await startRedis();
  const events: string[] = [];
  const a = botOf(
    async () => {
      events.push('called');
      return done('never');
    },
    {
      abandon: async ({ failure, key }) => {
        events.push(`${key} ${failure.code}`);
      },
    },
  );
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await runs.enqueue(push('d-1', [a]));
  const queue = look.botQueue(a);
  // What BullMQ leaves in Redis once a run was lost more often than it may be; the next worker fails it without calling it.
  await look.redis.hset(queue.toKey('d-1.a'), 'defa', 'job stalled more than allowable limit');

  await using _consumer = await startedConsumer(redis.url, what);

  await ended(() => queue.getJob('d-1.a'), 'failed');
  await waitFor('the closing', () => events.length > 0);
  expect(events).toEqual(['d-1.a/0.op-0 RUN_LOST_TOO_OFTEN']);
});
test('a run that killed its workers too often closes what it left open, and tries again while the service is down', async () => {
  await using redis = await startRedis();
  const events: string[] = [];
  const a = botOf(
    async () => {
      events.push('called');
      return done('never');
    },
    {
      abandon: async ({ failure, key }) => {
        events.push(`${key} ${failure.code}`);
        const resumeAt = Date.now() + 100;
        if (events.length === 1) throw new OctoError('GITHUB_RATE_LIMITED', 'a rate limit is reached', { resumeAt });
      },
    },
  );
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await runs.enqueue(push('d-1', [a]));
  const queue = look.botQueue(a);
  // How often BullMQ has counted the run as lost: as often as it may be. One more would mean that the closing itself kills.
  await look.redis.hset(queue.toKey('d-1.a'), 'stc', String(Math.max(a.queue.attempts, 3)));

  await using _consumer = await startedConsumer(redis.url, what);

  await ended(() => queue.getJob('d-1.a'), 'failed');
  expect(events).toEqual(['d-1.a/0.op-0 RUN_LOST_TOO_OFTEN', 'd-1.a/0.op-0 RUN_LOST_TOO_OFTEN']);
});
