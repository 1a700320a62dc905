import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';

export interface RepositoryPlace {
  readonly owner: string;
  readonly repo: string;
}

export interface Branch {
  readonly sha: string;
  /** By a branch protection rule or by a ruleset. */
  readonly protected: boolean;
}

/** @returns undefined when there is no such branch, or none of that name any more: GitHub follows a renaming. */
export async function branchOf(
  github: GitHubClient,
  { owner, repo }: RepositoryPlace,
  name: string,
): Promise<Branch | undefined> {
  try {
    const { data } = await github.rest.repos.getBranch({ owner, repo, branch: name });
    return data.name === name ? { sha: data.commit.sha, protected: data.protected } : undefined;
  } catch (error) {
    if (answeredStatus(error) !== 404) throw error;
    return undefined;
  }
}

export interface BranchPull {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string };
}

/** The pull requests of this repository that come from this branch of it; those of a fork with such a branch are not among them. */
export async function pullsFrom(
  github: GitHubClient,
  { owner, repo }: RepositoryPlace,
  branch: string,
  state: 'open' | 'all',
): Promise<readonly BranchPull[]> {
  const query = { owner, repo, head: `${owner}:${branch}`, state, per_page: 100 };
  const found = await github.paginate(github.rest.pulls.list, query);
  // A fork may be of the same owner. One that is gone has no repository.
  return found.filter(({ head }) => head.ref === branch && isSame(head.repo?.full_name, `${owner}/${repo}`));
}

/** The open pull requests into this branch. */
export function pullsInto(
  github: GitHubClient,
  { owner, repo }: RepositoryPlace,
  branch: string,
): Promise<readonly BranchPull[]> {
  return github.paginate(github.rest.pulls.list, { owner, repo, base: branch, state: 'open', per_page: 100 });
}

function isSame(fullName: string | undefined, other: string): boolean {
  return fullName?.toLowerCase() === other.toLowerCase();
}
