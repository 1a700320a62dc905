import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import type { Item, Kind } from './item.ts';
import type { Repository } from './place.ts';

/** What GitHub's lists of issues and of pull requests both say of one. */
type Listed = {
  readonly number: number;
  readonly title: string;
  readonly user: { readonly login: string } | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly comments?: number;
  readonly labels: readonly (string | { readonly name?: string })[];
  readonly milestone: { readonly title: string } | null;
  readonly assignees?: readonly { readonly login: string }[] | null;
  readonly draft?: boolean | undefined;
  readonly type?: { readonly name?: string } | null;
};

export interface ItemQuery {
  readonly kinds: ReadonlySet<Kind>;
  /** Those that have this earliest come first. */
  readonly sort: 'updated' | 'created';
  /** Only what has this label; not where the repository has no issues. */
  readonly label?: string;
  /** Only what was updated since; not where the repository has no issues. */
  readonly since?: Date;
}

/**
 * The open issues and pull requests of a repository in pages of 100. There may be more kinds in it than were asked for.
 * The address of a page does not change from one sweep to the next, so that GitHub can answer 304.
 */
export async function* openItems(
  github: GitHubClient,
  repository: Repository,
  { kinds, sort, label, since }: ItemQuery,
): AsyncGenerator<{ readonly items: readonly Item[]; readonly last: boolean }> {
  const query = { ...repository, state: 'open', sort, direction: 'asc', per_page: 100 } as const;
  const narrowed = {
    ...(label === undefined ? {} : { labels: label }),
    ...(since === undefined ? {} : { since: since.toISOString() }),
  };
  let listed = false;
  try {
    // GitHub lists pull requests among the issues.
    for await (const { data, headers } of github.paginate.iterator(github.rest.issues.listForRepo, {
      ...query,
      ...narrowed,
    })) {
      listed = true;
      const items = data.map((item) => toItem(item, item.pull_request ? 'pull-request' : 'issue'));
      yield { items, last: isLast(headers.link) };
    }
  } catch (error) {
    if (listed || !hasNoIssues(error)) throw error;
    if (!kinds.has('pull-request')) return;
    for await (const { data, headers } of github.paginate.iterator(github.rest.pulls.list, query)) {
      yield { items: data.map((item) => toItem(item, 'pull-request')), last: isLast(headers.link) };
    }
  }
}

function isLast(link: string | undefined): boolean {
  return !(link?.includes('rel="next"') ?? false);
}

/** 410: the repository has its issues switched off; some versions of GitHub say 404. It may have pull requests all the same. */
function hasNoIssues(error: unknown): boolean {
  const status = answeredStatus(error);
  return status === 410 || status === 404;
}

function toItem(listed: Listed, kind: Kind): Item {
  return {
    kind,
    number: listed.number,
    title: listed.title,
    author: listed.user?.login ?? 'ghost',
    createdAt: Date.parse(listed.created_at),
    updatedAt: Date.parse(listed.updated_at),
    // A list of pull requests does not say.
    comments: listed.comments ?? 1,
    labels: listed.labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
    milestone: listed.milestone?.title,
    assignees: listed.assignees?.map(({ login }) => login) ?? [],
    draft: listed.draft ?? false,
    type: listed.type?.name,
  };
}
