import type { Failed, Outcome } from '@octo-bots/core';

/**
 * `later`: to be called again at `resumeAt`. `aborted`: its signal told it to stop before it ended (a shutdown); what was
 * finished is in the ledger, and the run is to be handed back.
 */
export type RunStatus = 'done' | 'filtered-out' | 'failed' | 'later' | 'aborted';

export interface OperationReport {
  readonly type: string;
  readonly outcome: Outcome;
}

export interface RunReport {
  readonly status: RunStatus;
  /** The filter that kept the event from the bot. */
  readonly filteredOut?: { readonly filter: string; readonly reason: string };
  /** The filter that could not decide; then no operation was called. */
  readonly failedFilter?: { readonly filter: string; readonly outcome: Failed };
  /** The filter that hit a rate limit, when `status` is `later` for it; then no operation was called. */
  readonly waitingFilter?: { readonly filter: string; readonly reason: string };
  /** In the order of the YAML; what was not called is not in it. */
  readonly operations: readonly OperationReport[];
  /** Whether another attempt of a failed run can help. */
  readonly retryable: boolean;
  /** Epoch milliseconds, when `status` is `later`. */
  readonly resumeAt?: number;
}

/** @param aborted whether an operation was told to stop before it ended. */
export function reportOf(operations: readonly OperationReport[], aborted: boolean): RunReport {
  if (aborted) return { status: 'aborted', operations, retryable: true };
  const outcomes = operations.map(({ outcome }) => outcome);
  // While one operation waits, the run goes on: failing it now could leave what that one began without an end.
  const waiting = outcomes.filter((outcome) => outcome.status === 'later');
  if (waiting.length > 0) {
    return { status: 'later', operations, retryable: false, resumeAt: Math.min(...waiting.map(({ at }) => at)) };
  }
  const failures = outcomes.filter((outcome) => outcome.status === 'failed');
  return {
    status: failures.length > 0 ? 'failed' : 'done',
    operations,
    retryable: failures.some(({ retryable }) => retryable),
  };
}
