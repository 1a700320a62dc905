import { type EventPayloads, type Skipped, skipped, type WebhookEvent } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';

/** The events of an operation with a check run: those of the pull request, and the button *Re-run* of the check run. */
export const checkedEvents = ['pull_request', 'check_run'] as const;

export type CheckedEvent = {
  [Name in (typeof checkedEvents)[number]]: WebhookEvent<EventPayloads[Name]> & { readonly name: Name };
}[(typeof checkedEvents)[number]];

/** One side of a pull request. */
interface Side {
  readonly ref: string;
  readonly sha: string;
  /** Null once a fork is gone. */
  readonly repo: {
    /** `owner/name`. */
    readonly full_name: string;
    readonly name: string;
    readonly clone_url: string;
    readonly private: boolean;
  } | null;
}

/** As much of a pull request as operations with a check run need. */
export interface CheckedPullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly draft?: boolean | undefined;
  readonly head: Side;
  readonly base: Side & { readonly repo: NonNullable<Side['repo']> & { readonly default_branch: string } };
}

/** The commit that a check run belongs to; it needs no request, so that it can be closed whatever happened. */
export function checkedCommit(event: CheckedEvent): { owner: string; repo: string; headSha: string } {
  const { repository } = event.payload;
  const headSha =
    event.name === 'pull_request' ? event.payload.pull_request.head.sha : event.payload.check_run.head_sha;
  return { owner: repository.owner.login, repo: repository.name, headSha };
}

/**
 * The pull request to check: that of the event, or the open one whose head is the commit of a check run that somebody
 * wants to see again.
 * @returns why there is nothing to check, for the button of another check run or a commit that is no head any more.
 */
export async function checkedPullRequest(
  event: CheckedEvent,
  { github, checkName }: { github: GitHubClient; checkName: string },
): Promise<CheckedPullRequest | Skipped> {
  if (event.name === 'pull_request') return event.payload.pull_request;
  const { check_run: checkRun } = event.payload;
  if (event.action !== 'rerequested')
    return skipped(`check_run.${event.action} is not the button that asks for a re-run`);
  if (checkRun.name !== checkName)
    return skipped(`the re-run is of the check run "${checkRun.name}", not of ${checkName}`);
  const { owner, repo, headSha } = checkedCommit(event);
  // Of a fork that has the same branch, GitHub names the pull requests of both repositories.
  const ours = checkRun.pull_requests.filter((pull) => pull?.base.repo.id === event.payload.repository.id);
  const numbers = ours.flatMap((pull) => (pull === null ? [] : [pull.number]));
  // GitHub names no pull request of a fork in the event.
  const candidates =
    numbers.length > 0 ? numbers : (await pullRequestsAt(github, { owner, repo, headSha })).map(({ number }) => number);
  for (const number of candidates) {
    const { data } = await github.rest.pulls.get({ owner, repo, pull_number: number });
    if (data.state === 'open' && data.head.sha === headSha) return data;
  }
  return skipped(`${headSha.slice(0, 7)} is not the head of an open pull request any more`);
}

/**
 * The pull requests whose head is this commit. GitHub's list of those of a commit has none from a fork; so when it has none, the
 * open ones are gone through.
 */
export async function pullRequestsAt(
  github: GitHubClient,
  { owner, repo, headSha }: { owner: string; repo: string; headSha: string },
): Promise<readonly Pick<CheckedPullRequest, 'number' | 'head' | 'base'>[]> {
  const ofCommit = { owner, repo, commit_sha: headSha, per_page: 100 };
  const own = await github.paginate(github.rest.repos.listPullRequestsAssociatedWithCommit, ofCommit);
  const found = own.filter(({ head }) => head.sha === headSha);
  if (found.length > 0) return found;
  const open = { owner, repo, state: 'open', per_page: 100 } as const;
  for await (const { data } of github.paginate.iterator(github.rest.pulls.list, open)) {
    found.push(...data.filter(({ head }) => head.sha === headSha));
  }
  return found;
}
