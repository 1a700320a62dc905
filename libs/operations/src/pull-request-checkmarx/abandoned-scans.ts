import type { CheckmarxClient } from '@octo-bots/checkmarx';
import type { GitHubClient } from '@octo-bots/github';
import { type CheckedEvent, type CheckedPullRequest, checkedCommit, pullRequestsAt } from '../checked-pull-request.ts';
import { branchProjectName, headBranchOf } from '../checkmarx-project.ts';
import { scanLabel } from './scan-label.ts';

/** Cancels what this very run started and is still active: nobody waits for it any more. */
export async function cancelAbandonedScans(
  { github, checkmarx }: { github: GitHubClient; checkmarx: CheckmarxClient },
  event: CheckedEvent,
  key: string,
): Promise<void> {
  const label = scanLabel({ ...checkedCommit(event), key });
  for (const name of await projectNames(github, checkmarx, event)) {
    const project = await checkmarx.findProject(name);
    if (project === undefined) continue;
    for (const scan of await checkmarx.activeScans(project)) {
      if (scan.label === label) await checkmarx.cancel(scan.id);
    }
  }
}

/** The event of the button *Re-run* names no branch: any pull request of its commit may be the one. */
async function projectNames(
  github: GitHubClient,
  checkmarx: CheckmarxClient,
  event: CheckedEvent,
): Promise<ReadonlySet<string>> {
  const pulls: Pick<CheckedPullRequest, 'head' | 'base'>[] = [];
  if (event.name === 'pull_request') pulls.push(event.payload.pull_request);
  else pulls.push(...(await pullRequestsAt(github, checkedCommit(event))));
  const branches = pulls.map(headBranchOf).filter((branch) => branch !== undefined);
  return new Set(branches.map((branch) => branchProjectName(checkmarx, branch)));
}
