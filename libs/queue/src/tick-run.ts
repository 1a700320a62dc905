import type { BackgroundJob, Deployment, Log } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import type { Job, Queue } from 'bullmq';
import { jobRunIdOf } from './names.ts';
import type { JobRunData } from './run-data.ts';
import { runOptions } from './run-options.ts';

/** What a schedule's tick carries. */
export interface TickData {
  readonly v: 1;
  readonly slug: string;
}

/**
 * Adds the run of a tick, unless the last run of the same background job is still waiting or under way: its runs never
 * overlap. One due time gives one run, whichever scheduler works on the tick and however often.
 */
export async function addTickRun(options: { tick: Job; deployment: Deployment; runs: Queue; log: Log }): Promise<void> {
  const { tick, deployment, runs, log } = options;
  const slug = slugOfTick(tick);
  const job = deployment.jobs.find((candidate) => candidate.slug === slug);
  if (job === undefined) {
    log.info({ [logKey.job]: slug }, 'tick passed over: the configuration does not have its background job');
    return;
  }
  const dueMs = dueMsOf(tick);
  const id = jobRunIdOf(slug, dueMs);
  const data: JobRunData = { v: 1, slug, tick: { job: job.name, dueAt: new Date(dueMs).toISOString() } };
  const run = await runs.add(job.name, data, {
    ...runOptions(job.queue, !deployment.jobs.some(hasPriority)),
    jobId: id,
    deduplication: { id: slug },
  });
  const fields = { [logKey.job]: job.name, [logKey.run]: run.id };
  if (run.id === id) log.info(fields, 'tick added a run');
  else log.info(fields, 'tick passed over: the last run of its background job has not ended');
}

function hasPriority(job: BackgroundJob): boolean {
  return job.queue.priority !== undefined;
}

function slugOfTick(tick: Job): string {
  const data: unknown = tick.data;
  if (typeof data === 'object' && data !== null && 'slug' in data && typeof data.slug === 'string') return data.slug;
  return tick.name;
}

/** BullMQ names a tick `repeat:<schedule>:<due, epoch milliseconds>`. */
export function tickIdOf(slug: string, dueMs: number): string {
  return `repeat:${slug}:${dueMs}`;
}

/** See tickIdOf. */
function dueMsOf(tick: Job): number {
  const due = Number(tick.id?.split(':').at(-1));
  return Number.isSafeInteger(due) && due > 0 ? due : tick.timestamp + tick.delay;
}
