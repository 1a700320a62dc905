import { backgroundJobsQueueName } from './names.ts';
import type { RedisClient } from './redis-connection.ts';

/**
 * BullMQ's deduplication key of a background job names its run that is under way; BullMQ removes it when that run ends.
 * A run that did not set it (a failed one, retried by hand) takes it when it is free, or when its holder is gone.
 */
const takeIfFree = `
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return 1 end
if holder and redis.call('EXISTS', ARGV[2] .. holder) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1`;

/** @returns a function that makes a run the only one of its background job; false when another one is under way. */
export function claimJobRun({ redis, prefix }: { redis: RedisClient; prefix: string }) {
  const queueKey = `${prefix}:${backgroundJobsQueueName}:`;
  return async (slug: string, runId: string): Promise<boolean> =>
    (await redis.eval(takeIfFree, 1, `${queueKey}de:${slug}`, runId, queueKey)) === 1;
}
