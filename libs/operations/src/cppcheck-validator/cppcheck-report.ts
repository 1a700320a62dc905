import type { Annotation, Conclusion } from '../check-run.ts';
import { inCode } from '../in-code.ts';
import { type Findings, inNumber } from '../source-check.ts';
import type { Finding, Severity } from './cppcheck-output.ts';

export type FailOn = 'error' | 'warning' | 'any' | 'never';

/** Ten requests to GitHub; more nobody reads. */
export const mostAnnotations = 500;
/** Below the 65 535 characters that GitHub takes. */
const longestText = 60_000;
const longestMessage = 4000;

const levels: Readonly<Record<Severity, Annotation['annotation_level']>> = {
  error: 'failure',
  warning: 'warning',
  performance: 'notice',
  portability: 'notice',
  style: 'notice',
  information: 'notice',
};

const failing: Readonly<Record<FailOn, readonly Severity[]>> = {
  never: [],
  error: ['error'],
  warning: ['error', 'warning'],
  any: ['error', 'warning', 'performance', 'portability', 'style'],
};

/** @param findings in the order in which they are to be shown. */
export function reportOf(
  findings: readonly Finding[],
  { checked, failOn, version }: { checked: number; failOn: FailOn; version: string },
): Findings {
  const bad = findings.filter(({ severity }) => failing[failOn].includes(severity));
  const counted = countsOf(findings);
  const found = findings.length === 0 ? 'nothing found' : counted;
  const summary = `${found} in ${inNumber(checked, 'file')}`;
  const notes = [
    `Checked with ${inCode(version)}; ${failOn === 'never' ? 'no finding fails this check' : `fails on: ${failOn}`}.`,
    ...(findings.length > mostAnnotations ? [`${findings.length - mostAnnotations} more have no annotation.`] : []),
    ...(findings.length > 0
      ? ['What is right all the same can be marked in the source: `// cppcheck-suppress <id>` in the line before.']
      : []),
  ];
  const conclusion: Conclusion = {
    conclusion: bad.length > 0 ? 'failure' : 'success',
    title: summary.charAt(0).toUpperCase() + summary.slice(1),
    summary: notes.join('\n\n'),
    ...(findings.length === 0 ? {} : { text: textOf(findings) }),
    annotations: findings.slice(0, mostAnnotations).map(annotationOf),
  };
  return { conclusion, summary };
}

/** `2 errors, 1 warning, 3 notices` */
function countsOf(findings: readonly Finding[]): string {
  const count = (level: Annotation['annotation_level']) =>
    findings.filter(({ severity }) => levels[severity] === level).length;
  const parts: [number, string][] = [
    [count('failure'), 'error'],
    [count('warning'), 'warning'],
    [count('notice'), 'notice'],
  ];
  return parts.flatMap(([number, noun]) => (number > 0 ? [inNumber(number, noun)] : [])).join(', ');
}

function annotationOf({ id, severity, message, cwe, locations: [at, ...others] }: Finding): Annotation {
  const how = others.filter(({ info }) => info !== '').map(({ path, line, info }) => `${path}:${line} ${info}`);
  const kind = `${severity}: ${id}${cwe === undefined ? '' : `, CWE-${cwe}`}`;
  const text = [message, `(${kind})`, ...how].join('\n').slice(0, longestMessage);
  return { path: at.path, start_line: at.line, end_line: at.line, annotation_level: levels[severity], message: text };
}

function textOf(findings: readonly Finding[]): string {
  const lines: string[] = [];
  let left = longestText;
  for (const { id, severity, message, locations } of findings) {
    const [{ path, line }] = locations;
    const text = `- ${severity} ${inCode(`${path}:${line}`)}: ${inCode(message.slice(0, 500))} (${inCode(id)})`;
    left -= text.length + 1;
    if (left < 0) {
      lines.push(`- … and ${findings.length - lines.length} more`);
      break;
    }
    lines.push(text);
  }
  return lines.join('\n');
}
