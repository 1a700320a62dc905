import type { Log } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { hostLogin, serverLogin } from './redis-login.ts';
import { explained } from './redis-obstacles.ts';
import { parseRedisUrl, type RedisPlace } from './redis-url.ts';

/** One server (maybe found by Sentinels) or a Cluster: commands are the same. */
export type RedisClient = Redis | Cluster;

/**
 * `patient` waits for Redis as long as it takes: workers and schedulers, which have nothing to do without it.
 * `hasty` says at once that Redis is out of reach, and takes no answer later than a moment: a webhook must be answered.
 * `prompt` says at once that Redis is out of reach, and gives an answer its time: a person looks at a queue.
 */
export type Temper = 'patient' | 'hasty' | 'prompt';

/** How long one command of a connection may take. */
const commandMs = { hasty: 600, prompt: 10_000 };
const connectMs = { patient: 2000, hasty: 500, prompt: 500 };
const longestPauseMs = { patient: 2000, hasty: 500, prompt: 500 };
/**
 * A connection that owes an answer this long is given up: a host that lost its power closes none, and nobody would follow its
 * successor. Workers wait up to 10 s for a run, within one command.
 */
const longestSilenceMs = { patient: 15_000, hasty: 2000, prompt: 10_000 };
/** The next Sentinel is asked after that. */
const sentinelMs = 1000;

/** @throws OctoError USAGE when the URL is none, or its `certificate-path` cannot be read. */
export function connectToRedis(options: { redisUrl: string; temper: Temper; log: Log }): RedisClient {
  const { redisUrl, temper, log } = options;
  const place = parseRedisUrl(redisUrl);
  const redis = clientFor(place, temper);
  const report = redisErrorReporter(log, (error) => explained(error, place));
  let lost = false;
  const trouble = (error: Error) => {
    lost = true;
    report(error);
  };
  redis.on('error', trouble);
  if (redis instanceof Cluster) {
    // The Cluster itself says only that no node could be asked.
    redis.on('node error', report);
    redis.on('reconnecting', () => {
      if (!lost) trouble(new Error('the Cluster takes no commands: not every slot has a node'));
    });
  }
  redis.on('ready', () => {
    if (lost) log.info({}, 'Redis is reachable again');
    lost = false;
  });
  return redis;
}

function clientFor(place: RedisPlace, temper: Temper): RedisClient {
  const { db, nodes } = place;
  const retryStrategy = (times: number) => Math.min(times * 50, longestPauseMs[temper]);
  const common = {
    ...serverLogin(place),
    connectTimeout: connectMs[temper],
    socketTimeout: longestSilenceMs[temper],
    ...(temper === 'patient' ? { maxRetriesPerRequest: null } : impatient(temper)),
  };
  switch (place.kind) {
    case 'server':
      return new Redis({ ...common, ...place.nodes[0], db, retryStrategy });
    case 'sentinel': {
      const { password: sentinelPassword, tls: sentinelTLS } = hostLogin(place);
      return new Redis({
        ...common,
        db,
        name: place.name,
        sentinels: nodes.map((node) => ({ ...node })),
        sentinelCommandTimeout: sentinelMs,
        ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
        ...(sentinelTLS === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS }),
        retryStrategy,
        sentinelRetryStrategy: retryStrategy,
      });
    }
    case 'cluster':
      return new Cluster(
        nodes.map((node) => ({ ...node })),
        {
          redisOptions: common,
          clusterRetryStrategy: retryStrategy,
          // Each connection looks up its own: certificates are for names, and one name that is gone would keep all from being asked.
          dnsLookup: (address, callback) => callback(null, address),
          ...(temper === 'patient'
            ? { maxRedirections: Number.POSITIVE_INFINITY }
            : { enableOfflineQueue: false, enableAutoPipelining: temper === 'hasty' }),
        },
      );
  }
}

function impatient(temper: 'hasty' | 'prompt') {
  return {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandMs[temper],
    enableAutoPipelining: temper === 'hasty',
  } satisfies RedisOptions;
}

/**
 * Logs errors of Redis connections: the first at once, then one line in `everyMs`, with how many were left out.
 * @param explain finds out more about an error that is logged.
 */
export function redisErrorReporter(
  log: Log,
  explain: (error: Error) => Promise<Error> = async (error) => error,
  everyMs = 30_000,
): (error: Error) => void {
  let nextAt = 0;
  let leftOut = 0;
  return (error) => {
    if (performance.now() < nextAt) {
      leftOut++;
      return;
    }
    const before = leftOut;
    nextAt = performance.now() + everyMs;
    leftOut = 0;
    void explain(error).then((reason) => log.warn({ [logKey.err]: reason, leftOut: before }, 'trouble with Redis'));
  };
}

/** @returns whether Redis answers within `limitMs`; of a Cluster, the node that holds the deployment's slot. Never throws. */
export async function answers(redis: RedisClient, prefix: string, limitMs = 500): Promise<boolean> {
  if (redis.status !== 'ready') return false;
  // A PING would be answered by any node of a Cluster, and by a Sentinel.
  const pong = redis.exists(`${prefix}:`).then(
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
