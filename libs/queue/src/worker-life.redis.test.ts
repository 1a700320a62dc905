import { done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, ended, observer, producer, push, startedConsumer } from './test-support/harness.ts';

test('a worker that stops hands back what does not end in time, without burning an attempt', async () => {
  await using redis = await startRedis();
  const seen: string[] = [];
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const a = bot('A', [
    ({ run }) => {
      seen.push(`first ${run.attempt}`);
      return done('once');
    },
    async ({ signal, run }) => {
      seen.push(`second ${run.attempt}`);
      if (seen.length > 2) return done('on another worker');
      start();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    },
  ]);
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using stopping = await startedConsumer(redis.url, what, { drainMs: 50 });
  await runs.enqueue(push('d-1', [a]));
  await started;

  await stopping.stop();

  expect(await stopping.ready()).toMatchObject({ ok: false });
  const handedBack = await look.botQueue(a).getJob('d-1.a');
  expect(await handedBack?.getState()).toBe('prioritized');
  expect(handedBack).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
  await using _other = await startedConsumer(redis.url, what);
  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(seen).toEqual(['first 1', 'second 1', 'second 1']);
  expect(job.attemptsMade).toBe(1);
});

test('what a worker hands back is taken at once by a worker that has nothing to do', async () => {
  await using redis = await startRedis();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  let calls = 0;
  const a = bot('A', async ({ signal }) => {
    if (calls++ > 0) return done('on another worker');
    start();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    throw signal.reason;
  });
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using stopping = await startedConsumer(redis.url, what, { drainMs: 0 });
  await runs.enqueue(push('d-1', [a]));
  await started;
  await using _idle = await startedConsumer(redis.url, what);
  await waitFor('both workers to wait for runs', async () => {
    const clients = String(await look.redis.client('LIST'));
    return clients.split('cmd=bzpopmin').length === 3 && (await look.redis.zcard('{octo}:bot.a:marker')) === 0;
  });

  await stopping.stop();

  // An idle worker looks by itself every five seconds.
  await waitFor('the run', async () => (await look.botQueue(a).getCompletedCount()) === 1, { timeoutMs: 2500 });
});

test('a worker that stops lets a run end that ends in time, and takes no other', async () => {
  await using redis = await startRedis();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const a = bot('A', async () => {
    start();
    await mayEnd;
    return done('ended');
  });
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using stopping = await startedConsumer(redis.url, what, { concurrency: 1 });
  await runs.enqueue(push('d-1', [a]));
  await started;

  const stopped = stopping.stop();
  await runs.enqueue(push('d-2', [a]));
  end();
  await stopped;

  expect(await (await look.botQueue(a).getJob('d-1.a'))?.getState()).toBe('completed');
  expect(await (await look.botQueue(a).getJob('d-2.a'))?.getState()).toBe('prioritized');
});

test('a worker starts while Redis is down, works when it is there, and again after an outage', async () => {
  await using redis = await startRedis({ appendOnly: true });
  await redis.stop();
  const a = bot('A', () => done('worked'));
  const what = deployment({ bots: [a] });
  await using consumer = await startedConsumer(redis.url, what);
  expect(await consumer.ready()).toMatchObject({ ok: false });
  await redis.start();
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  await waitFor('the worker', async () => (await consumer.ready()).ok);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  await redis.stop();
  await waitFor('the outage to be seen', async () => !(await consumer.ready()).ok);
  await redis.start();
  await waitFor('an accepted event', () => runs.enqueue(push('d-2', [a])).catch(() => undefined));

  await ended(() => look.botQueue(a).getJob('d-2.a'), 'completed');
});

test('a worker stops while Redis is down', async () => {
  await using redis = await startRedis();
  const what = deployment({ bots: [bot('A', () => done('never'))] });
  await using early = await startedConsumer(redis.url, what);
  await waitFor('the worker', async () => (await early.ready()).ok);
  await redis.stop();
  await using late = await startedConsumer(redis.url, what);

  await Promise.all([early.stop(), late.stop()]);

  expect(await early.ready()).toMatchObject({ ok: false, detail: 'stopping' });
});
