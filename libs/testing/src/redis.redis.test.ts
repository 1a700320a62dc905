import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './redis.ts';

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: true });
  client.on('error', () => {});
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

test('a started Redis answers and evicts nothing', async () => {
  await using redis = await startRedis();
  const policy = await withClient(redis.url, (client) => client.config('GET', 'maxmemory-policy'));
  expect(policy).toContain('noeviction');
});

test('two Redis servers know nothing of each other', async () => {
  await using one = await startRedis();
  await using other = await startRedis();
  await withClient(one.url, (client) => client.set('key', 'value'));
  expect(await withClient(other.url, (client) => client.get('key'))).toBeNull();
});

test('a stopped Redis refuses connections, and comes back on its port with its data', async () => {
  await using redis = await startRedis();
  await withClient(redis.url, (client) => client.set('key', 'value'));
  await redis.stop();
  await expect(withClient(redis.url, (client) => client.ping())).rejects.toThrow();
  await redis.start();
  expect(await withClient(redis.url, (client) => client.get('key'))).toBe('value');
});

test('a crash loses what was not in an append-only file', async () => {
  await using plain = await startRedis();
  await using appending = await startRedis({ appendOnly: true });
  for (const redis of [plain, appending]) {
    await withClient(redis.url, (client) => client.set('key', 'value'));
    await redis.crash();
    await redis.start();
  }
  expect(await withClient(plain.url, (client) => client.get('key'))).toBeNull();
  expect(await withClient(appending.url, (client) => client.get('key'))).toBe('value');
});

test('stopping what is stopped and starting what runs do nothing', async () => {
  await using redis = await startRedis();
  await redis.start();
  await redis.stop();
  await redis.stop();
  await redis.start();
  expect(await withClient(redis.url, (client) => client.ping())).toBe('PONG');
});

test('a disposed Redis is gone', async () => {
  let url = '';
  {
    await using redis = await startRedis();
    url = redis.url;
  }
  await expect(withClient(url, (client) => client.ping())).rejects.toThrow();
});
