import { type BackgroundJob, type Bot, type Failed, type Log, OctoError, type RunInfo } from '@octo-bots/core';
import {
  abandonBot,
  boundLog,
  type ClientPool,
  type Ledger,
  type RunReport,
  runBackgroundJob,
  runBot,
} from '@octo-bots/engine';
import { logKey, type Metrics } from '@octo-bots/telemetry';
import type { Job } from 'bullmq';
import { readBotRun, readJobRun } from './run-data.ts';
import { observeRun } from './run-metrics.ts';

/** One attempt of one run, as the queue hands it out. */
export interface RunContext {
  readonly job: Job;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  /** From now on the attempt may take this long. */
  startTimeout(timeoutMs: number): void;
}

/** What the runs of one queue are. */
export interface RunWork {
  /** @returns after how many milliseconds to try again, when the run cannot start now. */
  postponeBy?(context: RunContext): Promise<number | undefined>;
  run(context: RunContext): Promise<RunReport>;
  /**
   * Closes what a run left open that failed for good without an attempt that could: it was lost with its workers.
   * @returns epoch milliseconds at which to do this again; undefined when nothing is left to do.
   */
  abandon?(context: Omit<RunContext, 'startTimeout'>, failure: Failed): Promise<number | undefined>;
}

export interface WorkOptions {
  readonly clients: ClientPool;
  readonly log: Log;
  readonly metrics: Metrics | undefined;
}

export function botWork(bot: Bot, options: WorkOptions): RunWork {
  const read = async (job: Job) => {
    const event = await readBotRun(job.data);
    const run = runInfo(job, 'bot', bot.name, event.delivery);
    const log = boundLog(options.log, {
      [logKey.delivery]: event.delivery,
      [logKey.event]: event.name,
      [logKey.bot]: bot.name,
      [logKey.run]: run.id,
      [logKey.attempt]: run.attempt,
    });
    return { bot, event, run, log, clients: options.clients };
  };
  return {
    async run(context) {
      const what = await read(context.job);
      const lastAttempt = isLastAttempt(context.job);
      return attempt({
        ...options,
        log: what.log,
        context,
        definition: bot,
        kind: 'bot',
        call: ({ ledger, signal }) => runBot({ ...what, ledger, signal, lastAttempt }),
      });
    },
    async abandon({ job, ledger, signal }, failure) {
      return abandonBot({ ...(await read(job)), ledger, signal, failure });
    },
  };
}

/** BullMQ tries a failed run again while this does not hold. */
export function isLastAttempt({ attemptsMade, opts }: Job): boolean {
  return attemptsMade + 1 >= (opts.attempts ?? 1);
}

/** How long a run of a background job that this worker's YAML does not have is kept for a worker whose YAML has it. */
const unknownJobPatienceMs = 10 * 60 * 1000;
const unknownJobPauseMs = 15 * 1000;
/** How soon a run asks again whether the other run of its background job has ended. */
const overlapPauseMs = 5 * 1000;

export interface JobWorkOptions extends WorkOptions {
  readonly jobs: readonly BackgroundJob[];
  /** Makes a run the only one of its background job; false when another one is under way. */
  claim(slug: string, runId: string): Promise<boolean>;
}

/** All background jobs share one queue. */
export function backgroundJobWork(options: JobWorkOptions): RunWork {
  const bySlug = new Map(options.jobs.map((job) => [job.slug, job]));
  return {
    async postponeBy({ job }) {
      const { slug } = readJobRun(job.data);
      const fields = { [logKey.run]: job.id, [logKey.job]: slug };
      if (!bySlug.has(slug)) {
        if (Date.now() - job.timestamp > unknownJobPatienceMs) throw unknownJob(slug);
        options.log.warn(fields, 'run put off: this configuration does not have its background job');
        return unknownJobPauseMs;
      }
      // A tick adds no run while another is under way; one that was retried by hand is not a tick's.
      if (await options.claim(slug, job.id ?? '')) return undefined;
      options.log.info(fields, 'run put off: another run of its background job is under way');
      return overlapPauseMs;
    },
    async run(context) {
      const { slug, tick } = readJobRun(context.job.data);
      const job = bySlug.get(slug);
      if (job === undefined) throw unknownJob(slug);
      const run = runInfo(context.job, 'background-job', job.name, undefined);
      const log = boundLog(options.log, {
        [logKey.job]: job.name,
        [logKey.run]: run.id,
        [logKey.attempt]: run.attempt,
      });
      return attempt({
        ...options,
        log,
        context,
        definition: job,
        kind: 'background-job',
        call: ({ ledger, signal }) =>
          runBackgroundJob({ job, tick, run, clients: options.clients, ledger, signal, log }),
      });
    },
  };
}

interface Attempt extends WorkOptions {
  readonly context: RunContext;
  readonly definition: Bot | BackgroundJob;
  readonly kind: RunInfo['kind'];
  call(context: RunContext): Promise<RunReport>;
}

async function attempt({ context, definition, kind, log, metrics, call }: Attempt): Promise<RunReport> {
  log.info({ attempts: definition.queue.attempts }, 'run started');
  const start = performance.now();
  context.startTimeout(definition.queue.timeoutMs);
  const report = await call(context);
  const durationMs = Math.round(performance.now() - start);
  const fields = { [logKey.status]: report.status, [logKey.durationMs]: durationMs };
  if (report.status === 'failed') log.warn({ ...fields, retryable: report.retryable }, 'run ended');
  else if (report.status === 'later') log.info({ ...fields, resumeAt: iso(report.resumeAt) }, 'run ended');
  else log.info(fields, 'run ended');
  if (metrics !== undefined) observeRun(metrics, { kind, name: definition.name, report, seconds: durationMs / 1000 });
  return report;
}

function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}

function runInfo(job: Job, kind: RunInfo['kind'], name: string, delivery: string | undefined): RunInfo {
  return { id: job.id ?? '', kind, name, attempt: job.attemptsMade + 1, delivery };
}

function unknownJob(slug: string): OctoError {
  return new OctoError(
    'RUN_UNKNOWN_BOT',
    `this run is of the background job "${slug}", which the configuration does not have; was it removed or renamed?`,
    { retryable: false },
  );
}
