import { type Failed, type Log, memoOf, OctoError } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { boundLog } from './bound-log.ts';
import { withinSignal } from './failure.ts';
import type { LedgerEntry } from './ledger.ts';
import { resumeTimeOf } from './rate-limit.ts';
import { type CallableOperation, keyOf, type OperationsInput } from './run-operations.ts';
import type { RunReport } from './run-report.ts';

/** How long one closing may take. It has a limit of its own: the run's signal may have fired, by its timeout for one. */
const closingMs = 15_000;
/** When a service did not let an operation close what it left open, it is tried again after this … */
const tryAgainMs = 60_000;
/** … for this long: whoever looks at the service would else see something open for ever. */
const mostTryingMs = 60 * 60_000;

/**
 * Once a run has failed for good, lets its operations close what they left open. The run ends only after that: it comes back
 * (`later`) while a service does not let them.
 * @throws what the ledger throws, when the run is no longer ours.
 */
export async function abandonIfOver(
  report: RunReport,
  input: OperationsInput,
  lastAttempt: boolean,
): Promise<RunReport> {
  if (report.status !== 'failed' || (report.retryable && !lastAttempt)) return report;
  const resumeAt = await abandonUnfinished(input);
  return resumeAt === undefined ? report : { ...report, status: 'later', retryable: false, resumeAt };
}

/**
 * Calls `abandon` of the operations that may have begun and did not finish, of each once.
 * @param lost why the run failed, for operations of which the ledger does not tell. Without it those were not called.
 * @returns epoch milliseconds at which to do this again; undefined when nothing is left to do.
 */
export async function abandonUnfinished(input: OperationsInput, lost?: Failed): Promise<number | undefined> {
  const again: number[] = [];
  for (const { operation, index, entry } of unfinished(input)) {
    const failure = entry?.outcome.status === 'failed' ? entry.outcome : lost;
    if (failure === undefined || operation.abandon === undefined || entry?.abandon?.closed) continue;
    const log = boundLog(input.log, { [logKey.operation]: operation.type });
    const since = entry?.abandon?.since ?? Date.now();
    const resumeAt = await close({ operation, index, failure, since, log, input });
    const attempt = entry?.attempt ?? input.run.attempt;
    const abandon = { since, closed: resumeAt === undefined };
    await input.ledger.record(index, { type: operation.type, attempt, outcome: failure, abandon });
    if (resumeAt !== undefined) again.push(resumeAt);
  }
  return again.length === 0 ? undefined : Math.min(...again);
}

interface Unfinished {
  readonly operation: CallableOperation;
  readonly index: number;
  readonly entry: LedgerEntry | undefined;
}

/** In order, only the first unfinished one can have been called. */
function unfinished({ operations, parallel, ledger }: OperationsInput): readonly Unfinished[] {
  const found: Unfinished[] = [];
  for (const [index, operation] of operations.entries()) {
    const recorded = ledger.entry(index);
    const entry = recorded?.type === operation.type ? recorded : undefined;
    const status = entry?.outcome.status;
    if (operation.notFor === undefined && status !== 'done' && status !== 'skipped') {
      found.push({ operation, index, entry });
      if (!parallel) break;
    }
  }
  return found;
}

/** @returns epoch milliseconds at which to try again; undefined when it is closed, or will not be. */
async function close(what: {
  operation: CallableOperation;
  index: number;
  failure: Failed;
  since: number;
  log: Log;
  input: OperationsInput;
}): Promise<number | undefined> {
  const { operation, index, failure, since, log, input } = what;
  const { run } = input;
  const signal = AbortSignal.timeout(closingMs);
  const memo = memoOf(input.cache, operation.type);
  const context = { signal, log, run, key: keyOf(run, index, operation.type), memo, failure };
  try {
    await withinSignal(async () => operation.abandon?.(context), signal, 0);
    return undefined;
  } catch (error) {
    const hopeless = error instanceof OctoError && !error.retryable;
    if (hopeless || Date.now() - since > mostTryingMs) {
      log.error({ [logKey.err]: error }, 'what the operation left open stays open');
      return undefined;
    }
    log.warn({ [logKey.err]: error }, 'what the operation left open could not be closed yet');
    return resumeTimeOf(error) ?? Date.now() + tryAgainMs;
  }
}
