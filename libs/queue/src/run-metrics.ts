import type { RunInfo } from '@octo-bots/core';
import type { RunReport } from '@octo-bots/engine';
import type { Metrics } from '@octo-bots/telemetry';

export interface ObservedRun {
  readonly kind: RunInfo['kind'];
  readonly name: string;
  readonly report: RunReport;
  readonly seconds: number;
}

/** Counts one ended attempt. */
export function observeRun(metrics: Metrics, { kind, name, report, seconds }: ObservedRun): void {
  if (kind === 'bot') {
    metrics.runs.inc({ bot: name, status: report.status });
    metrics.runSeconds.observe({ bot: name }, seconds);
    if (report.filteredOut !== undefined) metrics.filteredOut.inc({ bot: name, filter: report.filteredOut.filter });
  } else {
    metrics.jobRuns.inc({ job: name, status: report.status });
    metrics.jobRunSeconds.observe({ job: name }, seconds);
  }
  for (const { type, outcome } of report.operations) {
    metrics.operations.inc({ operation: type, status: outcome.status });
  }
}
