import { expect, test } from 'vitest';
import { acquireRedis } from './acquire-redis.ts';
import { startRedis } from './redis.ts';
import { askRedis } from './redis-wire.ts';

/** A server from a container has a password. */
function serverOf(url: string): { port: number; password: string | undefined } {
  const { port, password } = new URL(url);
  return { port: Number(port), password: password === '' ? undefined : password };
}

test('the Redis that REDIS_URL names is taken and left running', async () => {
  await using redis = await startRedis();
  {
    await using acquired = await acquireRedis({ REDIS_URL: redis.url });
    expect(acquired).toMatchObject({ url: redis.url, origin: 'given' });
  }
  expect(await askRedis(serverOf(redis.url), 'PING')).toBe('+PONG');
});

test('without REDIS_URL there is one of its own, gone when disposed of', async () => {
  let url = '';
  {
    await using acquired = await acquireRedis({});
    expect(acquired.origin).toBe('own');
    url = acquired.url;
    expect(await askRedis(serverOf(url), 'PING')).toBe('+PONG');
  }
  await expect(askRedis(serverOf(url), 'PING')).rejects.toThrow('ECONNREFUSED');
});
