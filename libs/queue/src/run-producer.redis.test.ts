import { done, type OctoError } from '@octo-bots/core';
import { freePort, startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, keysIn, observer, producer, push } from './test-support/harness.ts';

const quiet = () => done('quiet');

async function rejection(promise: Promise<unknown>): Promise<{ code: string; tookMs: number }> {
  const start = performance.now();
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  // Every rejection of the producer is an OctoError.
  return { code: (error as OctoError | undefined)?.code ?? 'none', tookMs: performance.now() - start };
}

test('an event becomes one run in the queue of each bot, and the first event after a start is not refused', async () => {
  await using redis = await startRedis();
  const bots = [bot('A', quiet), bot('B', quiet, { attempts: 7 })];
  await using runs = producer(redis.url, deployment({ bots }));
  await using look = observer(redis.url);

  const added = await runs.enqueue(push('12345', bots));

  expect(added).toEqual([
    { bot: 'A', id: '12345.a' },
    { bot: 'B', id: '12345.b' },
  ]);
  const first = await look.botQueue(bots[0] ?? bot('A', quiet)).getJob('12345.a');
  const second = await look.botQueue(bots[1] ?? bot('B', quiet)).getJob('12345.b');
  expect(first).toMatchObject({ name: 'push', data: { v: 1, event: { delivery: '12345' } } });
  expect(second?.opts).toMatchObject({ attempts: 7, backoff: { type: 'fixed' } });
});

test('a redelivery adds nothing', async () => {
  await using redis = await startRedis();
  const bots = [bot('A', quiet), bot('B', quiet)];
  await using runs = producer(redis.url, deployment({ bots }));
  await using look = observer(redis.url);

  const first = await runs.enqueue(push('d-1', bots));
  const { length: keys } = await keysIn(look.redis);
  const second = await runs.enqueue(push('d-1', bots));

  expect(second).toEqual(first);
  expect(await keysIn(look.redis)).toHaveLength(keys);
  expect(await look.botQueue(bot('A', quiet)).count()).toBe(1);
});

test('an event that matches no bot stores nothing', async () => {
  await using redis = await startRedis();
  const bots = [bot('A', quiet)];
  await using runs = producer(redis.url, deployment({ bots }));
  await using look = observer(redis.url);
  await waitFor('the connection', () => runs.ping());

  expect(await runs.enqueue(push('d-1', []))).toEqual([]);

  expect(await keysIn(look.redis)).toHaveLength(0);
});

test('Redis down at the start refuses within a second, and runs are added as soon as it is there', async () => {
  await using redis = await startRedis();
  await redis.stop();
  const bots = [bot('A', quiet)];
  await using runs = producer(redis.url, deployment({ bots }));

  for (let attempt = 0; attempt < 3; attempt++) {
    const refused = await rejection(runs.enqueue(push('d-1', bots)));
    expect(refused.code).toBe('QUEUE_UNREACHABLE');
    expect(refused.tookMs).toBeLessThan(1000);
  }
  expect(await runs.ping()).toBe(false);
  await redis.start();
  const added = await waitFor('an accepted event', () => runs.enqueue(push('d-1', bots)).catch(() => undefined));
  expect(added).toEqual([{ bot: 'A', id: 'd-1.a' }]);
});

test('Redis that goes away and comes back refuses meanwhile within a second, side by side or in order', async () => {
  await using redis = await startRedis();
  const bots = [bot('A', quiet), bot('B', quiet)];
  for (const parallelBots of [true, false]) {
    await using runs = producer(redis.url, deployment({ bots, parallelBots }));
    await runs.enqueue(push(`before-${parallelBots}`, bots));
    await redis.stop();

    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => rejection(runs.enqueue(push(`down-${parallelBots}-${index}`, bots)))),
    );

    expect(new Set(all.map(({ code }) => code))).toEqual(new Set(['QUEUE_UNREACHABLE']));
    expect(Math.max(...all.map(({ tookMs }) => tookMs))).toBeLessThan(1000);
    await redis.start();
    await waitFor('an accepted event', () => runs.enqueue(push(`after-${parallelBots}`, bots)).catch(() => undefined));
  }
});

test('a port where nobody listens and nobody ever did refuses within a second', async () => {
  const bots = [bot('A', quiet)];
  await using runs = producer(`redis://127.0.0.1:${await freePort()}`, deployment({ bots }));

  const refused = await rejection(runs.enqueue(push('d-1', bots)));

  expect(refused.code).toBe('QUEUE_UNREACHABLE');
  expect(refused.tookMs).toBeLessThan(1000);
});

test('a delivery id that cannot name a run is refused', async () => {
  const bots = [bot('A', quiet)];
  await using runs = producer('redis://127.0.0.1:1', deployment({ bots }));

  for (const delivery of ['a:b', '', 'a b', '../x/']) {
    expect((await rejection(runs.enqueue(push(delivery, bots)))).code).toBe('REQUEST_INVALID');
  }
});
