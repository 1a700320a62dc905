import { done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { openQueues } from './dashboard-queues.ts';
import { bot, deployment, keysIn, observer, producer, push } from './test-support/harness.ts';

test('the dashboard gets the queues of all bots, of background jobs and ticks, and looking at them writes nothing', async () => {
  await using redis = await startRedis();
  const bots = [bot('B', () => done('x')), bot('A', () => done('x'))];
  const what = deployment({ bots });
  await using look = observer(redis.url);
  const open = openQueues({ redisUrl: redis.url, deployment: what });
  try {
    await waitFor('the connection', () => open.ping());
    expect(open.queues.map(({ name }) => name)).toEqual(['B', 'A', 'Background jobs', 'Ticks']);
    for (const { queue } of open.queues) expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 0 });
    expect(await keysIn(look.redis)).toHaveLength(0);

    await using runs = producer(redis.url, what);
    await runs.enqueue(push('d-1', bots));
    expect(await open.queues[0]?.queue.getJobCountByTypes('prioritized')).toBe(1);
  } finally {
    await open.close();
  }
});

test('while Redis is down a look is refused, and works again when it is back', async () => {
  await using redis = await startRedis();
  await redis.stop();
  const open = openQueues({ redisUrl: redis.url, deployment: deployment({}) });
  try {
    expect(await open.ping()).toBe(false);
    await expect(open.queues[0]?.queue.getJobCounts()).rejects.toThrow();
    await redis.start();
    await waitFor('Redis', () => open.ping());
    await expect(open.queues[0]?.queue.getJobCounts('waiting')).resolves.toEqual({ waiting: 0 });
  } finally {
    await open.close();
  }
});
