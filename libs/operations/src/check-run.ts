import type { Log } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';

/** Where a check run is, and how it is found again. */
export interface CheckRunPlace {
  readonly owner: string;
  readonly repo: string;
  readonly headSha: string;
  /** As people see it and branch protection names it. */
  readonly name: string;
  /** The `key` of the operation's call: a retry, on whichever worker, finds the check run that an earlier attempt opened. */
  readonly externalId: string;
}

export interface CheckRun {
  readonly owner: string;
  readonly repo: string;
  readonly id: number;
  readonly completed: boolean;
  /** Epoch milliseconds; now, when GitHub does not tell. */
  readonly startedAt: number;
  /** How many annotations it has already: GitHub adds those of each request to those that are there. */
  readonly annotations: number;
}

export type Annotation = {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  message: string;
};

/** What people read on a check run. */
export interface CheckRunOutput {
  readonly title: string;
  /** Markdown; what is longer than GitHub takes is cut. */
  readonly summary: string;
  /** Markdown, below the summary; cut as well. */
  readonly text?: string;
  /** Where *Details* leads to: the page of the service that did the work. */
  readonly detailsUrl?: string | undefined;
}

export interface Conclusion extends CheckRunOutput {
  /** Of these, a branch protection rule that requires the check lets `success`, `neutral` and `skipped` through. */
  readonly conclusion: 'success' | 'failure' | 'neutral' | 'timed_out' | 'cancelled' | 'skipped' | 'action_required';
  /** In an order that is the same in each attempt: what an attempt that did not end has added is not added again. */
  readonly annotations?: readonly Annotation[];
}

/** GitHub takes no longer summary and text … */
const longestOutput = 65_535;
/** … and no more annotations in one request. */
const annotationsOfRequest = 50;

/**
 * The check run of this key, in progress; the one that an earlier attempt opened, if it did.
 * @param first what a new one shows.
 */
export async function openCheckRun(
  github: GitHubClient,
  place: CheckRunPlace,
  first?: CheckRunOutput,
): Promise<CheckRun> {
  const [known] = await findCheckRuns(github, place);
  if (known !== undefined) return known;
  const { owner, repo, headSha, name, externalId } = place;
  const startedAt = Date.now();
  const { data } = await github.rest.checks.create({
    owner,
    repo,
    head_sha: headSha,
    name,
    external_id: externalId,
    status: 'in_progress',
    started_at: new Date(startedAt).toISOString(),
    ...(first === undefined ? {} : { ...detailsOf(first), output: outputOf(first) }),
  });
  return { owner, repo, id: Number(data.id), completed: false, startedAt, annotations: 0 };
}

/** A check run by itself, as far as a change of it needs to know. */
type CheckRunId = Pick<CheckRun, 'owner' | 'repo' | 'id'>;

/**
 * Tells how far the work is. A check run that had ended, such as that of a run which is replayed, is in progress again.
 * Each call is a request that counts against GitHub's limits for writing: call it only when there is something new to tell.
 * @param options.startedAt epoch milliseconds, when the work begins anew.
 */
export async function updateCheckRun(
  github: GitHubClient,
  checkRun: CheckRunId,
  progress: CheckRunOutput,
  options: { startedAt?: number; log?: Log } = {},
): Promise<void> {
  const { startedAt, log } = options;
  await github.rest.checks.update({
    ...targetOf(checkRun),
    ...detailsOf(progress),
    status: 'in_progress',
    ...(startedAt === undefined ? {} : { started_at: new Date(startedAt).toISOString() }),
    output: outputOf(progress, { checkRun, log }),
  });
}

/**
 * Ends a check run. Repeated, it says the same again.
 * @param options.log takes what is longer than GitHub shows.
 */
