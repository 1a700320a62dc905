import type { CheckmarxClient, ScanProgress } from '@octo-bots/checkmarx';
import type { CheckRunOutput, Conclusion } from '../check-run.ts';
import type { RiskRow } from './risk-scheme.ts';
import type { Unwanted } from './scan-decision.ts';

/** Everything that people read on the check run of a scan. */

type Product = CheckmarxClient['product'];

const early =
  'This check run is updated while it goes on, and ends with the number of vulnerabilities of each severity.';
const repeat = 'To repeat it, press *Re-run* or push again.';
/** So much of what a server says is shown. */
const longestWords = 2000;

export const preparing: CheckRunOutput = { title: 'Preparing the scan', summary: early };

export function branchingGoesOn(product: Product, project: string): CheckRunOutput {
  return {
    title: 'Making the project of this branch',
    summary: `${product} copies the project to \`${project}\`; then it scans. ${early}`,
  };
}

export function queueIsFull(product: Product): CheckRunOutput {
  return { title: 'Waiting for a place in the queue', summary: `${product} takes no more scans for now. ${early}` };
}

export function silentServer(product: Product): CheckRunOutput {
  return { title: `Waiting for ${product}`, summary: `${product} does not answer; it is asked again. ${early}` };
}

/** The percentage is rounded down to tens: each other title is a write at GitHub. */
export function scanGoesOn(progress: ScanProgress, url: string): CheckRunOutput {
  const { state, stage, queuePosition, percent } = progress;
  const known = [stage === '' ? state : stage];
  if (queuePosition !== undefined) known.push(`number ${queuePosition} in the queue`);
  if (percent !== undefined && percent > 0) known.push(`${Math.floor(percent / 10) * 10} %`);
  const title = `${state === 'queued' ? 'Waiting to be scanned' : 'Scanning'}: ${known.join(', ')}`;
  return { title: title.slice(0, 250), summary: `${link(url)} ${early}`, detailsUrl: url };
}

/** @param incremental undefined when it was there already, and may be either. */
export function scanStarted(incremental: boolean | undefined, url: string): CheckRunOutput {
  const kind = incremental === undefined ? 'A scan' : incremental ? 'An incremental scan' : 'A full scan';
  return { title: `${kind} was started`, summary: `${link(url)} ${early}`, detailsUrl: url };
}

export function resultOf(rows: readonly RiskRow[], scan: { url: string; partial: boolean }): Conclusion {
  const failed = rows.filter(({ verdict }) => verdict === 'failed');
  const unknown = rows.filter(({ verdict }) => verdict === 'unknown');
  const sentences = [
    ...failed.map(({ severity, found, threshold }) => `**${severity}**: ${found} found, ${threshold} or more fail.`),
    ...unknown.map(
      ({ severity, threshold }) =>
        `**${severity}**: the server does not report this severity, so nobody knows whether there are ${threshold} or more. ` +
        `Take \`min-${severity}-vuls\` out of the bot’s \`risk-scheme\`, or use a server that reports it.`,
    ),
    ...(scan.partial ? [`The scan is partial: it did not see everything, so this is no clean pass. ${repeat}`] : []),
  ];
  return {
    conclusion: sentences.length === 0 ? 'success' : 'failure',
    title: titleOf(failed, unknown, scan.partial),
    summary: [
      ...(sentences.length === 0 ? ['No threshold is reached.'] : sentences),
      '',
      tableOf(rows),
      '',
      link(scan.url),
    ].join('\n'),
    detailsUrl: scan.url,
  };
}

