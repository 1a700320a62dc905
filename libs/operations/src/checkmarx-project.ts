import type { CheckmarxClient } from '@octo-bots/checkmarx';

type Names = Pick<CheckmarxClient, 'projectName'>;

/** The branch that a pull request comes from. */
export interface HeadBranch {
  /** Name of the repository that it goes to, without its owner. */
  readonly repo: string;
  readonly branch: string;
  /** Whose fork it comes from; undefined when it is a branch of the repository itself. */
  readonly forkOwner: string | undefined;
}

interface Side {
  readonly ref: string;
  readonly repo: { readonly name: string; readonly full_name: string } | null;
}

/** @returns undefined when the fork is gone. */
export function headBranchOf(pull: {
  readonly head: Side;
  readonly base: { readonly repo: NonNullable<Side['repo']> };
}): HeadBranch | undefined {
  const { head, base } = pull;
  if (head.repo === null) return undefined;
  const isFork = head.repo.full_name !== base.repo.full_name;
  const forkOwner = isFork ? head.repo.full_name.split('/')[0] : undefined;
  return { repo: base.repo.name, branch: head.ref, forkOwner };
}

/** `REPO`: what every branch project of the repository begins with. */
export function baseProjectName(checkmarx: Names, repo: string): string {
  return checkmarx.projectName(repo);
}

/**
 * `REPO@BRANCH`, and `REPO@OWNER..BRANCH` for a branch of a fork: no branch may have `..` in its name, so a fork never shares
 * a project with a branch of the repository. No repository has an `@` in its name, so none of these is a base project.
 */
export function branchProjectName(checkmarx: Names, { repo, branch, forkOwner }: HeadBranch): string {
  return checkmarx.projectName(`${repo}@${forkOwner === undefined ? '' : `${forkOwner}..`}${branch}`);
}
