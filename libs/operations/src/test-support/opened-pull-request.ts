import type { EventOperation, Outcome, WebhookEvent } from '@octo-bots/core';
import type { Files, PullRequestView, TreeEntry } from '@octo-bots/testing';
import { type CheckRunView, GitHubBench } from './harness.ts';

export const owner = 'octo-org';
export const repo = 'hello-world';

export interface AnnotationView {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: string;
  readonly message: string;
}

/** An open pull request with files, and what the tests of checks do with it. */
export interface OpenedPullRequest extends AsyncDisposable {
  readonly bench: GitHubBench;
  readonly pull: PullRequestView;
  readonly event: WebhookEvent<unknown>;
  run(operation: EventOperation): Promise<Outcome>;
  checkRuns(): Promise<CheckRunView[]>;
  /** Of the first check run. */
  annotations(): Promise<AnnotationView[]>;
}

/** Opens one that adds these files to a main branch that has those of `base`. */
export async function openedPullRequest(
  files: Files | readonly TreeEntry[],
  { base = {}, draft = false }: { base?: Files; draft?: boolean } = {},
): Promise<OpenedPullRequest> {
  const bench = await GitHubBench.start();
  const { github } = bench;
  if (Object.keys(base).length > 0) {
    await github.pushEntries({ owner, repo, branch: 'main', entries: entriesOf(base) });
  }
  await github.createBranch({ owner, repo, branch: 'feature/a' });
  await github.pushEntries({ owner, repo, branch: 'feature/a', entries: isList(files) ? files : entriesOf(files) });
  const pull = await github.openPullRequest({ owner, repo, head: 'feature/a', draft });
  const event = await bench.pullRequestEvent(owner, repo, pull.number);
  return {
    bench,
    pull,
    event,
    run: (operation) => bench.runOnEvent(operation, event),
    checkRuns: () => bench.checkRunsOf(owner, repo, pull.head.sha),
    annotations: () => annotationsOf(bench, pull.head.sha),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

export function entriesOf(files: Files): TreeEntry[] {
  return Object.entries(files).map(([path, content]) => ({ path, mode: '100644', content }));
}

function isList(files: Files | readonly TreeEntry[]): files is readonly TreeEntry[] {
  return Array.isArray(files);
}

async function annotationsOf({ github }: GitHubBench, sha: string): Promise<AnnotationView[]> {
  const repository = `/repos/${owner}/${repo}`;
  // What GitHub documents of both lists; the emulator wraps the second one.
  const runs = (await github.api(owner, 'GET', `${repository}/commits/${sha}/check-runs?filter=all`)) as {
    check_runs: { id: number }[];
  };
  const found: AnnotationView[] = [];
  for (let page = 1; ; page++) {
    const path = `${repository}/check-runs/${runs.check_runs[0]?.id}/annotations?per_page=100&page=${page}`;
    const answer = (await github.api(owner, 'GET', path)) as AnnotationView[] | { check_annotations: AnnotationView[] };
    const items = 'check_annotations' in answer ? answer.check_annotations : answer;
    found.push(...items);
    if (items.length < 100) return found;
  }
}
