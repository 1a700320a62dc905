import { OctoError, type Outcome } from '@octo-bots/core';
import type { Ledger, LedgerEntry } from '@octo-bots/engine';
import type { Job } from 'bullmq';
import type { RedisClient } from './redis-connection.ts';

/** As it stands in the run's `progress`: readable on the dashboard, gone together with the run. */
interface StoredLedger {
  filtersPassed?: boolean;
  /** How often the run had been lost with its worker when it last got on. */
  lossesBefore?: number;
  /** By the operation's place. */
  operations: Record<string, LedgerEntry>;
}

/**
 * BullMQ counts each start of a run in `ats`: a worker whose run was started again elsewhere must not write over what the
 * newer one knows. BullMQ's own updateProgress does not check this, and appends an event for each write.
 */
const storeIfStillOurs = `
if redis.call('HGET', KEYS[1], 'ats') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 1`;

/** A ledger that also counts what became of the run's workers. */
export interface RunLedger extends Ledger {
  /** How often in a row the run was lost with its worker before anything of it was recorded. */
  readonly losses: number;
  /** Starts the count of losses again: for a run that is ended for them, and may be replayed. */
  forgiveLosses(): Promise<void>;
}

/** The ledger of a run, kept in Redis with the run itself. */
export function redisLedger(options: { job: Job; runKey: string; redis: RedisClient }): RunLedger {
  const { job, runKey, redis } = options;
  const stored = parseLedger(job.progress);

  const store = async () => {
    // What got on since its last loss is not what kills workers.
    if (job.stalledCounter > 0) stored.lossesBefore = job.stalledCounter;
    const progress = JSON.stringify(stored);
    const ours = await redis.eval(storeIfStillOurs, 1, runKey, String(job.attemptsStarted), progress);
    if (ours !== 1) {
      throw new OctoError('RUN_TAKEN_OVER', 'another worker has this run; what this one still did is not recorded');
    }
  };

  return {
    get filtersPassed() {
      return stored.filtersPassed === true;
    },
    get losses() {
      return job.stalledCounter - (stored.lossesBefore ?? 0);
    },
    forgiveLosses: store,
    entry: (index) => stored.operations[index],
    async record(index, entry) {
      stored.operations[index] = entry;
      await store();
    },
    async recordFiltersPassed() {
      stored.filtersPassed = true;
      await store();
    },
  };
}

/**
 * The ledger that a run is replayed with: what is finished stands, what waits goes on with its state, and what failed is
 * forgotten, so that it is called again even where another attempt could not have helped. Anything else that is noted of
 * earlier attempts (losses, how long it waited) does not count against the replayed run.
 * @returns it as it is stored, and how many operations are finished in it.
 */
export function ledgerOfReplay(progress: unknown, fromStart: boolean): { stored: string; finished: number } {
  const { filtersPassed, operations } = parseLedger(fromStart ? undefined : progress);
  const kept: StoredLedger = { operations: {}, ...(filtersPassed ? { filtersPassed } : {}) };
  let finished = 0;
  for (const [index, { type, attempt, outcome }] of Object.entries(operations)) {
    if (outcome.status === 'failed') continue;
    kept.operations[index] = { type, attempt, outcome };
    if (outcome.status !== 'later') finished++;
  }
  return { stored: JSON.stringify(kept), finished };
}

function parseLedger(progress: unknown): StoredLedger {
  const operations: Record<string, LedgerEntry> = {};
  if (!isRecord(progress) || !isRecord(progress.operations)) return { operations };
  for (const [index, entry] of Object.entries(progress.operations)) if (isEntry(entry)) operations[index] = entry;
  const { filtersPassed, lossesBefore } = progress;
  return {
    operations,
    ...(filtersPassed === true ? { filtersPassed } : {}),
    ...(typeof lossesBefore === 'number' ? { lossesBefore } : {}),
  };
}

function isEntry(value: unknown): value is LedgerEntry {
  return (
    isRecord(value) && typeof value.type === 'string' && typeof value.attempt === 'number' && isOutcome(value.outcome)
  );
}

/** Only this library writes outcomes there; the status alone tells one. */
function isOutcome(value: unknown): value is Outcome {
  return isRecord(value) && ['done', 'skipped', 'failed', 'later'].includes(String(value.status));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
