import { randomBytes } from 'node:crypto';
import { type Log, silentLog } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { RedisCache, type RedisCacheOptions } from './redis-cache.ts';
import { connectToRedis, type RedisClient } from './redis-connection.ts';
import { keysIn, wipe } from './test-support/harness.ts';

const minute = 60_000;
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8');

/** A cache whose connection is there. */
async function connected(redisUrl: string, options: Partial<RedisCacheOptions> = {}) {
  const cache = new RedisCache({ redisUrl, log: silentLog, ...options });
  await waitFor('the cache to be connected', async () => {
    await cache.set('connected?', Buffer.from('yes'), minute);
    return (await cache.get('connected?')) !== undefined;
  });
  return Object.assign(cache, { [Symbol.dispose]: () => cache.close() });
}

function looking(redisUrl: string) {
  const redis = connectToRedis({ redisUrl, temper: 'patient', log: silentLog });
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}

const entriesIn = async (redis: RedisClient) =>
  (await keysIn(redis, '{octo}:cache:*')).filter((key) => !/:(index|sizes)$/.test(key));

test('two processes share what one of them kept, byte for byte', async () => {
  await using redis = await startRedis();
  using first = await connected(redis.url);
  using second = await connected(redis.url);
  const bytes = randomBytes(1000);
  await first.set('random', bytes, minute);
  expect(Buffer.from((await second.get('random')) ?? [])).toEqual(bytes);
  await second.set('random', Buffer.from('newer'), minute);
  expect(text(await first.get('random'))).toBe('newer');
  expect(await first.get('another')).toBeUndefined();
});

test('deployments with another prefix do not', async () => {
  await using redis = await startRedis();
  using ours = await connected(redis.url);
  using theirs = await connected(redis.url, { prefix: '{theirs}' });
  await ours.set('key', Buffer.from('ours'), minute);
  expect(await theirs.get('key')).toBeUndefined();
});

test('what was kept ends by itself', async () => {
  await using redis = await startRedis();
  using cache = await connected(redis.url);
  await cache.set('short', Buffer.from('gone soon'), 50);
  await waitFor('the end of the entry', async () => (await cache.get('short')) === undefined);
});

test('what is too large is not kept, nor half of it', async () => {
  await using redis = await startRedis();
  using cache = await connected(redis.url);
  await cache.set('incompressible', randomBytes(300 * 1024), minute);
  await cache.set('endless', Buffer.alloc(5 * 1024 * 1024), minute);
  expect(await cache.get('incompressible')).toBeUndefined();
  expect(await cache.get('endless')).toBeUndefined();
  await cache.set('compressible', Buffer.alloc(1024 * 1024), minute);
  expect((await cache.get('compressible'))?.byteLength).toBe(1024 * 1024);
});

test('all together stay within their bound, and what ends first makes way', async () => {
  await using redis = await startRedis();
  using inside = looking(redis.url);
  using cache = await connected(redis.url, { maxBytes: 100_000 });
  for (let index = 0; index < 50; index++) await cache.set(`key-${index}`, randomBytes(10_000), minute + index * 1000);
  expect(await entriesIn(inside)).toHaveLength(9);
  expect(await cache.get('key-0')).toBeUndefined();
  expect(await cache.get('key-49')).toBeDefined();

  // Written again and again, it takes its room once.
  for (let again = 0; again < 50; again++) await cache.set('key-49', randomBytes(10_000), 10 * minute);
  expect(await entriesIn(inside)).toHaveLength(9);
  expect(Number(await inside.hget('{octo}:cache:sizes', ''))).toBeLessThanOrEqual(100_000);
});

test('what has ended counts no more', async () => {
  await using redis = await startRedis();
  using inside = looking(redis.url);
  using cache = await connected(redis.url, { maxBytes: 100_000 });
  for (let index = 0; index < 9; index++) await cache.set(`short-${index}`, randomBytes(10_000), 20);
  await waitFor('the entries to end', async () => (await entriesIn(inside)).length <= 1);
  await cache.set('new', Buffer.from('new'), minute);
  expect(Number(await inside.hget('{octo}:cache:sizes', ''))).toBeLessThan(1500);
  expect(await inside.zcard('{octo}:cache:index')).toBe((await entriesIn(inside)).length);
});

test('an entry that is not as it was written is none', async () => {
  await using redis = await startRedis();
  using inside = looking(redis.url);
  using cache = await connected(redis.url);
  await wipe(inside);
  await cache.set('key', Buffer.from('the answer of GitHub, long enough to be more than a header'), minute);
  const [entry = ''] = await entriesIn(inside);
  const stored = (await inside.getBuffer(entry)) ?? Buffer.alloc(0);
  for (const poison of [stored.with(stored.byteLength - 10, 0x00), stored.subarray(0, 20), Buffer.from('{"a":1}')]) {
    await inside.set(entry, Buffer.from(poison));
    expect(await cache.get('key')).toBeUndefined();
  }
  await inside.del(entry);
  await inside.lpush(entry, 'a list');
  expect(await cache.get('key')).toBeUndefined();
  await cache.set('key', Buffer.from('good again'), minute);
  expect(text(await cache.get('key'))).toBe('good again');
});

test('a Redis that is away is not waited for, and not complained about for each request', async () => {
  await using redis = await startRedis();
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message) };
  using cache = await connected(redis.url, { log });
  await cache.set('key', Buffer.from('kept'), minute);
  await redis.stop();
  for (let request = 0; request < 20; request++) {
    expect(await cache.get('key')).toBeUndefined();
    await cache.set('key', Buffer.from('lost'), minute);
  }
  expect(warnings.length).toBeLessThan(3);
  await redis.start();
  await waitFor('the cache to be back', async () => {
    await cache.set('key', Buffer.from('back'), minute);
    return (await cache.get('key')) !== undefined;
  });
});
