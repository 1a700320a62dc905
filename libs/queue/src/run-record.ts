import type { RunReport } from '@octo-bots/engine';

/** What is kept in Redis of a run that ended well; small, since BullMQ also writes it into its events. */
export interface RunRecord {
  readonly status: RunReport['status'];
  readonly filteredOut?: RunReport['filteredOut'];
  readonly operations: RunReport['operations'];
}

export function recordOf(report: RunReport): RunRecord {
  const { status, filteredOut, operations } = report;
  return { status, operations, ...(filteredOut === undefined ? {} : { filteredOut }) };
}

/** Why a run failed, in one text: what the dashboard shows of a failed run. */
export function summaryOf(report: RunReport): string {
  const failures = report.operations.flatMap(({ type, outcome }) =>
    outcome.status === 'failed' ? [`${type}: ${outcome.code}: ${outcome.reason}`] : [],
  );
  const { failedFilter } = report;
  if (failedFilter !== undefined) {
    failures.unshift(`${failedFilter.filter}: ${failedFilter.outcome.code}: ${failedFilter.outcome.reason}`);
  }
  return failures.join('; ');
}
