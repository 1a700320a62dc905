import { answeredStatus, OctoError } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { isMarked, postMarkedComment } from '../marked-comment.ts';
import { closingMark, stalenessMark } from '../stale-marks.ts';
import { deleteHeadBranch } from './head-branch.ts';
import type { Item } from './item.ts';
import { has } from './item.ts';
import { renderMessage } from './message.ts';
import type { Repository } from './place.ts';
import type { KindPolicy } from './policy.ts';
import type { Step } from './verdict.ts';

/** A comment and the update it makes carry nearly the same time; what people do afterwards comes later than this. */
const sameMomentMs = 5_000;

export interface Change {
  readonly github: GitHubClient;
  readonly repository: Repository;
  /** As it was listed. */
  readonly item: Item;
  readonly policy: KindPolicy;
  readonly step: Step;
  /** See `{{days}}`. */
  readonly days: number;
  /** Only when an earlier go commented on it and got no further. */
  readonly onlyFinish: boolean;
}

/**
 * Does the step, if it is still due: between the listing and now it may have been updated, closed or deleted. When an earlier
 * go got no further than its comment, the rest is done without a second one.
 * @returns whether it was done.
 */
export async function carryOut(change: Change): Promise<boolean> {
  const { policy, item } = change;
  const now = await readNow(change);
  if (!now?.open) return false;
  switch (change.step) {
    case 'unmark':
      if (now.updatedAt !== change.item.updatedAt) return false;
      await unmark(change);
      return true;
    case 'mark': {
      const text = policy.staleComment(policy.times(item.labels));
      if (!(await announce(change, now, { mark: stalenessMark, text }))) return false;
      await mark(change);
      return true;
    }
    case 'close': {
      const text = policy.marks ? policy.closeComment : policy.staleComment(policy.times(item.labels));
      if (!(await announce(change, now, { mark: closingMark, text }))) return false;
      await close(change, now);
      return true;
    }
  }
}

/** What GitHub says now. */
interface Now {
  readonly open: boolean;
  readonly updatedAt: number;
  readonly comments: number;
  /** Of a pull request. */
  readonly pull: Pull | undefined;
}

export interface Pull {
  readonly nodeId: string;
  readonly draft: boolean;
  readonly head: { readonly ref: string; readonly repository: string | undefined };
  readonly base: { readonly repository: string; readonly defaultBranch: string };
}

/** @returns undefined when it was deleted, or moved to another repository. */
async function readNow({ github, repository, item }: Change): Promise<Now | undefined> {
  try {
    if (item.kind === 'issue') {
      const { data } = await github.rest.issues.get({ ...repository, issue_number: item.number });
      return { ...stateOf(data), pull: undefined };
    }
    const { data } = await github.rest.pulls.get({ ...repository, pull_number: item.number });
    const { head, base, node_id: nodeId, draft = false } = data;
    return {
      ...stateOf(data),
      pull: {
        nodeId,
        draft,
        head: { ref: head.ref, repository: head.repo?.full_name },
        base: { repository: base.repo.full_name, defaultBranch: base.repo.default_branch },
      },
    };
  } catch (error) {
    const status = answeredStatus(error);
    if (status === 404 || status === 410) return undefined;
    throw error;
  }
}

function stateOf(data: { state: string; updated_at: string; comments: number }): Omit<Now, 'pull'> {
  return { open: data.state === 'open', updatedAt: Date.parse(data.updated_at), comments: data.comments };
}

/**
 * Sees to it that our comment stands there once.
 * @returns whether what it announces may be done.
 */
async function announce(change: Change, now: Now, { mark, text }: { mark: string; text: string }): Promise<boolean> {
  const { github, repository, item, onlyFinish } = change;
  if (await isAnnounced(change, now, mark)) return true;
  if (onlyFinish || now.updatedAt !== item.updatedAt) return false;
  const conversation = { ...repository, number: item.number };
  await postMarkedComment(github, conversation, { operation: mark, text: rendered(change, text) });
  return true;
}

