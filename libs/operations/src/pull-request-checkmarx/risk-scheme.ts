import type { Severity, SeverityCounts } from '@octo-bots/checkmarx';
import { type StaticDecode, Type } from 'typebox';

/** All that there are, the worst first. */
const severities = ['critical', 'high', 'medium', 'low', 'info'] as const satisfies readonly Severity[];

function least(severity: Severity) {
  return Type.Optional(
    Type.Integer({
      minimum: 1,
      description: `The check fails when so many ${severity} vulnerabilities are found, or more.`,
      'x-expects': 'a whole number, 1 or more',
    }),
  );
}

export const riskScheme = Type.Object(
  {
    'min-critical-vuls': least('critical'),
    'min-high-vuls': least('high'),
    'min-medium-vuls': least('medium'),
    'min-low-vuls': least('low'),
    'min-info-vuls': least('info'),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'How many vulnerabilities of a severity fail the check. A severity that is left out fails nothing.',
    'x-expects': 'at least one of min-critical-vuls, min-high-vuls, min-medium-vuls, min-low-vuls and min-info-vuls',
  },
);

export type RiskScheme = StaticDecode<typeof riskScheme>;

export type RowVerdict =
  /** Fewer than the threshold. */
  | 'passed'
  | 'failed'
  /** There is a threshold, but the server does not report this severity: it may be anything. */
  | 'unknown'
  /** There is no threshold. */
  | 'free';

export interface RiskRow {
  readonly severity: Severity;
  /** Undefined when the server does not report this severity, which is not zero. */
  readonly found: number | undefined;
  /** So many, or more, fail. */
  readonly threshold: number | undefined;
  readonly verdict: RowVerdict;
}

/** Counts against thresholds, the worst severity first. */
export function compareRisk(scheme: RiskScheme, counts: SeverityCounts): readonly RiskRow[] {
  return severities.map((severity) => {
    const found = counts[severity];
    const threshold = scheme[`min-${severity}-vuls`];
    return { severity, found, threshold, verdict: verdictOf(found, threshold) };
  });
}

function verdictOf(found: number | undefined, threshold: number | undefined): RowVerdict {
  if (threshold === undefined) return 'free';
  if (found === undefined) return 'unknown';
  return found >= threshold ? 'failed' : 'passed';
}
