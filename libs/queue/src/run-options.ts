import type { Keep, QueueOptions } from '@octo-bots/core';
import type { JobsOptions } from 'bullmq';

/** The last place in BullMQ's order of priorities. */
export const lastPriority = 2_097_151;

/**
 * What BullMQ is told of a run.
 * @param inOrder whether no run of the queue has a priority. BullMQ puts a run without one before all that have one, so
 *   where others have one, a run without comes after them.
 */
export function runOptions(queue: QueueOptions, inOrder: boolean): JobsOptions {
  const { type, delayMs, jitter } = queue.backoff;
  const priority = queue.priority ?? (inOrder ? undefined : lastPriority);
  return {
    attempts: queue.attempts,
    backoff: { type, delay: delayMs, jitter },
    removeOnComplete: keepOf(queue.keep.completed),
    removeOnFail: keepOf(queue.keep.failed),
    stackTraceLimit: 1,
    ...(priority === undefined ? {} : { priority }),
  };
}

/** BullMQ counts ages in seconds. */
function keepOf({ count, ageMs }: Keep): { count: number; age: number } {
  return { count, age: Math.ceil(ageMs / 1000) };
}