function titleOf(failed: readonly RiskRow[], unknown: readonly RiskRow[], partial: boolean): string {
  const parts = [
    ...(failed.length === 0 ? [] : [`Too many vulnerabilities: ${failed.map(inShort).join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`not reported: ${unknown.map(({ severity }) => severity).join(', ')}`]),
    ...(partial ? ['the scan is partial'] : []),
  ];
  const title = parts.join('; ');
  return title === '' ? 'No threshold is reached' : title.charAt(0).toUpperCase() + title.slice(1);
}

function inShort({ found, severity }: RiskRow): string {
  return `${found} ${severity}`;
}

const verdictWords: Record<RiskRow['verdict'], string> = {
  passed: 'passed',
  failed: '**failed**',
  unknown: '**could not be checked**',
  free: '',
};

function tableOf(rows: readonly RiskRow[]): string {
  const lines = rows.map(
    ({ severity, found, threshold, verdict }) =>
      `| ${severity} | ${found ?? 'not reported'} | ${threshold ?? ''} | ${verdictWords[verdict]} |`,
  );
  return ['| Severity | Found | Fails at | |', '| --- | ---: | ---: | --- |', ...lines].join('\n');
}

export function branchingFailed(product: Product, project: string, reason: string | undefined): Conclusion {
  return {
    conclusion: 'failure',
    title: 'The project of this branch could not be made',
    summary: `${product} could not copy the project to \`${project}\`, so nothing was scanned. ${repeat}`,
    ...wordsOf(product, reason),
  };
}

export function scanEnded(
  because: 'failed' | 'canceled' | 'gone',
  { product, url, reason }: { product: Product; url: string; reason: string | undefined },
): Conclusion {
  const [conclusion, title, summary] = endings(product)[because];
  return {
    conclusion,
    title,
    summary: `${summary} ${repeat}\n\n${link(url)}`,
    detailsUrl: url,
    ...wordsOf(product, reason),
  };
}

function endings(product: Product) {
  return {
    failed: ['failure', 'The scan failed', `The scan failed on ${product}, so it says nothing about this commit.`],
    canceled: [
      'cancelled',
      'The scan was canceled on the server',
      `The scan was canceled on ${product}: by somebody, by a setting of the server, or for a branch that has the same project.`,
    ],
    gone: ['failure', 'The scan is gone', `The scan was deleted on ${product} before it had a result.`],
  } as const;
}

export function sourceTooLarge(reason: string): Conclusion {
  return {
    conclusion: 'failure',
    title: 'The source is too large to be uploaded',
    summary: `Nothing was scanned: ${reason}. With \`source: git\` the server clones it by itself.`,
  };
}

export function inMinutes(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

export function timedOut(limit: string, phase: string, url: string | undefined): Conclusion {
  return {
    conclusion: 'timed_out',
    title: `No result within ${limit}`,
    summary: `${phase} ${repeat}${url === undefined ? '' : `\n\n${link(url)}`}`,
    ...(url === undefined ? {} : { detailsUrl: url }),
  };
}

/** @param scan.goesOn for another run. */
export function notWanted(unwanted: Unwanted, { goesOn }: { goesOn: boolean }): Conclusion {
  const reasons = {
    closed: 'the pull request was closed',
    superseded: `a newer commit was pushed${unwanted.why === 'superseded' ? `: ${unwanted.newest.slice(0, 7)}` : ''}`,
    'other-base': `the pull request does not go into ${unwanted.why === 'other-base' ? `\`${unwanted.main}\`` : 'the main branch'} any more`,
  };
  const reason = reasons[unwanted.why];
  const what = goesOn ? 'The scan goes on for another run; it is not needed here any more' : 'The scan was canceled';
  return { conclusion: 'cancelled', title: 'Not scanned to the end', summary: `${what}, since ${reason}.` };
}

export function leftOver(reason: string): Conclusion {
  return { conclusion: 'cancelled', title: 'Not scanned to the end', summary: `The scan was canceled: ${reason}.` };
}

/** What a server says may hold a credential of the URL that it cloned, and Markdown. */
function wordsOf(product: Product, reason: string | undefined): { text?: string } {
  if (reason === undefined || reason.trim() === '') return {};
  const words = reason
    .replaceAll(/\/\/[^/\s@]+@/g, '//***@')
    .replaceAll(/\bgh[a-z]_[\w.-]+|\bgithub_pat_\w+/g, '***')
    .slice(0, longestWords)
    .replaceAll('`', "'");
  return { text: `${product} says:\n\n\`\`\`\n${words}\n\`\`\`` };
}

function link(url: string): string {
  return `[See the scan](${url}).`;
}
