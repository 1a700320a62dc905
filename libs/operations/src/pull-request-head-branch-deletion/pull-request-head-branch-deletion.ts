import { answeredStatus, defineOperation, done, Glob, matchesAny, Options, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { branchOf, pullsFrom, pullsInto, type RepositoryPlace } from '../branches.ts';

/**
 * GitHub takes no condition with a deletion ("only if it is still at this commit"), so the branch is looked at last of all,
 * right before it is deleted.
 */
export const pullRequestHeadBranchDeletion = defineOperation({
  type: 'pull-request-head-branch-deletion',
  summary: 'Deletes the head branch of a pull request once it is merged.',
  example: `
pull-request-head-branch-deletion:
  exclude-branches: [develop, staging, release/*]
`,
  events: ['pull_request'],
  clients: ['github'],
  config: Options({
    'exclude-branches': Type.Array(Glob(), {
      default: [],
      description: 'Branches that match one of these are kept.',
    }),
    exclude: Type.Array(Glob(), {
      default: [],
      description: 'An older name of `exclude-branches`. When both are there, both keep branches.',
    }),
  }),
  async execute({ config, event, clients: { github } }) {
    const { pull_request: pull, repository } = event.payload;
    const { number, head } = pull;
    if (event.action !== 'closed') return skipped(`pull_request.${event.action} is not the end of #${number}`);
    if (pull.merged !== true) return skipped(`#${number} was closed without being merged`);
    if (head.repo === null) return skipped(`the fork that #${number} comes from is gone`);
    if (head.repo.full_name !== repository.full_name) {
      return skipped(
        `the branch "${head.ref}" of #${number} is in the fork ${head.repo.full_name}, which is left alone`,
      );
    }
    const excluded = [...config['exclude-branches'], ...config.exclude];
    const keeping = excluded.find((glob) => matchesAny(head.ref, [glob]));
    if (keeping !== undefined) return skipped(`the branch "${head.ref}" is excluded by ${keeping}`);
    if (head.ref === repository.default_branch) return skipped(`"${head.ref}" is the default branch`);

    const place = { owner: repository.owner.login, repo: repository.name };
    const used = await useOf(github, place, head.ref);
    if (used !== undefined) return skipped(used);
    const branch = await branchOf(github, place, head.ref);
    if (branch === undefined) return skipped(`the branch "${head.ref}" of #${number} is deleted already`);
    if (branch.protected) return skipped(`the branch "${head.ref}" is protected`);
    if (branch.sha !== head.sha) {
      const [now, then] = [branch.sha.slice(0, 7), head.sha.slice(0, 7)];
      return skipped(`the branch "${head.ref}" has moved on: it is at ${now}, and #${number} was merged at ${then}`);
    }
    if (!(await deleteBranch(github, place, head.ref))) {
      return skipped(`the branch "${head.ref}" of #${number} is deleted already`);
    }
    return done(`deleted the branch "${head.ref}" of #${number}, which is merged`);
  },
});

/** @returns which open pull request still needs the branch. */
async function useOf(github: GitHubClient, place: RepositoryPlace, branch: string): Promise<string | undefined> {
  const [from] = await pullsFrom(github, place, branch, 'open');
  if (from !== undefined) return `the branch "${branch}" is the head of #${from.number} too, which is open`;
  const [into] = await pullsInto(github, place, branch);
  return into === undefined ? undefined : `the branch "${branch}" is the base of #${into.number}, which is open`;
}

/** @returns false when somebody else was faster. */
async function deleteBranch(github: GitHubClient, place: RepositoryPlace, branch: string): Promise<boolean> {
  try {
    await github.rest.git.deleteRef({ ...place, ref: `heads/${branch}` });
    return true;
  } catch (error) {
    // GitHub answers 422 for a branch that is not there, and for one that may not be deleted.
    const status = answeredStatus(error);
    if ((status === 422 || status === 404) && (await branchOf(github, place, branch)) === undefined) return false;
    throw error;
  }
}
