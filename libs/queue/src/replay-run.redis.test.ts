import { done, later } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import type { Queue } from 'bullmq';
import { expect, test } from 'vitest';
import { replayRun } from './replay-run.ts';
import { busy, deadLetters, never, scripted } from './test-support/dead-letters.ts';
import { bot, deployment, ended, observer, producer, push, startedConsumer } from './test-support/harness.ts';

test('a replay calls what failed again, though no attempt could help, and leaves what is finished', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [done('once')], [never, done('ok')], [done('after')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  expect(await letters.replay('d-1.a', { fromStart: false })).toEqual({ replayed: true, finished: 1 });

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-1', 'op-2']);
  expect(job.returnvalue.operations).toMatchObject([{ outcome: { summary: 'once' } }, {}, {}]);
  expect(await letters.list({ limit: 10 })).toEqual({ total: 0, letters: [] });
});

test('a replay from the start calls every operation again', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [done('again')], [never, done('ok')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: true, finished: 0 });

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-0', 'op-1']);
});

test('a replayed run has all its attempts again, and its losses do not count any more', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [busy]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  const first = await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  await look.redis.hset(look.botQueue(a).toKey('d-1.a'), 'stc', 5);

  await letters.replay('d-1.a', { fromStart: false });

  const again = await waitFor('the run to fail again', async () => {
    const job = await look.botQueue(a).getJob('d-1.a');
    return job?.attemptsMade === 3 && job.attemptsStarted > first.attemptsStarted && job.finishedOn ? job : undefined;
  });
  expect(calls).toHaveLength(6);
  // The count of starts is the ledger's fence.
  expect(again.attemptsStarted).toBe(6);
  expect(again.stalledCounter).toBe(0);
});

test('with parallel operations a replay goes on with the state of the one that waited', async () => {
  await using redis = await startRedis();
  const states: unknown[] = [];
  const a = bot('A', [
    ({ state }) => {
      states.push(state);
      return state === 'scanning' ? done('scanned') : later({ afterMs: 3_600_000 }, { state: 'scanning', reason: 'x' });
    },
    () => done('ok'),
  ]);
  const what = deployment({ bots: [{ ...a, parallel: true }] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  const queue = look.botQueue(a);
  const job = await waitFor('the run to wait', async () => {
    const found = await queue.getJob('d-1.a');
    return (await found?.getState()) === 'delayed' ? found : undefined;
  });
  // As a run ends that was lost too often while it waited, and whose time has come since.
  const ledger = JSON.parse(JSON.stringify(job.progress).replace(/"at":\d+/, '"at":1'));
  await look.redis.hset(queue.toKey('d-1.a'), 'progress', JSON.stringify(ledger));
  await look.redis.zrem(queue.toKey('delayed'), 'd-1.a');
  await look.redis.zadd(queue.toKey('failed'), String(Date.now()), 'd-1.a');

  expect(await letters.replay('d-1.a', { fromStart: false })).toEqual({ replayed: true, finished: 1 });

  await ended(() => queue.getJob('d-1.a'), 'completed');
  expect(states).toEqual([undefined, 'scanning']);
});

test('a run that did not fail is not replayed, and one that ended well only from the start', async () => {
  await using redis = await startRedis();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  let calls = 0;
  const a = bot('A', async () => {
    calls++;
    await mayEnd;
    return done('ok');
  });
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);

  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: false, state: 'unknown' });
  await runs.enqueue(push('d-1', [a]));
  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({
    replayed: false,
    state: expect.stringMatching(/^(waiting|prioritized)$/),
  });
  await using _consumer = await startedConsumer(redis.url, what);
  await waitFor('the run to begin', () => calls === 1);
  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: false, state: 'active' });
  end();
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(await letters.replay('d-1.a', { fromStart: false })).toEqual({ replayed: false, state: 'completed' });
  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: true, finished: 0 });
  await waitFor('the run to end again', async () => calls === 2 && (await look.botQueue(a).getCompletedCount()) === 1);
});

test('of ten people who replay one run at once, one does', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [done('once')], [never, done('ok')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  const verdicts = await Promise.all(Array.from({ length: 10 }, () => letters.replay('d-1.a', { fromStart: false })));

  expect(verdicts.filter(({ replayed }) => replayed)).toHaveLength(1);
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-1']);
});

test('who saw a run before it was replayed and failed again does not write over what it did since', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [never, done('since')], [never]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  const queue = look.botQueue(a);
  const seen = await ended(() => queue.getJob('d-1.a'), 'failed');
  await letters.replay('d-1.a', { fromStart: false });
  await waitFor('the second operation to be called', () => calls.includes('op-1'));
  await ended(() => queue.getJob('d-1.a'), 'failed');
  const asSeen: Queue = Object.create(queue, { getJob: { value: async () => seen } });

  const late = await replayRun('d-1.a', { queue: asSeen, redis: look.redis, fromStart: true });

  expect(late).toEqual({ replayed: false, state: 'failed' });
  expect((await queue.getJob('d-1.a'))?.progress).toMatchObject({ operations: { 0: { outcome: done('since') } } });
});

test('a failed bot of a chain is replayed while the bot after it is at work, and does not keep that one from ending', async () => {
  await using redis = await startRedis();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const first = scripted('First', [never, later({ afterMs: 3_600_000 }, { reason: 'a long scan' })]);
  let begun = 0;
  const second = bot('Second', async () => {
    begun++;
    await mayEnd;
    return done('ok');
  });
  const bots = [first.bot, second];
  const what = deployment({ bots, parallelBots: false });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', bots));
  await waitFor('the second bot to begin', () => begun === 1);

  expect(await letters.replay('d-1.first', { fromStart: false })).toMatchObject({ replayed: true });
  await waitFor('the first bot to be called again', () => first.calls.length === 2);
  end();

  await ended(() => look.botQueue(second).getJob('d-1.second'), 'completed');
  expect(begun).toBe(1);
  expect(await (await look.botQueue(first.bot).getJob('d-1.first'))?.getState()).toBe('delayed');
});
