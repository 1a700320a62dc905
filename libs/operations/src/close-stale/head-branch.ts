import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import type { Pull } from './change.ts';
import type { Repository } from './place.ts';

/** Deletes the head branch, unless it is a fork's, the default or a protected one, or another open pull request needs it. */
export async function deleteHeadBranch(
  github: GitHubClient,
  repository: Repository,
  { head, base }: Pull,
): Promise<void> {
  if (head.repository !== base.repository || head.ref === base.defaultBranch) return;
  const { owner } = repository;
  const needed = await Promise.all([
    github.rest.pulls.list({ ...repository, state: 'open', head: `${owner}:${head.ref}`, per_page: 1 }),
    github.rest.pulls.list({ ...repository, state: 'open', base: head.ref, per_page: 1 }),
  ]);
  if (needed.some(({ data }) => data.length > 0)) return;
  try {
    const { data: branch } = await github.rest.repos.getBranch({ ...repository, branch: head.ref });
    if (branch.protected) return;
    await github.rest.git.deleteRef({ ...repository, ref: `heads/${head.ref}` });
  } catch (error) {
    const status = answeredStatus(error);
    // 404, 422: it is gone already.
    if (status !== 404 && status !== 422) throw error;
  }
}
