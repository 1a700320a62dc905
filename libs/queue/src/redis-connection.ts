import { readFileSync } from 'node:fs';
import { type Log, OctoError } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
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
const connectMs = 500;
const longestPauseMs = { patient: 2000, hasty: 500, prompt: 500 };

/** @throws OctoError USAGE when the URL is none, or its `certificate-path` cannot be read. */
export function connectToRedis(options: { redisUrl: string; temper: Temper; log: Log }): RedisClient {
  const { redisUrl, temper, log } = options;
  const redis = clientFor(parseRedisUrl(redisUrl), temper);
  const report = redisErrorReporter(log);
  let lost = false;
  redis.on('error', (error) => {
    lost = true;
    report(error);
  });
  // A Cluster itself says only that no node could be asked.
  if (redis instanceof Cluster) redis.on('node error', report);
  redis.on('ready', () => {
    if (lost) log.info({}, 'Redis is reachable again');
    lost = false;
  });
  return redis;
}

function clientFor(place: RedisPlace, temper: Temper): RedisClient {
  const { username, password, db, nodes } = place;
  const retryStrategy = (times: number) => Math.min(times * 50, longestPauseMs[temper]);
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const tls = place.tls ? { tls: trusting(place.certificatePath) } : {};
  const common = {
    ...login,
    ...tls,
    ...(temper === 'patient' ? { maxRetriesPerRequest: null } : impatient(temper)),
  };
  switch (place.kind) {
    case 'server':
      return new Redis({ ...common, ...place.nodes[0], db, retryStrategy });
    case 'sentinel':
      return new Redis({
        ...common,
        db,
        name: place.name,
        sentinels: nodes.map((node) => ({ ...node })),
        ...(place.sentinelPassword === undefined ? {} : { sentinelPassword: place.sentinelPassword }),
        ...(place.tls ? { enableTLSForSentinelMode: true, sentinelTLS: trusting(place.certificatePath) } : {}),
        retryStrategy,
        sentinelRetryStrategy: retryStrategy,
      });
    case 'cluster':
      return new Cluster(
        nodes.map((node) => ({ ...node })),
        {
          redisOptions: common,
          clusterRetryStrategy: retryStrategy,
          // Certificates are for names: the nodes are not looked up before.
          ...(place.tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
          ...(temper === 'patient' ? {} : { enableOfflineQueue: false, enableAutoPipelining: temper === 'hasty' }),
        },
      );
  }
}

function impatient(temper: 'hasty' | 'prompt') {
  return {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectMs,
    commandTimeout: commandMs[temper],
    enableAutoPipelining: temper === 'hasty',
  } satisfies RedisOptions;
}

function trusting(certificatePath: string | undefined): { ca?: string } {
  if (certificatePath === undefined) return {};
  try {
    return { ca: readFileSync(certificatePath, 'utf8') };
  } catch (cause) {
    throw new OctoError(
      'USAGE',
      `certificate-path of the Redis URL: ${certificatePath} cannot be read; it must be a readable PEM file of certificate authorities; check the path and its permissions`,
      { cause },
    );
  }
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
    log.warn({ [logKey.err]: reasonOf(error), leftOut }, 'trouble with Redis');
    nextAt = performance.now() + everyMs;
    leftOut = 0;
  };
}

/** What a node said, where a Cluster says only that none of its nodes could be asked. */
export function reasonOf(error: Error): Error {
  return 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;
}

/** @returns whether Redis answers within `limitMs`; of a Cluster, the node that holds the deployment's slot. Never throws. */
export async function answers(redis: RedisClient, prefix: string, limitMs = 500): Promise<boolean> {
  if (redis.status !== 'ready') return false;
  // Any node of a Cluster answers a PING.
  const asked: Promise<unknown> = redis instanceof Cluster ? redis.exists(prefix) : redis.ping();
  const pong = asked.then(
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