/** Whether the last thing that happened to it is our comment. */
async function isAnnounced({ github, repository, item }: Change, now: Now, mark: string): Promise<boolean> {
  if (now.comments === 0) return false;
  // In pages of one, the number of comments is the number of the last page.
  const query = { ...repository, issue_number: item.number, per_page: 1, page: now.comments };
  const { data } = await github.rest.issues.listComments(query);
  const last = data.at(-1);
  if (last === undefined || !isMarked(last, mark)) return false;
  return now.updatedAt - Date.parse(last.created_at) < sameMomentMs;
}

function rendered({ item, policy, repository, days }: Change, text: string): string {
  const { closeAfterMs } = policy.times(item.labels);
  const closeDays = closeAfterMs === undefined ? 0 : Math.ceil(closeAfterMs / (24 * 60 * 60 * 1000));
  return renderMessage(text, {
    author: item.author,
    days: String(days),
    'close-days': String(closeDays),
    kind: item.kind === 'issue' ? 'issue' : 'pull request',
    label: policy.staleLabel,
    number: String(item.number),
    repository: `${repository.owner}/${repository.repo}`,
    title: item.title,
  });
}

async function mark(change: Change): Promise<void> {
  const { staleLabel, options } = change.policy;
  await removeLabels(change, options['remove-labels-when-stale'] ?? []);
  await addLabels(change, [...(options['add-labels-when-stale'] ?? []), staleLabel]);
}

/** The stale label goes last: until then the next sweep finds it marked and does this again. */
async function unmark(change: Change): Promise<void> {
  const { staleLabel, options } = change.policy;
  await addLabels(change, options['add-labels-when-unstale'] ?? []);
  await removeLabels(change, [...(options['remove-labels-when-unstale'] ?? []), staleLabel]);
}

async function close(change: Change, { pull }: Now): Promise<void> {
  const { github, repository, item, policy } = change;
  const { 'close-label': closeLabel, 'convert-to-draft': toDraft, 'delete-branch': deleteBranch } = policy.options;
  if (closeLabel !== undefined) await addLabels(change, [closeLabel]);
  if (pull === undefined) {
    const reason = { state: 'closed', state_reason: policy.closeReason } as const;
    await github.rest.issues.update({ ...repository, issue_number: item.number, ...reason });
    return;
  }
  if (toDraft) return convertToDraft(github, pull);
  await github.rest.pulls.update({ ...repository, pull_number: item.number, state: 'closed' });
  if (deleteBranch) await deleteHeadBranch(github, repository, pull);
}

/** Only GraphQL can. */
async function convertToDraft(github: GitHubClient, { nodeId, draft }: Pull): Promise<void> {
  if (draft) return;
  const mutation = `mutation ($pullRequestId: ID!) {
    convertPullRequestToDraft(input: { pullRequestId: $pullRequestId }) { pullRequest { isDraft } }
  }`;
  try {
    await github.graphql(mutation, { pullRequestId: nodeId });
  } catch (cause) {
    if (cause instanceof OctoError) throw cause;
    // GraphQL answers 200 to what it refuses, which is no error to what stands around the request.
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new OctoError('GITHUB_REQUEST_REFUSED', `convertPullRequestToDraft was refused: ${said}`, { cause });
  }
}

async function addLabels({ github, repository, item }: Change, labels: readonly string[]): Promise<void> {
  if (labels.length === 0) return;
  await github.rest.issues.addLabels({ ...repository, issue_number: item.number, labels: [...labels] });
}

async function removeLabels({ github, repository, item }: Change, labels: readonly string[]): Promise<void> {
  for (const name of item.labels.filter((label) => has(labels, label))) {
    try {
      await github.rest.issues.removeLabel({ ...repository, issue_number: item.number, name });
    } catch (error) {
      // It is gone already.
      if (answeredStatus(error) !== 404) throw error;
    }
  }
}
