import {
  answeredStatus,
  defineOperation,
  done,
  Glob,
  matchesAny,
  Options,
  type Skipped,
  skipped,
} from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { branchOf, pullsFrom, type RepositoryPlace } from '../branches.ts';
import { inCode } from '../in-code.ts';

/** Where releases go first, in repositories that have it. */
const staging = 'staging';

/**
 * Never a second pull request: not while one from this branch is open, into whichever base, and not once one from it was closed or
 * merged at the commit where the branch is now. A branch that is made anew, at another commit, gets one again.
 */
export const pullRequestReleaseBranchCreation = defineOperation({
  type: 'pull-request-release-branch-creation',
  summary: 'Opens a pull request from a new release branch into `staging`, or else the default branch.',
  example: `
pull-request-release-branch-creation:
  release-patterns: [release/*]
`,
  events: ['create'],
  clients: ['github'],
  config: Options({
    'release-patterns': Type.Array(Glob(), {
      default: [],
      description: 'The new branches that get a pull request: those that match one of these.',
    }),
  }),
  async execute({ config, event, clients: { github } }) {
    const { ref: branch, ref_type: refType, repository } = event.payload;
    if (refType !== 'branch') return skipped(`"${branch}" is a ${refType}, no branch`);
    const patterns = config['release-patterns'];
    const matching = patterns.find((pattern) => matchesAny(branch, [pattern]));
    if (matching === undefined) {
      return skipped(`the branch "${branch}" matches none of ${patterns.join(', ') || 'no patterns'}`);
    }
    const place = { owner: repository.owner.login, repo: repository.name };
    const created = await branchOf(github, place, branch);
    if (created === undefined) return skipped(`the branch "${branch}" is gone already`);
    const hasStaging = (await branchOf(github, place, staging)) !== undefined;
    const base = hasStaging ? staging : repository.default_branch;
    if (base === branch) return skipped(`"${branch}" is itself the branch that releases go into`);

    const release = { place, branch, base, sha: created.sha };
    const reason = (await existing(github, release)) ?? (await nothingNew(github, release));
    if (reason !== undefined) return reason;
    return open(github, release, matching);
  },
});

interface Release {
  readonly place: RepositoryPlace;
  readonly branch: string;
  readonly base: string;
  /** Where the branch is now. */
  readonly sha: string;
}

async function open(github: GitHubClient, release: Release, pattern: string) {
  const { place, branch, base } = release;
  try {
    const { data } = await github.rest.pulls.create({
      ...place,
      head: branch,
      base,
      title: `Merge ${branch} into ${base}`,
      body: `The branch ${inCode(branch)} was created and matches the release pattern ${inCode(pattern)}.`,
    });
    return done(`opened #${data.number} from "${branch}" into "${base}"`);
  } catch (error) {
    // 422 says among others that somebody was faster, or that there is nothing to merge any more.
    if (answeredStatus(error) !== 422) throw error;
    const reason = (await existing(github, release)) ?? (await nothingNew(github, release));
    if (reason === undefined) throw error;
    return reason;
  }
}

async function existing(github: GitHubClient, { place, branch, sha }: Release): Promise<Skipped | undefined> {
  const pulls = await pullsFrom(github, place, branch, 'all');
  const open = pulls.find(({ state }) => state === 'open');
  if (open !== undefined) return skipped(`#${open.number} from "${branch}" is open already`);
  const earlier = pulls.find(({ head }) => head.sha === sha);
  if (earlier === undefined) return undefined;
  return skipped(`#${earlier.number} from "${branch}" was closed at ${sha.slice(0, 7)}, where the branch still is`);
}

async function nothingNew(github: GitHubClient, { place, branch, base }: Release): Promise<Skipped | undefined> {
  try {
    const basehead = `${base}...${branch}`;
    const { data } = await github.rest.repos.compareCommitsWithBasehead({ ...place, basehead, per_page: 1 });
    return data.ahead_by === 0 ? skipped(`"${branch}" has no commit that "${base}" does not have`) : undefined;
  } catch (error) {
    if (answeredStatus(error) !== 404) throw error;
    return skipped(`GitHub cannot compare "${branch}" with "${base}": they share no history, or one of them is gone`);
  }
}
