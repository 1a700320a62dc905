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

export interface Conclusion {
  readonly conclusion: 'success' | 'failure' | 'neutral';
  readonly title: string;
  /** Markdown; what is longer than GitHub takes is cut. */
  readonly summary: string;
  /** Markdown, below the summary; cut as well. */
  readonly text?: string;
  /** In an order that is the same in each attempt: what an attempt that did not end has added is not added again. */
  readonly annotations?: readonly Annotation[];
}

/** GitHub takes no longer summary and text … */
const longestOutput = 65_535;
/** … and no more annotations in one request. */
const annotationsOfRequest = 50;

/** The check run of this key, in progress; the one that an earlier attempt opened, if it did. */
export async function openCheckRun(github: GitHubClient, place: CheckRunPlace): Promise<CheckRun> {
  const [known] = await findCheckRuns(github, place);
  if (known !== undefined) return known;
  const { owner, repo, headSha, name, externalId } = place;
  const { data } = await github.rest.checks.create({
    owner,
    repo,
    head_sha: headSha,
    name,
    external_id: externalId,
    status: 'in_progress',
    started_at: new Date().toISOString(),
  });
  return { owner, repo, id: Number(data.id), completed: false, annotations: 0 };
}

/** Ends a check run. Repeated, it says the same again. */
export async function concludeCheckRun(github: GitHubClient, checkRun: CheckRun, ending: Conclusion): Promise<void> {
  const { title, conclusion } = ending;
  const output = {
    title,
    summary: cut(ending.summary),
    ...(ending.text === undefined ? {} : { text: cut(ending.text) }),
  };
  const target = { owner: checkRun.owner, repo: checkRun.repo, check_run_id: checkRun.id };
  const batches = inBatches((ending.annotations ?? []).slice(checkRun.annotations));
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
  for (const checkRun of await findCheckRuns(github, place)) {
    if (checkRun.completed) continue;
    await concludeCheckRun(github, checkRun, {
      conclusion: 'failure',
      title: 'This check could not be finished',
      summary:
        `This check ended with the error \`${code}\` before it had a result, so it says nothing about this commit. ` +
        `Push again to repeat it. If it goes on, tell those who run this bot: their log has the cause under the run \`${runId}\`.`,
    });
  }
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
    .map(({ id, status, output }) => ({
      owner,
      repo,
      id: Number(id),
      completed: status === 'completed',
      annotations: output.annotations_count,
    }));
}

/** @returns at least no batch; none is empty. */
function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < items.length; start += annotationsOfRequest) {
    batches.push(items.slice(start, start + annotationsOfRequest));
  }
  return batches;
}

/** Never between the two halves of one character. */
function cut(text: string): string {
  if (text.length <= longestOutput) return text;
  const notice = '\n\n… (cut: this is longer than GitHub shows)';
  const kept = text.slice(0, longestOutput - notice.length).replace(/[\uD800-\uDBFF]$/, '');
  return kept + notice;
}
