import { done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, callEach, deployment, ended, observer, producer, push, startedConsumer } from './test-support/harness.ts';

test('a worker that takes no runs although some wait says so in its health, and no more once it takes them', {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const a = bot('A', () => done('worked'));
  const idle = bot('Idle', () => done('never'));
  const what = deployment({ bots: [a, idle] });
  await using runs = producer(redis.url, what);
  await using consumer = await startedConsumer(redis.url, what, { lookEveryMs: 20 });
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(await consumer.healthy()).toMatchObject({ ok: true });

  // What takes a run in Redis: Redis answers, runs are added, and none is taken.
  await callEach(look.redis, 'ACL', 'SETUSER', 'default', '-rpoplpush');
  await runs.enqueue(push('d-2', [a]));

  await waitFor('the health to tell', async () => !(await consumer.healthy()).ok);
  expect(await consumer.healthy()).toEqual({
    ok: false,
    detail: 'takes no runs although some wait and there is room: bot.a',
  });
  expect(await consumer.ready()).toMatchObject({ ok: true });
  await callEach(look.redis, 'ACL', 'SETUSER', 'default', '+rpoplpush');
  await ended(() => look.botQueue(a).getJob('d-2.a'), 'completed', 25_000);
  expect(await consumer.healthy()).toMatchObject({ ok: true });
});

test('a queue that is paused, capped, rate-limited or busy is not taken for one that is stuck', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const wait = async () => {
    await mayEnd;
    return done('worked');
  };
  const paused = bot('Paused', wait);
  const capped = bot('Capped', wait, { concurrency: 1 });
  const limited = bot('Limited', wait, { rateLimit: { max: 1, perMs: 600_000 } });
  const busy = bot('Busy', wait);
  const broken = bot('Broken', wait);
  const what = deployment({ bots: [paused, capped, limited, busy, broken] });
  await using runs = producer(redis.url, what);
  await look.botQueue(paused).pause();
  // Has a run of the capped bot and one of the limited one.
  await using _other = await startedConsumer(redis.url, deployment({ bots: [capped, limited] }));
  await runs.enqueue(push('d-1', [capped, limited]));
  for (const taken of [capped, limited]) {
    await waitFor('a run to be taken', async () => (await look.botQueue(taken).getActiveCount()) === 1);
  }

  await using consumer = await startedConsumer(redis.url, what, { concurrency: 2, lookEveryMs: 50 });
  for (const delivery of ['d-2', 'd-3', 'd-4']) await runs.enqueue(push(delivery, [paused, capped, limited, busy]));
  await waitFor('two busy runs', async () => (await look.botQueue(busy).getActiveCount()) === 2);
  // Only this one cannot be worked on: what holds the runs under way is no list any more.
  await look.redis.set(look.botQueue(broken).toKey('active'), 'broken');
  await look.botQueue(broken).add('push', {});

  // By then it has looked at all of them in vain as often.
  await waitFor('the health to tell', async () => !(await consumer.healthy()).ok);
  expect((await consumer.healthy()).detail).toBe('takes no runs although some wait and there is room: bot.broken');
  for (const waiting of [paused, capped, limited, busy]) {
    expect(await look.botQueue(waiting).getJobCountByTypes('waiting', 'prioritized'), waiting.name).toBeGreaterThan(0);
  }
  end();
});

test('a Redis that is away does not make a worker unhealthy', { timeout: 60_000 }, async () => {
  await using redis = await startRedis({ appendOnly: true });
  const a = bot('A', () => done('worked'));
  const what = deployment({ bots: [a] });
  await using look = observer(redis.url);
  await look.botQueue(a).pause();
  await using runs = producer(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await using consumer = await startedConsumer(redis.url, what, { lookEveryMs: 10 });

  await redis.stop();
  await waitFor('the outage to be seen', async () => !(await consumer.ready()).ok);
  expect(await consumer.healthy()).toMatchObject({ ok: true });
  await redis.start();
  await waitFor('the worker', async () => (await consumer.ready()).ok);
  await look.botQueue(a).resume();

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed', 25_000);
  expect(await consumer.healthy()).toMatchObject({ ok: true });
});
