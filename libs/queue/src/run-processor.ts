import { failed, OctoError } from '@octo-bots/core';
import type { RunReport } from '@octo-bots/engine';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { noteStart } from './admission.ts';
import type { RedisClient } from './redis-connection.ts';
import { type RunLedger, redisLedger } from './redis-ledger.ts';
import type { RunHolds } from './run-holds.ts';
import { type RunRecord, recordOf, summaryOf } from './run-record.ts';
import { isLastAttempt, type RunContext, type RunWork } from './run-work.ts';

/** The longest that a JavaScript timer takes. */
const longestTimerMs = 2 ** 31 - 1;
/** However few its attempts, a run is not to blame for the first workers that it was lost with. */
const fewestLosses = 3;

export interface RunProcessorOptions {
  readonly work: RunWork;
  readonly redis: RedisClient;
  readonly holds: RunHolds;
  /** How long Redis keeps a run for a worker that says nothing. */
  readonly lockMs: number;
  /** Aborted when the worker shuts down and has waited long enough. */
  readonly shutdown: AbortSignal;
  /** True as soon as nothing new is to be taken. */
  readonly stopping: () => boolean;
}

/**
 * What BullMQ calls for each run of one queue. How a run ends decides what BullMQ does with it: a return value completes
 * it, DelayedError and WaitingError leave it where it was moved to without burning an attempt, UnrecoverableError fails it
 * for good, any other error fails the attempt.
 */
export function runProcessor(options: RunProcessorOptions) {
  const { work, redis, holds, lockMs } = options;
  // BullMQ gives a signal only to a function that declares three parameters.
  return async (job: Job, token: string | undefined, cancelled: AbortSignal | undefined): Promise<RunRecord> => {
    const id = job.id ?? '';
    const runKey = `${job.queueQualifiedName}:${id}`;
    if (options.stopping()) return handBack(job, token);
    const deadline = new AbortController();
    const hold = holds.take(job.queueQualifiedName, async () => (await job.extendLock(token ?? '', lockMs)) === 1);
    const signals = [deadline.signal, hold.signal, options.shutdown, ...(cancelled === undefined ? [] : [cancelled])];
    const ledger = redisLedger({ job, runKey, redis });
    const context: RunContext = {
      job,
      ledger,
      signal: AbortSignal.any(signals),
      startTimeout(timeoutMs) {
        const timer = setTimeout(() => deadline.abort(timedOut(timeoutMs)), Math.min(timeoutMs, longestTimerMs));
        deadline.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
      },
    };
    try {
      endIfLostTooOften(job, ledger);
      await noteStart(redis, job);
      const postponedMs = await work.postponeBy?.(context);
      if (postponedMs !== undefined) return await putOff(job, token, Date.now() + postponedMs);
      return await conclude(await work.run(context), job, token);
    } catch (error) {
      // What closes may be what kills: after a loss while closing it is left open.
      const resumeAt = ledger.losses > mostLosses(job) ? undefined : await abandonIfFinal(error, work, context);
      if (resumeAt !== undefined) return await putOff(job, token, resumeAt);
      // It ends here; a replay starts the count of losses again.
      if (ledger.losses >= mostLosses(job)) await ledger.forgiveLosses().catch(() => undefined);
      throw await endingOf(error, job, token);
    } finally {
      hold.release();
      // Ends the timer; nobody listens to the signal any more.
      deadline.abort();
    }
  };
}

/**
 * A run that kills its worker is given to the next one, as one whose worker was killed is: it ends after as many losses
 * in a row as it has attempts. That a loss burns no attempt keeps killed workers from failing what others would have ended.
 */
function endIfLostTooOften(job: Job, { losses }: RunLedger): void {
  if (losses < mostLosses(job)) return;
  throw new OctoError(
    'RUN_LOST_TOO_OFTEN',
    `${losses} workers in a row were lost while they worked on this run, by a crash, a kill or a long silence; look for what ended them before you replay it`,
  );
}

function mostLosses(job: Job): number {
  return Math.max(job.opts.attempts ?? 1, fewestLosses);
}

async function conclude(report: RunReport, job: Job, token: string | undefined): Promise<RunRecord> {
  switch (report.status) {
    case 'done':
    case 'filtered-out':
      return recordOf(report);
    case 'later':
      return putOff(job, token, report.resumeAt ?? Date.now());
    case 'aborted':
      return handBack(job, token);
    case 'failed': {
      const summary = summaryOf(report);
      throw report.retryable ? new Error(summary) : new UnrecoverableError(summary);
    }
  }
}

/** Back to Redis until a point in time, without burning an attempt. */
async function putOff(job: Job, token: string | undefined, at: number): Promise<never> {
  await job.moveToDelayed(at, token);
  throw new DelayedError();
}

/** Back to Redis for whoever is free, without burning an attempt. */
async function handBack(job: Job, token: string | undefined): Promise<never> {
  // When the hold on the run is lost there is nothing to give back: Redis has given, or will give, it to another worker.
  await job.moveToWait(token).then(
    // BullMQ 6.7 wakes no idle worker for a run that is moved back with a priority; setting the priority does.
    () => (job.priority > 0 ? job.changePriority({ priority: job.priority }).catch(() => undefined) : undefined),
    () => undefined,
  );
  throw new WaitingError();
}

/**
 * What ends a run for good that is no report of the engine: then the engine has not closed what operations left open.
 * @returns epoch milliseconds at which to try again.
 */
async function abandonIfFinal(error: unknown, work: RunWork, context: RunContext): Promise<number | undefined> {
  if (!(error instanceof OctoError) || error.code === 'RUN_TAKEN_OVER') return undefined;
  if (error.retryable && !isLastAttempt(context.job)) return undefined;
  const failure = failed(error.message, { code: error.code });
  // What fails here must not hide why the run ended: its data cannot be read, for one.
  return work.abandon?.(context, failure).catch(() => undefined);
}

/** What BullMQ is to see of an error that is no report. */
async function endingOf(error: unknown, job: Job, token: string | undefined): Promise<unknown> {
  if (!(error instanceof OctoError)) return error;
  if (error.code === 'RUN_TAKEN_OVER') return handBack(job, token).catch((waiting: unknown) => waiting);
  const text = `${error.code}: ${error.message}`;
  return error.retryable ? new Error(text, { cause: error }) : new UnrecoverableError(text);
}

function timedOut(timeoutMs: number): OctoError {
  return new OctoError('RUN_TIMED_OUT', `the run took longer than its queue.timeout of ${timeoutMs} ms`);
}
