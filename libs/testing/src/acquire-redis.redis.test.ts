import { expect, test } from 'vitest';
import { acquireRedis } from './acquire-redis.ts';
import { startRedis } from './redis.ts';
import { askRedis } from './redis-wire.ts';

test('the Redis that REDIS_URL names is taken and left running', async () => {
  await using redis = await startRedis();
  {
    await using acquired = await acquireRedis({ REDIS_URL: redis.url });
    expect(acquired).toMatchObject({ url: redis.url, origin: 'given' });
  }
  expect(await askRedis(redis, 'PING')).toBe('+PONG');
});

test('without REDIS_URL there is one of its own, gone when disposed of', async () => {
  let port = 0;
  {
    await using acquired = await acquireRedis({});
    expect(acquired.origin).toBe('own');
    port = Number(new URL(acquired.url).port);
    expect(await askRedis({ port }, 'PING')).toBe('+PONG');
  }
  await expect(askRedis({ port }, 'PING')).rejects.toThrow('ECONNREFUSED');
});
