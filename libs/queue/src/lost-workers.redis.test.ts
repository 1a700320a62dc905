import { fileURLToPath } from 'node:url';
import { done, failed } from '@octo-bots/core';
import { startProcess, startRedis, type TestProcess, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { redisLedger } from './redis-ledger.ts';
import { bot, deployment, ended, observer, producer, push, startedConsumer } from './test-support/harness.ts';

const script = fileURLToPath(new URL('test-support/worker-script.ts', import.meta.url));
/** Processes start slowly where much else runs. */
const patience = { timeoutMs: 60_000 };
const testLimit = { timeout: 90_000 };
/** Short, so that nobody waits the half minute that a lost run takes by default. */
const lockMs = 600;

function workerProcess(redisUrl: string, way: string): Promise<TestProcess> {
  return startProcess({ script, args: [way, String(lockMs)], env: { REDIS_URL: redisUrl } });
}

test(
  'a worker that was paused, and so lost its run, records nothing over what the next one recorded',
  testLimit,
  async () => {
    await using redis = await startRedis();
    await using look = observer(redis.url);
    const a = bot('A', () => done('by the next worker'));
    const what = deployment({ bots: [a] });
    await using runs = producer(redis.url, what);
    await using paused = await workerProcess(redis.url, 'ends-when-told');
    await runs.enqueue(push('d-1', [a]));
    await paused.waitForLine(/"begun"/, patience);

    paused.kill('SIGSTOP');
    await using next = await startedConsumer(redis.url, what, { lockMs });
    await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed', patience.timeoutMs);
    paused.kill('SIGCONT');
    // It worked on, and takes its next run: whatever it wanted to write is written or refused by then.
    await next.stop();
    await runs.enqueue(push('d-2', [a]));
    await waitFor(
      'its next run',
      () => paused.log().some(({ msg, run }) => msg === 'begun' && run === 'd-2.a'),
      patience,
    );

    const job = await look.botQueue(a).getJob('d-1.a');
    const outcome = { status: 'done', summary: 'by the next worker' };
    expect(job?.returnvalue).toMatchObject({ operations: [{ outcome }] });
    expect(job?.progress).toMatchObject({ operations: { 0: { outcome } } });
    expect(job?.attemptsMade).toBe(1);
    expect(paused.log().filter(({ msg, outcome }) => msg === 'operation ended' && outcome === 'done')).toEqual([]);
  },
);

test.each([
  ['at once', 'dies'],
  ['each time that it comes back from waiting', 'dies-after-waiting'],
])(
  'a run that kills its worker %s ends failed after as many workers as it has attempts',
  testLimit,
  async (_when, way) => {
    await using redis = await startRedis();
    await using look = observer(redis.url);
    const a = bot('A', () => done('never'), { attempts: 3 });
    await using runs = producer(redis.url, deployment({ bots: [a] }));
    await runs.enqueue(push('d-1', [a]));
    let deaths = 0;

    const failedRun = ended(() => look.botQueue(a).getJob('d-1.a'), 'failed', patience.timeoutMs);
    for (let worker = 1; worker <= 3; worker++) {
      await using doomed = await workerProcess(redis.url, way);
      expect(await doomed.exited).toEqual({ code: null, signal: 'SIGKILL' });
      deaths++;
    }
    await using survivor = await workerProcess(redis.url, way);

    const job = await failedRun;
    expect(deaths).toBe(3);
    expect(job.failedReason).toMatch(/^RUN_LOST_TOO_OFTEN: 3 workers in a row/);
    expect((await look.botQueue(a).getFailed()).map(({ id }) => id)).toEqual(['d-1.a']);
    expect(survivor.log()).toContainEqual(expect.objectContaining({ msg: 'run failed for good', run: 'd-1.a' }));
  },
);

test('a run that is replayed after it was lost too often is not failed for its old losses', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const a = bot('A', () => done('well'));
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  // What BullMQ counts when a worker is lost with its run.
  await look.redis.hset(look.botQueue(a).toKey('d-1.a'), 'stc', 3);
  await using _consumer = await startedConsumer(redis.url, what);
  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  await job.retry('failed');

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
});

test('a lost worker burns no attempt, and losses from before the run got on do not count', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const attempts: number[] = [];
  const loseTwoWorkers = () => look.redis.hincrby(look.botQueue(a).toKey('d-1.a'), 'stc', 2);
  const a = bot('A', async ({ run }) => {
    attempts.push(run.attempt);
    if (run.attempt === 2) return done('well');
    await loseTwoWorkers();
    return failed('busy', { retryable: true });
  });
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await loseTwoWorkers();

  await using _consumer = await startedConsumer(redis.url, what);

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(job.stalledCounter).toBe(4);
  expect(attempts).toEqual([1, 2]);
});

test('what operations in parallel record at the same time is all kept', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const names = Array.from({ length: 20 }, (_, index) => `operation ${index}`);
  const { promise: all, resolve: release } = Promise.withResolvers<void>();
  let begun = 0;
  const calls: string[] = [];
  const a = {
    ...bot('A', [
      ...names.map((name) => async () => {
        calls.push(name);
        begun++;
        if (begun === names.length) release();
        await all;
        return done(name);
      }),
      async ({ run }) => {
        await all;
        return run.attempt === 1 ? failed('busy', { retryable: true }) : done('last');
      },
    ]),
    parallel: true,
  };
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using _one = await startedConsumer(redis.url, what);
  await using _other = await startedConsumer(redis.url, what);

  await runs.enqueue(push('d-1', [a]));

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(job.returnvalue.operations.map(({ outcome }: { outcome: { summary: string } }) => outcome.summary)).toEqual([
    ...names,
    'last',
  ]);
  expect(calls.toSorted()).toEqual(names.toSorted());
  expect(redisLedger({ job, runKey: '', redis: look.redis }).entry(20)?.attempt).toBe(2);
});
