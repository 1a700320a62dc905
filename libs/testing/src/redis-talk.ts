import { Redis } from 'ioredis';
import type { RedisHost } from './redis-host.ts';
import { askRedis, type RedisDoor } from './redis-wire.ts';
import { waitFor } from './wait-for.ts';

/** A client of one server, for the harness. */
export function connected(door: RedisDoor): AsyncDisposable & { readonly redis: Redis } {
  const { port, username, password, tls } = door;
  const login = password === undefined ? {} : { password, ...(username === undefined ? {} : { username }) };
  const redis = new Redis({ port, host: '127.0.0.1', ...login, ...(tls === undefined ? {} : { tls }) });
  redis.on('error', () => undefined);
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() };
}

/** Waits until a server that was started takes commands; while it loads its data it does not. */
export async function answering(host: RedisHost, door: RedisDoor): Promise<void> {
  const { port } = door;
  try {
    await waitFor(`a server to answer on port ${port}`, async () => (await askRedis(door, 'PING')) === '+PONG');
  } catch (error) {
    throw new Error(`a server did not start on port ${port}:\n${await host.output()}`, { cause: error });
  }
}

/** `INFO replication`. */
export async function replicationOf(door: RedisDoor): Promise<string> {
  await using client = connected(door);
  return await client.redis.info('replication');
}
