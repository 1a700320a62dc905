import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from './redis.ts';

test('with OCTO_TEST_REDIS=valkey a Redis is a Valkey from the Docker engine, whatever this machine has', async () => {
  await using server = await startRedis();
  await using stack = new AsyncDisposableStack();
  const client = stack.adopt(new Redis(server.url), (redis) => redis.disconnect());
  expect(await client.info('server')).toContain('server_name:valkey');
});
