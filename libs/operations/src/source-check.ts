import { done, failed, type Log, OctoError, type Outcome, type RunInfo, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { isCFile } from './c-files.ts';
import { filesAtHead } from './changed-files.ts';
import {
  type CheckRunPlace,
  type Conclusion,
  closeAbandonedCheckRuns,
  concludeCheckRun,
  openCheckRun,
} from './check-run.ts';
import { type CheckedPullRequest, checkedCommit, checkedPullRequest } from './checked-pull-request.ts';
import { type Checkout, checkOut } from './checkout.ts';
import { inCode } from './in-code.ts';

/** `files:` of the operations that check sources. */
export function FilesOption() {
  return Type.Union([Type.Literal('changed'), Type.Literal('all')], {
    default: 'changed',
    description: '`changed`: only files that the pull request adds or changes; `all`: every C and C++ file.',
  });
}

/** What a program found. */
export interface Findings {
  readonly conclusion: Conclusion;
  /** Of the outcome: what was found, in a few words. */
  readonly summary: string;
}

/** What a program is to look at. */
export interface SourceFiles {
  readonly checkout: Checkout;
  /** Paths of the C and C++ files to report on, sorted. */
  readonly paths: readonly string[];
}

export interface SourceCheck {
  /** Of the check run: what people see, and what a branch protection rule may require. */
  readonly checkName: string;
  readonly program: string;
  readonly files: 'changed' | 'all';
  /** Whether the program reads this file, when it is none of those to report on. */
  reads(path: string): boolean;
  /** Why the program cannot be given a file of this name; undefined when it can. */
  refuses?(path: string): string | undefined;
  inspect(sources: SourceFiles): Promise<Findings>;
}

/** What an operation of a check has of its call. */
export interface SourceCheckCall {
  readonly event: Parameters<typeof checkedPullRequest>[0];
  readonly key: string;
  readonly run: RunInfo;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clients: { readonly github: GitHubClient };
}

/** Lets a program look at the C and C++ files of a pull request's head, and tells what it found as a check run. */
export async function checkSources(call: SourceCheckCall, check: SourceCheck): Promise<Outcome> {
  const { event, clients, run } = call;
  const { github } = clients;
  const { checkName, program } = check;
  const pull = await checkedPullRequest(event, { github, checkName });
  if ('status' in pull) return pull;
  if (pull.state === 'closed') return skipped(`#${pull.number} is closed`);
  const checkRun = await openCheckRun(github, placeOf(call, checkName));
  const about = `check run ${checkName} of #${pull.number} at ${pull.head.sha.slice(0, 7)}`;
  try {
    const findings = await look(call, check, pull);
    await concludeCheckRun(github, checkRun, findings.conclusion);
    return done(`${about}: ${findings.conclusion.conclusion}; ${findings.summary}`);
  } catch (error) {
    if (!isFinal(error)) throw error;
    await concludeCheckRun(github, checkRun, unfinished(error, program, run.id));
    return failed(`${about}: failure; ${error.message}`, { code: error.code });
  }
}

/** Closes the check run of a run that failed for good. */
export async function abandonSourceCheck(
  call: Omit<SourceCheckCall, 'log' | 'signal'> & { failure: { code: string } },
  checkName: string,
): Promise<void> {
  const { clients, failure, run } = call;
  await closeAbandonedCheckRuns(clients.github, placeOf(call, checkName), { code: failure.code, runId: run.id });
}

async function look(call: SourceCheckCall, check: SourceCheck, pull: CheckedPullRequest): Promise<Findings> {
  const { owner, repo } = checkedCommit(call.event);
  const { github } = call.clients;
  const changed = check.files === 'all' ? undefined : await filesAtHead(github, { owner, repo, number: pull.number });
  const isAsked = (path: string) => isCFile(path) && (changed?.has(path) ?? true);
  if (changed !== undefined && ![...changed].some(isCFile)) return nothingToCheck('changes');
  await using checkout = await checkOut({
    github,
    pull,
    signal: call.signal,
    select: (all) => all.filter((path) => isAsked(path) || check.reads(path)),
  });
  if (checkout === undefined) return commitGone(pull.head.sha);
  const asked = [...checkout.files].filter(isAsked).toSorted();
  const paths = asked.filter((path) => check.refuses?.(path) === undefined);
  const refused = asked.flatMap((path) => {
    const why = check.refuses?.(path);
    return why === undefined ? [] : [{ path, why }];
  });
  const leftOut = [...checkout.leftOut.filter(({ path }) => isAsked(path)), ...refused];
  if (paths.length === 0 && leftOut.length === 0) return nothingToCheck('has');
  return withLeftOut(await check.inspect({ checkout, paths }), leftOut);
}

function placeOf({ event, key }: Pick<SourceCheckCall, 'event' | 'key'>, name: string): CheckRunPlace {
  return { ...checkedCommit(event), name, externalId: key };
}

/** What another attempt would meet again. */
function isFinal(error: unknown): error is OctoError {
  return (
    error instanceof OctoError &&
    !error.retryable &&
    (error.code === 'PROGRAM_MISSING' || error.code === 'PROGRAM_FAILED')
  );
}

function unfinished(error: OctoError, program: string, runId: string): Conclusion {
  const tell = `Their log has the cause under the run \`${runId}\`.`;
  if (error.code === 'PROGRAM_MISSING') {
    return {
      conclusion: 'failure',
      title: `${program} cannot be run here`,
      summary:
        `This check ended with the error \`${error.code}\`, so it says nothing about this commit: a program that it needs is ` +
        `not installed where this bot runs. Those who run it have to install \`${program}\` and \`git\` on the machines ` +
        `of its workers (Debian: \`apt-get install ${program} git\`), and then this check can be run again. ${tell}`,
    };
  }
  return {
    conclusion: 'failure',
    title: 'This check went past its limits',
    summary:
      `This check ended with the error \`${error.code}\`, so it says nothing about this commit: its files take more time, memory ` +
      `or space than a check may use. Tell those who run this bot. ${tell}`,
  };
}

function nothingToCheck(verb: string): Findings {
  return {
    conclusion: {
      conclusion: 'success',
      title: 'No C or C++ file to check',
      summary: `This pull request ${verb} no C or C++ file.`,
    },
    summary: `it ${verb} no C or C++ file`,
  };
}

function commitGone(sha: string): Findings {
  return {
    conclusion: {
      conclusion: 'neutral',
      title: 'This commit is not there any more',
      summary: `GitHub does not give out \`${sha}\` any more: the pull request has moved on.`,
    },
    summary: 'GitHub does not give out the commit any more',
  };
}

/** What was not looked at is no success. */
function withLeftOut({ conclusion, summary }: Findings, leftOut: Checkout['leftOut']): Findings {
  if (leftOut.length === 0) return { conclusion, summary };
  const list = leftOut.slice(0, 20).map(({ path, why }) => `- ${inCode(path)} ${why}`);
  const more = leftOut.length > list.length ? [`- … and ${leftOut.length - list.length} more`] : [];
  const note = ['Not checked:', '', ...list, ...more].join('\n');
  const isSuccess = conclusion.conclusion === 'success';
  return {
    conclusion: {
      ...conclusion,
      conclusion: isSuccess ? 'neutral' : conclusion.conclusion,
      title: isSuccess ? `${conclusion.title}; ${inNumber(leftOut.length, 'file')} not checked` : conclusion.title,
      summary: `${conclusion.summary}\n\n${note}`,
    },
    summary: `${summary}; ${inNumber(leftOut.length, 'file')} not checked`,
  };
}

export function inNumber(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
