import { done, failed, later, type Outcome } from '@octo-bots/core';
import { createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import {
  backgroundJob,
  bot,
  type Call,
  deployment,
  ended,
  observer,
  producer,
  push,
  startedConsumer,
} from './test-support/harness.ts';

test('a run reaches its bot with the event as it came in, and its outcomes are kept', async () => {
  await using redis = await startRedis();
  const calls: Call[] = [];
  const a = bot('A', (call) => {
    calls.push(call);
    return done('worked');
  });
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls.map(({ run }) => run)).toEqual([{ id: 'd-1.a', kind: 'bot', name: 'A', attempt: 1, delivery: 'd-1' }]);
  expect(job.returnvalue).toEqual({
    status: 'done',
    operations: [{ type: 'op-0', outcome: { status: 'done', summary: 'worked' } }],
  });
});

test('a retry goes on after the operations that are finished, on whichever worker', async () => {
  await using redis = await startRedis();
  const calls: string[] = [];
  const outcomes: Outcome[] = [failed('busy', { retryable: true }), failed('busy', { retryable: true }), done('ok')];
  const a = bot('A', [
    ({ run }) => {
      calls.push(`first ${run.attempt}`);
      return done('once');
    },
    ({ run }) => {
      calls.push(`second ${run.attempt}`);
      return outcomes.shift() ?? done('ok');
    },
  ]);
  const what = deployment({ bots: [a] });
  await using _one = await startedConsumer(redis.url, what);
  await using _other = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['first 1', 'second 1', 'second 2', 'second 3']);
});

test('the last attempt that fails is kept with code and reason of what failed', async () => {
  await using redis = await startRedis();
  let calls = 0;
  const a = bot('A', () => {
    calls++;
    return failed('still busy', { code: 'GITHUB_REQUEST_FAILED', retryable: true });
  });
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  expect(calls).toBe(3);
  expect(job.failedReason).toBe('op-0: GITHUB_REQUEST_FAILED: still busy');
});

test('what cannot be helped by another attempt fails at once', async () => {
  await using redis = await startRedis();
  let calls = 0;
  const a = bot('A', () => {
    calls++;
    return failed('never');
  });
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  expect(calls).toBe(1);
});

test('an operation that waits comes back with its state and burns no attempt', async () => {
  await using redis = await startRedis();
  const seen: unknown[] = [];
  const a = bot('A', ({ state, run }) => {
    seen.push([state, run.attempt]);
    return state === 2 ? done('arrived') : later({ afterMs: 20 }, { state: Number(state ?? 0) + 1, reason: 'scan' });
  });
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(seen).toEqual([
    [undefined, 1],
    [1, 1],
    [2, 1],
  ]);
  expect(job.attemptsMade).toBe(1);
});

test('a run that takes longer than its timeout is told to stop and tried again', async () => {
  await using redis = await startRedis();
  const reasons: unknown[] = [];
  const a = bot(
    'A',
    async ({ signal, run }) => {
      if (run.attempt === 2) return done('fast');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      reasons.push(signal.reason);
      throw signal.reason;
    },
    { timeoutMs: 50 },
  );
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(reasons).toMatchObject([{ code: 'RUN_TIMED_OUT' }]);
});

test('a run whose data cannot be read fails for good', async () => {
  await using redis = await startRedis();
  const a = bot('A', () => done('never'));
  const what = deployment({ bots: [a] });
  await using look = observer(redis.url);
  await using _consumer = await startedConsumer(redis.url, what);
  const headers = {};
  const event = { delivery: 'd-2', name: 'push', headers, receivedAt: '2026-01-01T00:00:00.000Z' };

  await look.botQueue(a).add('push', { something: 'else' }, { jobId: 'd-1.a', attempts: 3 });
  await look.botQueue(a).add('push', { v: 1, event, body: 'bm90IHpzdGQ=' }, { jobId: 'd-2.a', attempts: 3 });

  for (const id of ['d-1.a', 'd-2.a']) {
    const job = await ended(() => look.botQueue(a).getJob(id), 'failed');
    expect(job.failedReason).toMatch(/^RUN_UNREADABLE: /);
    expect(job.attemptsMade).toBe(1);
  }
});

test('a worker whose run was started again elsewhere records nothing over what the newer one knows', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  let calls = 0;
  const a = bot('A', async ({ run }) => {
    calls++;
    // What BullMQ counts when a worker starts a run.
    if (calls === 1) await look.redis.hincrby(look.botQueue(a).toKey(run.id), 'ats', 1);
    return done(`call ${calls}`);
  });
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);

  await runs.enqueue(push('d-1', [a]));

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(job.progress).toMatchObject({ operations: { 0: { outcome: { summary: 'call 2' } } } });
  expect(job.attemptsMade).toBe(1);
});

test('a run of a background job that this worker does not know is kept for one that does', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const what = deployment({ jobs: [backgroundJob('Known', () => done('never'))] });
  await using _consumer = await startedConsumer(redis.url, what);
  const tick = { job: 'Unknown', dueAt: '2026-01-01T00:00:00.000Z' };

  const job = await look.runs.add('Unknown', { v: 1, slug: 'unknown', tick }, { jobId: 'unknown.1' });

  await waitFor('the run to be put off', async () => (await job.getState()) === 'delayed');
  expect((await look.runs.getJob('unknown.1'))?.attemptsMade).toBe(0);
});

test('every log line of a run names delivery, bot, run and attempt; its outcomes are logged and counted', async () => {
  await using redis = await startRedis();
  const lines: [string, object][] = [];
  const keep = (fields: object, message: string) => void lines.push([message, fields]);
  const log = { debug: keep, info: keep, warn: keep, error: keep };
  const metrics = createMetrics();
  const a = bot('A', [() => done('worked'), () => failed('no')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what, { log, metrics });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  await waitFor('the last line', () => lines.some(([message]) => message === 'run failed for good'));

  const fields = { delivery: 'd-1', event: 'push', bot: 'A', run: 'd-1.a', attempt: 1 };
  expect(lines).toMatchObject([
    ['run started', fields],
    ['operation ended', { ...fields, operation: 'op-0', outcome: 'done', reason: 'worked' }],
    ['operation ended', { ...fields, operation: 'op-1', outcome: 'failed', reason: 'no', code: 'OPERATION_FAILED' }],
    ['run ended', { ...fields, status: 'failed' }],
    ['run failed for good', { run: 'd-1.a', reason: 'op-1: OPERATION_FAILED: no' }],
  ]);
  const text = await metrics.text();
  expect(text).toContain('octo_bots_runs_total{bot="A",status="failed"} 1');
  expect(text).toContain('octo_bots_operations_total{operation="op-0",status="done"} 1');
});
