import type { Deployment } from '@octo-bots/core';
import type { Metrics } from '@octo-bots/telemetry';
import type { Job, Queue } from 'bullmq';
import { botQueueName, jobSlugOf } from './names.ts';

/** Counts the runs that failed for good and are still kept, for each bot and background job. */
export async function observeDeadLetters(options: {
  deployment: Deployment;
  metrics: Metrics;
  runs: Queue;
  botQueues: readonly Queue[];
}): Promise<void> {
  const { deployment, metrics, runs, botQueues } = options;
  for (const bot of deployment.bots) {
    const queue = botQueues.find(({ name }) => name === botQueueName(bot));
    if (queue !== undefined) metrics.deadLetters.set({ bot: bot.name }, await queue.getFailedCount());
  }
  if (deployment.jobs.length === 0) return;
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
