import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import type { Item } from './stale-policy.ts';

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

type Listed = {
  readonly number: number;
  readonly updated_at: string;
  readonly labels: readonly (string | { readonly name?: string })[];
};

/**
 * The open issues and pull requests of a repository in pages, the one that was not updated for longest first. There may be
 * more kinds in it than were asked for.
 * @param since leaves out what was not updated since; not where the repository has no issues.
 */
export async function* openItems(
  github: GitHubClient,
  repository: Repository,
  { kinds, since }: { kinds: ReadonlySet<Item['kind']>; since?: Date },
): AsyncGenerator<readonly Item[]> {
  const query = { ...repository, state: 'open', sort: 'updated', direction: 'asc', per_page: 100 } as const;
  const sinceThen = since === undefined ? {} : { since: since.toISOString() };
  let listed = false;
  try {
    // GitHub lists pull requests among the issues.
    for await (const { data } of github.paginate.iterator(github.rest.issues.listForRepo, { ...query, ...sinceThen })) {
      listed = true;
      yield data.map((item) => toItem(item, item.pull_request ? 'pull-request' : 'issue'));
    }
  } catch (error) {
    if (listed || !hasNoIssues(error)) throw error;
    if (!kinds.has('pull-request')) return;
    for await (const { data } of github.paginate.iterator(github.rest.pulls.list, query)) {
      yield data.map((item) => toItem(item, 'pull-request'));
    }
  }
}

/** 410: the repository has its issues switched off; some versions of GitHub say 404. It may have pull requests all the same. */
function hasNoIssues(error: unknown): boolean {
  const status = answeredStatus(error);
  return status === 410 || status === 404;
}

function toItem({ number, updated_at, labels }: Listed, kind: Item['kind']): Item {
  return {
    kind,
    number,
    updatedAt: Date.parse(updated_at),
    labels: labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
  };
}
