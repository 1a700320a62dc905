import {
  type AnswerCache,
  type Failed,
  failed,
  type Later,
  type Log,
  type Memo,
  memoOf,
  type Outcome,
  type RunInfo,
  skipped,
} from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { boundLog } from './bound-log.ts';
import { failureOf, GivenUpError, timeoutOf, withinSignal } from './failure.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { resumeTimeOf } from './rate-limit.ts';
import { type OperationReport, type RunReport, reportOf } from './run-report.ts';

/** How long an operation may take to end after its signal told it to. */
const defaultGraceMs = 5000;

/** What a call of an operation has in both kinds of runs. */
export interface CallContext {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly run: RunInfo;
  readonly key: string;
  readonly memo: Memo;
}

/** An operation, ready to be called with what both kinds of runs have in common. */
export interface CallableOperation {
  readonly type: string;
  /** Why it does not apply to this run at all, if so. */
  readonly notFor: string | undefined;
  call(context: CallContext & { state: unknown; waitingSince: number | undefined }): Promise<Outcome>;
  /** Closes what it left open; undefined when it leaves nothing. */
  readonly abandon?: ((context: CallContext & { failure: Failed }) => Promise<void>) | undefined;
}

export interface OperationsInput {
  readonly operations: readonly CallableOperation[];
  readonly parallel: boolean;
  readonly run: RunInfo;
  readonly ledger: Ledger;
  /** What operations remember from one run to another; they remember nothing without it. */
  readonly cache: AnswerCache | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly graceMs?: number | undefined;
}

/** Told to stop before it ended; nothing is recorded, so that it is called again. */
const aborted = { status: 'aborted' } as const;

type Ending = Outcome | typeof aborted;

/**
 * Calls the operations of a run that are due. What the ledger holds as finished is reported and not called again; what
 * waits is called once its time came; what failed in this attempt is called again in the next one.
 */
export async function runOperations(input: OperationsInput): Promise<RunReport> {
  const endings = input.parallel ? await inParallel(input) : await inOrder(input);
  const reports: OperationReport[] = [];
  let anyAborted = false;
  for (const { type, ending } of endings) {
    if (ending.status === 'aborted') anyAborted = true;
    else reports.push({ type, outcome: ending });
  }
  return reportOf(reports, anyAborted);
}

async function inParallel(input: OperationsInput): Promise<{ type: string; ending: Ending }[]> {
  const calls = input.operations.map(async (operation, index) => ({
    type: operation.type,
    ending: await endingOf(operation, index, input),
  }));
  // All of them end before a broken ledger may end the run: none goes on behind its back.
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

async function inOrder(input: OperationsInput): Promise<{ type: string; ending: Ending }[]> {
  const endings: { type: string; ending: Ending }[] = [];
  for (const [index, operation] of input.operations.entries()) {
    const ending = await endingOf(operation, index, input);
    endings.push({ type: operation.type, ending });
    if (ending.status === 'failed' || ending.status === 'later' || ending.status === 'aborted') break;
  }
  return endings;
}

async function endingOf(operation: CallableOperation, index: number, input: OperationsInput): Promise<Ending> {
  if (operation.notFor !== undefined) return skipped(operation.notFor);
  const entry = input.ledger.entry(index);
  const known = entry?.type === operation.type ? entry : undefined;
  if (known !== undefined && !isDue(known.outcome, known.attempt, input.run.attempt)) return known.outcome;

  const log = boundLog(input.log, { [logKey.operation]: operation.type });
  const wait = waitOf(known);
  const ending = await call({ operation, key: keyOf(input.run, index, operation.type), wait, log, input });
  if (ending.status === 'aborted') {
    log.info({ [logKey.outcome]: 'aborted' }, 'operation told to stop');
    return ending;
  }
  await input.ledger.record(index, {
    type: operation.type,
    attempt: input.run.attempt,
    outcome: ending,
    ...(ending.status === 'later' ? { waitingSince: wait.since ?? Date.now() } : {}),
  });
  logOutcome(log, ending);
  return ending;
}

/** The same over all attempts and workers, as long as the YAML stays. */
export function keyOf(run: RunInfo, index: number, type: string): string {
  return `${run.id}/${index}.${type}`;
}

/** Is an operation with this last outcome to be called (again)? */
function isDue(outcome: Outcome, outcomeOfAttempt: number, attempt: number): boolean {
  switch (outcome.status) {
    case 'done':
    case 'skipped':
      return false;
    case 'failed':
      return outcome.retryable && outcomeOfAttempt < attempt;
    case 'later':
      return outcome.at <= Date.now();
  }
}

/** What an operation that was called before waits for, and since when. */
interface Wait {
  readonly outcome: Later | undefined;
  /** Epoch milliseconds. */
  readonly since: number | undefined;
}

function waitOf(known: LedgerEntry | undefined): Wait {
  if (known?.outcome.status !== 'later') return { outcome: undefined, since: undefined };
  return { outcome: known.outcome, since: known.waitingSince };
}

interface OperationCall {
  readonly operation: CallableOperation;
  readonly key: string;
  readonly wait: Wait;
  readonly log: Log;
  readonly input: OperationsInput;
}

async function call({ operation, key, wait, log, input }: OperationCall): Promise<Ending> {
  const { signal, run, graceMs = defaultGraceMs } = input;
  const memo = memoOf(input.cache, operation.type);
  const context = { signal, log, run, key, memo, state: wait.outcome?.state, waitingSince: wait.since };
  try {
    return bounded(await withinSignal(() => operation.call(context), signal, graceMs), wait.since ?? Date.now());
  } catch (error) {
    if (error instanceof GivenUpError) log.warn({ [logKey.err]: error }, 'operation ignores its signal');
    const timeout = timeoutOf(signal);
    if (timeout !== undefined) return failureOf(timeout, 'RUN_TIMED_OUT');
    if (signal.aborted) return aborted;
    const resumeAt = resumeTimeOf(error);
    if (resumeAt !== undefined) return putOff(error, resumeAt, wait);
    const failure: Failed = failureOf(error, 'OPERATION_THREW');
    log.error({ [logKey.code]: failure.code, [logKey.err]: error }, 'operation threw');
    return failure;
  }
}

/** A rate limit is nobody's failure: the operation is called again as it would have been now. */
function putOff(error: unknown, at: number, { outcome }: Wait): Later {
  const { reason } = failureOf(error, 'OPERATION_THREW');
  return { ...outcome, status: 'later', at, state: outcome?.state, reason };
}

/** Holds a wait to the bound that it set itself: at its end it is called once more, after its end it has failed. */
function bounded(outcome: Outcome, since: number): Outcome {
  if (outcome.status !== 'later' || outcome.giveUpAfterMs === undefined) return outcome;
  const end = since + outcome.giveUpAfterMs;
  if (Date.now() < end) return { ...outcome, at: Math.min(outcome.at, end) };
  const seconds = Math.round(outcome.giveUpAfterMs / 1000);
  return failed(`gave up after waiting ${seconds} s in all: ${outcome.reason}`, { code: 'OPERATION_GAVE_UP' });
}

function logOutcome(log: Log, outcome: Outcome): void {
  const fields = {
    [logKey.outcome]: outcome.status,
    [logKey.reason]: outcome.status === 'done' ? outcome.summary : outcome.reason,
  };
  if (outcome.status === 'failed') {
    log.warn({ ...fields, [logKey.code]: outcome.code, retryable: outcome.retryable }, 'operation ended');
  } else log.info(fields, 'operation ended');
}
