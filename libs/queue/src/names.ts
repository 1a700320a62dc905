import type { Bot } from '@octo-bots/core';

/** Where the runs are: every process of one deployment names the same. */
export interface QueueAddress {
  /** `redis://…` or `rediss://…`. */
  readonly redisUrl: string;
  /** Before every key in Redis; in braces, so that a Redis Cluster keeps one deployment in one slot. Default `{octo}`. */
  readonly prefix?: string | undefined;
}

export const defaultPrefix = '{octo}';

/** The runs of all background jobs: one queue, since BullMQ's global concurrency is that of a queue. */
export const backgroundJobsQueueName = 'background-jobs';

/** Ticks of the schedules; each only adds a run to `background-jobs`. */
export const ticksQueueName = 'ticks';

/** The run of a background job: one due time (epoch milliseconds) gives one id. */
export function jobRunIdOf(slug: string, dueMs: number): string {
  return `${slug}.${dueMs}`;
}

/** @returns the slug of the background job that a run is of. */
export function jobSlugOf(jobRunId: string): string {
  return jobRunId.slice(0, jobRunId.lastIndexOf('.'));
}

export function botQueueName(bot: Pick<Bot, 'slug'>): string {
  return `bot.${bot.slug}`;
}

/** A set of the slugs of all bots that a scheduler of this deployment ever had in its YAML and whose queues hold runs. */
export function knownBotsKey(prefix: string): string {
  return `${prefix}:bots`;
}

/** One delivery and one bot give one id, so that a redelivery adds nothing. */
export function runIdOf(delivery: string, bot: Pick<Bot, 'slug'>): string {
  return `${delivery}.${bot.slug}`;
}
