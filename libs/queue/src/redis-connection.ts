import { type Log, OctoError } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { Redis } from 'ioredis';

/**
 * `patient` waits for Redis as long as it takes: workers and schedulers, which have nothing to do without it.
 * `hasty` says at once that Redis is out of reach, and takes no answer later than a moment: a webhook must be answered.
 * `prompt` says at once that Redis is out of reach, and gives an answer its time: a person looks at a queue.
 */
export type Temper = 'patient' | 'hasty' | 'prompt';

/** How long one command of a connection may take. */
const commandMs = { hasty: 600, prompt: 10_000 };
const connectMs = 500;
const longestPauseMs = { patient: 2000, hasty: 500, prompt: 500 };

export function connectToRedis(options: { redisUrl: string; temper: Temper; log: Log }): Redis {
  const { redisUrl, temper, log } = options;
  assertRedisUrl(redisUrl);
  const redis = new Redis(redisUrl, {
    retryStrategy: (times) => Math.min(times * 50, longestPauseMs[temper]),
    ...(temper === 'patient'
      ? { maxRetriesPerRequest: null }
      : {
          enableOfflineQueue: false,
          autoResendUnfulfilledCommands: false,
          maxRetriesPerRequest: 0,
          connectTimeout: connectMs,
          commandTimeout: commandMs[temper],
          enableAutoPipelining: temper === 'hasty',
        }),
  });
  const report = redisErrorReporter(log);
  let lost = false;
  redis.on('error', (error) => {
    lost = true;
    report(error);
  });
  redis.on('ready', () => {
    if (lost) log.info({}, 'Redis is reachable again');
    lost = false;
  });
  return redis;
}

/** Logs errors of Redis connections: the first at once, then one line in `everyMs`, with how many were left out. */
export function redisErrorReporter(log: Log, everyMs = 30_000): (error: Error) => void {
  let nextAt = 0;
  let leftOut = 0;
  return (error) => {
    if (performance.now() < nextAt) {
      leftOut++;
      return;
    }
    log.warn({ [logKey.err]: error, leftOut }, 'trouble with Redis');
    nextAt = performance.now() + everyMs;
    leftOut = 0;
  };
}

/** @returns whether Redis answers within `limitMs`; never throws. */
export async function answers(redis: Redis, limitMs = 500): Promise<boolean> {
  if (redis.status !== 'ready') return false;
  const pong = redis.ping().then(
    () => true,
    () => false,
  );
  return (await within(pong, limitMs)) ?? false;
}

/** @returns undefined when the promise took longer; it is not waited for any more. */
export async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

function assertRedisUrl(redisUrl: string): void {
  // The URL itself is not shown: it may carry a password.
  if (/^rediss?:\/\/\S+$/.test(redisUrl)) return;
  throw new OctoError(
    'USAGE',
    'the Redis URL is not one; allowed: redis://[user:password@]host[:port][/db], or rediss:// for TLS; set REDIS_URL or --redis-url',
  );
}
