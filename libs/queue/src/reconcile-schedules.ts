import type { BackgroundJob, Deployment, Log } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { ErrorCode, type JobSchedulerJson, type Queue } from 'bullmq';
import { type TickData, tickIdOf } from './tick-run.ts';

/** Schedules whose next tick was in the past when they were last looked at, while ticks were not paused: slug → when it was due. */
export type Overdue = ReadonlyMap<string, number>;

/** A tick this late is overdue. */
const lateMs = 5000;

const tickOptions = {
  attempts: 10,
  backoff: { type: 'exponential', delay: 500 },
  removeOnComplete: { count: 20 },
  removeOnFail: { count: 100 },
} as const;

/**
 * Makes schedules and cap in Redis equal to the YAML. What is equal already is left alone: to set a schedule again would
 * move its next tick.
 * @param options.overdueBefore what the last call returned.
 */
export async function reconcileSchedules(options: {
  deployment: Deployment;
  ticks: Queue;
  runs: Queue;
  overdueBefore: Overdue;
  log: Log;
}): Promise<Overdue> {
  const { deployment, ticks, runs, log } = options;
  const cap = deployment.settings.parallelBackgroundJobs;
  // Before any schedule: no run may come before its cap.
  if ((await runs.getGlobalConcurrency()) !== cap) {
    await runs.setGlobalConcurrency(cap);
    log.info({ cap }, 'cap of background jobs set');
  }
  const standing = new Map((await ticks.getJobSchedulers()).map((schedule) => [schedule.key, schedule]));
  const wanted = new Map(deployment.jobs.map((job) => [job.slug, job]));
  for (const slug of standing.keys()) {
    if (!wanted.has(slug)) await remove(slug, options);
  }
  const ticksPaused = await ticks.isPaused();
  const overdue = new Map<string, number>();
  for (const job of deployment.jobs) {
    const schedule = standing.get(job.slug);
    const due = schedule?.next;
    let isLost = false;
    if (due !== undefined && !ticksPaused && due < Date.now() - lateMs) {
      overdue.set(job.slug, due);
      // Overdue twice in a row: a tick that is there is late; one that is not will not come any more.
      isLost = options.overdueBefore.get(job.slug) === due && !(await isToCome(ticks, tickIdOf(job.slug, due)));
    }
    const why = whyToSet(job, schedule, isLost);
    if (why !== undefined) await set(job, why, ticks, log);
  }
  return overdue;
}

function whyToSet(job: BackgroundJob, schedule: JobSchedulerJson | undefined, isLost: boolean): string | undefined {
  if (schedule === undefined) return 'new';
  if (schedule.every !== job.everyMs) return 'changed';
  if (isLost) return 'lost';
  return undefined;
}

/** Whether a tick still stands in its queue; to set its schedule again would only hide that nobody works on it. */
async function isToCome(ticks: Queue, tickId: string): Promise<boolean> {
  const state = await ticks.getJobState(tickId);
  return state === 'delayed' || state === 'waiting' || state === 'active';
}

async function set(job: BackgroundJob, why: string, ticks: Queue, log: Log): Promise<void> {
  const data: TickData = { v: 1, slug: job.slug };
  try {
    await ticks.upsertJobScheduler(job.slug, { every: job.everyMs }, { name: job.name, data, opts: tickOptions });
    log.info({ [logKey.job]: job.name, everyMs: job.everyMs, [logKey.reason]: why }, 'schedule set');
  } catch (error) {
    if (!isContention(error)) throw error;
    log.debug({ [logKey.job]: job.name }, 'another scheduler sets the same schedule');
  }
}

/** Two schedulers at once: the other one's schedule stands, and the next comparison finds it. */
function isContention(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === ErrorCode.SchedulerJobIdCollision || code === ErrorCode.SchedulerJobSlotsBusy;
}

/** Its next tick goes with it; of its runs the one that has not started. */
async function remove(slug: string, options: { ticks: Queue; runs: Queue; log: Log }): Promise<void> {
  const { ticks, runs, log } = options;
  await ticks.removeJobScheduler(slug);
  const runId = await runs.getDeduplicationJobId(slug);
  // A run that a worker holds is left to end: BullMQ refuses to remove it.
  const removed = runId === null ? 0 : await runs.remove(runId);
  log.info({ [logKey.job]: slug, ...(removed === 1 ? { [logKey.run]: runId } : {}) }, 'schedule removed');
}
