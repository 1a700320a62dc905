import type { Job, JobState, Queue } from 'bullmq';
import { readDelivery } from './run-data.ts';

/** A run that failed for good: nothing tries it again by itself. */
export interface DeadLetter {
  /** The run's id. */
  readonly run: string;
  readonly kind: 'bot' | 'background-job';
  /** The bot's or background job's name, as in YAML. */
  readonly name: string;
  /** Of a bot's run. */
  readonly delivery: string | undefined;
  /** The event's name, of a bot's run. */
  readonly event: string | undefined;
  /** ISO 8601. */
  readonly failedAt: string;
  /** How many attempts were made. */
  readonly attempts: number;
  readonly reason: string;
}

/** Where a run stands, in BullMQ's words; `unknown` when it is gone. */
export type RunState = JobState | 'unknown';

/** A run that somebody named, by its own id or by its delivery's. */
export interface FoundRun {
  readonly run: string;
  readonly name: string;
  readonly state: RunState;
}

/** The queue of one bot, or of all background jobs. */
export interface RunsOf {
  readonly kind: DeadLetter['kind'];
  readonly queue: Queue;
  /** @returns the name of the bot or background job that a run is of. */
  nameOf(runId: string): string;
}

export function deadLetterOf(source: RunsOf, job: Job): DeadLetter {
  const run = job.id ?? '';
  const isBot = source.kind === 'bot';
  return {
    run,
    kind: source.kind,
    name: source.nameOf(run),
    delivery: isBot ? readDelivery(job.data) : undefined,
    event: isBot ? job.name : undefined,
    failedAt: new Date(job.finishedOn ?? job.timestamp).toISOString(),
    attempts: job.attemptsMade,
    reason: job.failedReason ?? '',
  };
}
