import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { AnswerCache, Log } from '@octo-bots/core';
import { defaultPrefix, type QueueAddress } from './names.ts';
import { connectToRedis, type RedisClient, redisErrorReporter } from './redis-connection.ts';

export interface RedisCacheOptions extends QueueAddress {
  readonly log: Log;
  /** What all that is kept may take in Redis; 64 MB by default. */
  readonly maxBytes?: number | undefined;
}

const defaultMaxBytes = 64 * 1024 * 1024;
/** Larger ones are not kept: as they come, and as they are stored. */
const largestValueBytes = 4 * 1024 * 1024;
const largestStoredBytes = 256 * 1024;
/** What Redis needs for an entry beside its value. */
const overheadBytes = 300;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * Keeps an entry, and as many of the others as there is room for. Redis holds the runs with `noeviction`: a cache that filled it
 * would stop the webhooks. What ends first makes way first.
 *
 * KEYS: entry, index (entry → epoch ms of its end), sizes (entry → bytes; '' → the sum).
 * ARGV: value, lifetime in ms, bytes for all, bytes for an entry beside its value.
 */
const keepWithinBounds = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function drop(entry)
  local size = redis.call('HGET', KEYS[3], entry)
  redis.call('DEL', entry)
  redis.call('HDEL', KEYS[3], entry)
  redis.call('ZREM', KEYS[2], entry)
  if size then redis.call('HINCRBY', KEYS[3], '', '-' .. size) end
end
for _, ended in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', now, 'BYSCORE', 'LIMIT', 0, 100)) do drop(ended) end
drop(KEYS[1])
local size = #ARGV[1] + tonumber(ARGV[4])
while tonumber(redis.call('HGET', KEYS[3], '') or '0') + size > tonumber(ARGV[3]) do
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not first then break end
  drop(first)
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('ZADD', KEYS[2], now + ARGV[2], KEYS[1])
redis.call('HSET', KEYS[3], KEYS[1], size)
redis.call('HINCRBY', KEYS[3], '', size)
return 1`;

/**
 * The cache of a deployment, in Redis, on a connection of its own that never lets anyone wait long. Each value is compressed
 * with a checksum: one that is not as it was written is none.
 */
export class RedisCache implements AnswerCache {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #maxBytes: number;
  readonly #report: (error: Error) => void;

  constructor(options: RedisCacheOptions) {
    this.#redis = connectToRedis({ redisUrl: options.redisUrl, temper: 'hasty', log: options.log });
    this.#prefix = `${options.prefix ?? defaultPrefix}:cache`;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
    this.#report = redisErrorReporter(options.log);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      const stored = await this.#redis.getBuffer(this.#entry(key));
      return stored === null ? undefined : await decompress(stored, { maxOutputLength: largestValueBytes });
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async set(key: string, value: Uint8Array, lifetimeMs: number): Promise<void> {
    if (value.byteLength > largestValueBytes) return;
    try {
      const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = constants;
      const stored = await compress(value, { params: { [level]: 1, [checksum]: 1 } });
      if (stored.byteLength > largestStoredBytes) return;
      const keys = [this.#entry(key), `${this.#prefix}:index`, `${this.#prefix}:sizes`];
      const lifetime = Math.max(1, Math.round(lifetimeMs));
      await this.#redis.eval(keepWithinBounds, 3, ...keys, stored, lifetime, this.#maxBytes, overheadBytes);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Knows nothing from then on. */
  close(): void {
    this.#redis.disconnect();
  }

  #entry(key: string): string {
    return `${this.#prefix}:${createHash('sha256').update(key).digest('base64url')}`;
  }

  /** While Redis is out of reach, its connection says so itself. */
  #failed(error: unknown): void {
    if (this.#redis.status === 'ready' && error instanceof Error) this.#report(error);
  }
}
