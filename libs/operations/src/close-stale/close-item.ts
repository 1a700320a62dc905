import { answeredStatus } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { isMarked, postMarkedComment } from '../marked-comment.ts';
import type { Repository } from './open-items.ts';
import { type Item, isFresh, type StalePolicy } from './stale-policy.ts';

export const operationType = 'close-stale';

/** A comment and the update it makes carry nearly the same time; what people do afterwards comes later than this. */
const sameMomentMs = 5_000;

interface ItemNow {
  readonly open: boolean;
  readonly updatedAt: number;
  readonly comments: number;
}

/**
 * Comments on it and closes it, if that is still due: between the listing and now it may have been updated, closed or
 * deleted. When an earlier attempt got no further than its comment, it is closed without a second one.
 * @returns whether it was closed.
 */
export async function closeItem(
  github: GitHubClient,
  repository: Repository,
  item: Item,
  { policy, comment }: { policy: StalePolicy; comment: string },
): Promise<boolean> {
  const now = await readItem(github, repository, item);
  if (!now?.open) return false;
  const conversation = { ...repository, number: item.number };
  if (!(await isAnnounced(github, conversation, now))) {
    if (isFresh(now, policy)) return false;
    await postMarkedComment(github, conversation, { operation: operationType, text: comment });
  }
  if (item.kind === 'issue') {
    await github.rest.issues.update({
      ...repository,
      issue_number: item.number,
      state: 'closed',
      state_reason: 'not_planned',
    });
  } else {
    await github.rest.pulls.update({ ...repository, pull_number: item.number, state: 'closed' });
  }
  return true;
}

/** @returns undefined when it was deleted, or moved to another repository. */
async function readItem(github: GitHubClient, repository: Repository, item: Item): Promise<ItemNow | undefined> {
  try {
    const { data } =
      item.kind === 'issue'
        ? await github.rest.issues.get({ ...repository, issue_number: item.number })
        : await github.rest.pulls.get({ ...repository, pull_number: item.number });
    return { open: data.state === 'open', updatedAt: Date.parse(data.updated_at), comments: data.comments };
  } catch (error) {
    const status = answeredStatus(error);
    if (status === 404 || status === 410) return undefined;
    throw error;
  }
}

/** Whether the last thing that happened to it is our comment. */
async function isAnnounced(
  github: GitHubClient,
  { owner, repo, number }: Repository & { number: number },
  now: ItemNow,
): Promise<boolean> {
  if (now.comments === 0) return false;
  // In pages of one, the number of comments is the number of the last page.
  const query = { owner, repo, issue_number: number, per_page: 1, page: now.comments };
  const { data } = await github.rest.issues.listComments(query);
  const last = data.at(-1);
  if (last === undefined || !isMarked(last, operationType)) return false;
  return now.updatedAt - Date.parse(last.created_at) < sameMomentMs;
}
