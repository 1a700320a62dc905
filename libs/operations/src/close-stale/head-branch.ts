import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { branchOf, pullsFrom, pullsInto } from '../branches.ts';
import type { Pull } from './change.ts';
import type { Repository } from './place.ts';

/** Deletes the head branch, unless it is a fork's, the default or a protected one, or another open pull request needs it. */
export async function deleteHeadBranch(
  github: GitHubClient,
  repository: Repository,
  { head, base }: Pull,
): Promise<void> {
  if (head.repository !== base.repository || head.ref === base.defaultBranch) return;
  const needed = [
    ...(await pullsFrom(github, repository, head.ref, 'open')),
    ...(await pullsInto(github, repository, head.ref)),
  ];
  if (needed.length > 0) return;
  const branch = await branchOf(github, repository, head.ref);
  if (branch === undefined || branch.protected) return;
  try {
    await github.rest.git.deleteRef({ ...repository, ref: `heads/${head.ref}` });
  } catch (error) {
    // GitHub answers 422 for a branch that is not there, and for one that may not be deleted.
    const status = answeredStatus(error);
    const mayBeGone = status === 422 || status === 404;
    if (!mayBeGone || (await branchOf(github, repository, head.ref)) !== undefined) throw error;
  }
}
