import type { Deployment } from '@octo-bots/core';
import type { Metrics } from '@octo-bots/telemetry';
import type { Job, Queue } from 'bullmq';
import { backgroundJobsQueueName, botQueueName, jobSlugOf } from './names.ts';

/** Counts the runs that failed for good and are still kept, for each bot and background job. */
export async function observeDeadLetters(options: {
  deployment: Deployment;
  metrics: Metrics;
  /** Of the bots and the background jobs, among others. */
  queues: readonly Queue[];
}): Promise<void> {
  const { deployment, metrics } = options;
  const queues = new Map(options.queues.map((queue) => [queue.name, queue]));
  for (const bot of deployment.bots) {
    const failed = await queues.get(botQueueName(bot))?.getFailedCount();
    if (failed !== undefined) metrics.deadLetters.set({ bot: bot.name }, failed);
  }
  const runs = queues.get(backgroundJobsQueueName);
  if (runs === undefined || deployment.jobs.length === 0) return;
  const slugs = (await runs.getRanges(['failed'])).map(jobSlugOf);
  for (const job of deployment.jobs) {
    metrics.jobDeadLetters.set({ job: job.name }, slugs.filter((slug) => slug === job.slug).length);
  }
}

/** Counts one run that failed for good. */
export function countDeadLetter(
  { deployment, metrics }: { deployment: Deployment; metrics?: Metrics | undefined },
  run: Job,
): void {
  const bot = deployment.bots.find((candidate) => botQueueName(candidate) === run.queueName);
  // A background job's run bears its job's name.
  if (bot === undefined) metrics?.jobDeadLettersTotal.inc({ job: run.name });
  else metrics?.deadLettersTotal.inc({ bot: bot.name });
}