export async function concludeCheckRun(
  github: GitHubClient,
  checkRun: CheckRunId & { readonly annotations?: number },
  ending: Conclusion,
  options: { log?: Log } = {},
): Promise<void> {
  const { conclusion } = ending;
  const output = outputOf(ending, { checkRun, log: options.log });
  const target = { ...targetOf(checkRun), ...detailsOf(ending) };
  const fresh = (ending.annotations ?? []).slice(checkRun.annotations ?? 0);
  const batches = inBatches(fresh.map((one) => ({ ...one, message: writable(one.message) })));
  const last = batches.pop() ?? [];
  for (const annotations of batches) await github.rest.checks.update({ ...target, output: { ...output, annotations } });
  await github.rest.checks.update({
    ...target,
    status: 'completed',
    conclusion,
    completed_at: new Date().toISOString(),
    output: last.length === 0 ? output : { ...output, annotations: last },
  });
}

/** What ends a check run whose run failed for good. People get the code and the run; what went wrong inside is in the log. */
export async function closeAbandonedCheckRuns(
  github: GitHubClient,
  place: CheckRunPlace,
  { code, runId }: { code: string; runId: string },
): Promise<void> {
  for (const checkRun of await unfinishedCheckRuns(github, place)) {
    await concludeCheckRun(github, checkRun, {
      conclusion: 'failure',
      title: 'This check could not be finished',
      summary:
        `This check ended with the error \`${code}\` before it had a result, so it says nothing about this commit. ` +
        `Push again to repeat it. If it goes on, tell those who run this bot: their log has the cause under the run \`${runId}\`.`,
    });
  }
}

/** What an earlier attempt, or call, of this key left open. */
export async function unfinishedCheckRuns(github: GitHubClient, place: CheckRunPlace): Promise<readonly CheckRun[]> {
  return (await findCheckRuns(github, place)).filter(({ completed }) => !completed);
}

/** Those of this key, the oldest first; more than one only if two workers opened one at the same moment. */
async function findCheckRuns(github: GitHubClient, place: CheckRunPlace): Promise<readonly CheckRun[]> {
  const { owner, repo, headSha, name, externalId } = place;
  const found = await github.paginate(github.rest.checks.listForRef, {
    owner,
    repo,
    ref: headSha,
    check_name: name,
    filter: 'all',
    per_page: 100,
  });
  return found
    .filter((checkRun) => checkRun.external_id === externalId)
    .sort((a, b) => Number(a.id) - Number(b.id))
    .map(({ id, status, started_at, output }) => ({
      owner,
      repo,
      id: Number(id),
      completed: status === 'completed',
      startedAt: Date.parse(started_at ?? '') || Date.now(),
      annotations: output.annotations_count,
    }));
}

function targetOf({ owner, repo, id }: CheckRunId) {
  return { owner, repo, check_run_id: id };
}

function detailsOf({ detailsUrl }: CheckRunOutput) {
  return detailsUrl === undefined ? {} : { details_url: detailsUrl };
}

function outputOf(
  { title, summary, text }: CheckRunOutput,
  { checkRun, log }: { checkRun?: CheckRunId; log?: Log | undefined } = {},
) {
  const shown = (field: string, whole: string) => {
    const kept = cut(writable(whole));
    if (kept.length < whole.length)
      log?.warn({ checkRun: checkRun?.id, field, whole }, 'check run cut: here it is whole');
    return kept;
  };
  return {
    title: writable(title),
    summary: shown('summary', summary),
    ...(text === undefined ? {} : { text: shown('text', text) }),
  };
}

/** @returns at least no batch; none is empty. */
function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < items.length; start += annotationsOfRequest) {
    batches.push(items.slice(start, start + annotationsOfRequest));
  }
  return batches;
}

/** Sources may have what GitHub takes in no text: half of a character, as a cut leaves it, or the character 0. */
function writable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** Never between the two halves of one character. */
function cut(text: string): string {
  if (text.length <= longestOutput) return text;
  const notice = '\n\n… (cut: this is longer than GitHub shows)';
  const kept = text.slice(0, longestOutput - notice.length).replace(/[\uD800-\uDBFF]$/, '');
  return kept + notice;
}
