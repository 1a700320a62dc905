import { type Skipped, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import {
  type CheckedEvent,
  type CheckedPullRequest,
  checkedCommit,
  checkedPullRequest,
} from '../checked-pull-request.ts';
import { whyUnwanted } from './scan-decision.ts';

/** The actions after which there is something new to scan; `edited` only when the base was changed. */
const scannedActions = ['opened', 'reopened', 'ready_for_review', 'synchronize', 'edited'];

interface Wish {
  readonly github: GitHubClient;
  readonly checkName: string;
  readonly headSha: string;
  readonly onlyMainBranch: boolean;
}

/** The pull request as GitHub has it now: the event may be old. @returns why it is not scanned. */
export async function pullRequestToScan(event: CheckedEvent, wish: Wish): Promise<CheckedPullRequest | Skipped> {
  const { github } = wish;
  const found = await checkedPullRequest(event, wish);
  if ('status' in found) return found;
  const { owner, repo } = checkedCommit(event);
  const { data: pull } = await github.rest.pulls.get({ owner, repo, pull_number: found.number });
  // A scan takes long, and `ready_for_review` asks for it in time. Who presses Re-run on a draft wants it all the same.
  if (pull.draft && event.name === 'pull_request')
    return skipped(`#${pull.number} is a draft: it is scanned once it is ready`);
  if (pull.head.repo === null) return skipped(`the fork that #${pull.number} comes from is gone`);
  const unwanted = whyUnwanted(pull, wish);
  switch (unwanted?.why) {
    case undefined:
      return pull;
    case 'closed':
      return skipped(`#${pull.number} is closed`);
    case 'superseded':
      return skipped(
        `the head of #${pull.number} is ${unwanted.newest.slice(0, 7)} by now, not ${wish.headSha.slice(0, 7)}`,
      );
    case 'other-base':
      return skipped(`#${pull.number} goes into "${unwanted.base}", not into the default branch "${unwanted.main}"`);
  }
}

/** Why an event says nothing about the code, so that it costs no request. */
export function whyNothingNew(event: CheckedEvent): string | undefined {
  if (event.name === 'check_run') {
    return event.action === 'rerequested'
      ? undefined
      : `check_run.${event.action} is not the button that asks for a re-run`;
  }
  const { payload } = event;
  if (!scannedActions.includes(payload.action)) return `pull_request.${payload.action} brings nothing new to scan`;
  if (payload.action === 'edited' && payload.changes.base === undefined) {
    return 'the pull request was edited, but its base branch is the same';
  }
  return undefined;
}
