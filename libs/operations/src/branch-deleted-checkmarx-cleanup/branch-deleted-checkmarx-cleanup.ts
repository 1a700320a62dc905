import type { CheckmarxClient } from '@octo-bots/checkmarx';
import {
  defineOperation,
  done,
  type EventPayloads,
  Glob,
  matchesAny,
  Options,
  type Outcome,
  type Skipped,
  skipped,
} from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { branchProjectName, type HeadBranch, headBranchOf } from '../checkmarx-project.ts';

interface Clients {
  readonly github: GitHubClient;
  readonly checkmarx: CheckmarxClient;
}

interface Place {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Removes the projects that pull-request-checkmarx made. A branch of the repository tells of its end by `delete`; that of a fork is
 * none of the App's business, so its project goes with the last of its pull requests.
 */
export const branchDeletedCheckmarxCleanup = defineOperation({
  type: 'branch-deleted-checkmarx-cleanup',
  summary:
    'Deletes the Checkmarx project of a branch that was deleted, and of a fork’s branch whose pull request was closed.',
  example: `
branch-deleted-checkmarx-cleanup:
  forbidden-branches: [main, release/*]
`,
  events: ['delete', 'pull_request'],
  clients: ['github', 'checkmarx'],
  config: Options({
    'forbidden-branches': Type.Array(Glob(), {
      default: [],
      description: 'The projects of these branches stay.',
    }),
  }),
  async execute({ config, event, clients }) {
    const { repository } = event.payload;
    const place = { owner: repository.owner.login, repo: repository.name };
    const branch = event.name === 'delete' ? deletedBranch(event.payload) : closedFork(event.payload);
    if ('status' in branch) return branch;
    const forbidden = config['forbidden-branches'];
    if (matchesAny(branch.branch, forbidden)) {
      return skipped(`the project of "${branch.branch}" stays: it matches one of ${forbidden.join(', ')}`);
    }
    const name = branchProjectName(clients.checkmarx, branch);
    const inUse =
      branch.forkOwner === undefined
        ? await branchInUse(clients, { ...place, branch: branch.branch, name })
        : await pullRequestInUse(clients, { ...place, name });
    if (inUse !== undefined) return skipped(`the project ${name} stays: it is that of ${inUse} as well`);
    return remove(clients.checkmarx, name);
  },
});

function deletedBranch({ ref, ref_type, repository }: EventPayloads['delete']): HeadBranch | Skipped {
  if (ref_type !== 'branch') return skipped(`a ${ref_type} was deleted, not a branch`);
  return { repo: repository.name, branch: ref, forkOwner: undefined };
}

function closedFork({ action, pull_request: pull }: EventPayloads['pull_request']): HeadBranch | Skipped {
  if (action !== 'closed') return skipped(`pull_request.${action} ends no branch`);
  const { head } = pull;
  const branch = headBranchOf(pull);
  // A fork that is gone is still named by its owner.
  if (branch === undefined) {
    const forkOwner = head.user?.login;
    if (forkOwner === undefined) return skipped(`the fork that #${pull.number} came from is gone, and so is its owner`);
    return { repo: pull.base.repo.name, branch: head.ref, forkOwner };
  }
  if (branch.forkOwner !== undefined) return branch;
  return skipped(`"${head.ref}" is a branch of the repository: its project goes when the branch is deleted`);
}

/** Cancels before it deletes: a server may refuse to delete what it scans. */
async function remove(checkmarx: CheckmarxClient, name: string): Promise<Outcome> {
  const project = await checkmarx.findProject(name);
  if (project === undefined) return done(`there is no Checkmarx project ${name}`);
  const active = await checkmarx.activeScans(project);
  for (const scan of active) await checkmarx.cancel(scan.id);
  await checkmarx.deleteProject(project);
  const canceled = active.length === 0 ? '' : `, and canceled ${active.length} of its scans`;
  return done(`deleted the Checkmarx project ${name}${canceled}`);
}

/**
 * Several branches may have the same project: `a/b` and `a_b` have, as has one that was made again.
 * @returns one that is there.
 */
async function branchInUse(
  { github, checkmarx }: Clients,
  { owner, repo, branch, name }: Place & { branch: string; name: string },
): Promise<string | undefined> {
  // What two such names have in common goes up to the first character that may have been replaced.
  const [common] = /^[A-Za-z0-9\-.@]*/.exec(branch) ?? [];
  const refs = github.paginate.iterator(github.rest.git.listMatchingRefs, {
    owner,
    repo,
    ref: `heads/${common ?? ''}`,
    per_page: 100,
  });
  for await (const { data } of refs) {
    for (const { ref } of data) {
      const other = ref.replace(/^refs\/heads\//, '');
      if (branchProjectName(checkmarx, { repo, branch: other, forkOwner: undefined }) === name) {
        return `the branch "${other}"`;
      }
    }
  }
  return undefined;
}

/** @returns an open pull request whose branch has this project. */
async function pullRequestInUse(
  { github, checkmarx }: Clients,
  { owner, repo, name }: Place & { name: string },
): Promise<string | undefined> {
  const pages = github.paginate.iterator(github.rest.pulls.list, { owner, repo, state: 'open', per_page: 100 });
  for await (const { data } of pages) {
    for (const pull of data) {
      const branch = headBranchOf(pull);
      if (branch !== undefined && branchProjectName(checkmarx, branch) === name) return `#${pull.number}`;
    }
  }
  return undefined;
}
