import { type Delivery, type EmulatedGitHub, type Truthy, waitFor } from '@octo-bots/testing';
import { labelBot, owner, repo, staleComment } from './deployment.ts';
import type { Story } from './story.ts';

/** How a run ended, from the log of the worker that had it. */
export type EndedRun = Readonly<Record<string, unknown>>;

/** How long the story waits for each answer. */
export const answerWithinMs = 30_000;

/** The demo did not come to what it should; its message says what was expected and what was seen instead. */
export class DemoFailure extends Error {}

/**
 * Opens a pull request and shows each step until the bot's labels are read back from GitHub.
 * @param endedRunOf looks into the worker's log, where that can be read from here.
 */
export async function showPullRequest(
  github: EmulatedGitHub,
  story: Story,
  endedRunOf?: (delivery: string) => EndedRun | undefined,
): Promise<void> {
  const pull = await github.openPullRequest({
    owner,
    repo,
    head: 'feature/login',
    base: 'main',
    title: 'A faster login',
  });
  story.step(`Pull request #${pull.number} "${pull.title}": ${pull.head.ref} into ${pull.base.ref}`);

  const delivery = await within('GitHub to deliver pull_request.opened', () =>
    github.deliveries().find(({ event, action }) => event === 'pull_request' && action === 'opened'),
  );
  story.step(
    `Webhook ${delivery.event}.${delivery.action}: ${statusOf(delivery)} after ${Math.round(delivery.duration * 1000)} ms`,
  );
  story.detail('delivery', delivery.delivery);
  if (delivery.status !== 202) throw new DemoFailure(explainRefusal(delivery));

  if (endedRunOf) {
    const ended = await within('the worker to end the run', () => endedRunOf(delivery.delivery));
    story.step(`Bot "${labelBot.name}" ran ${ended.operation}: ${ended.outcome}`);
    story.detail('run', String(ended.run));
    story.detail('says', String(ended.reason));
  }

  const labels = await within(`the labels ${labelBot.labels.join(', ')} on #${pull.number}`, async () => {
    const now = (await github.issue(owner, repo, pull.number)).labels;
    return labelBot.labels.every((label) => now.includes(label)) ? now : undefined;
  });
  story.step(`Read back from GitHub: #${pull.number} has the labels ${labels.join(', ')}`);
}

/** Shows that the background job closed the issue, and its comment there. */
export async function showStaleIssue(github: EmulatedGitHub, number: number, story: Story): Promise<void> {
  const issue = await within(`issue #${number} to be closed by the background job`, async () => {
    const now = await github.issue(owner, repo, number);
    return now.state === 'closed' ? now : undefined;
  });
  story.step(`Background job "Close stale issues": #${number} "${issue.title}" is closed`);
  const comment = (await github.commentsOf(owner, repo, number)).find(({ body }) => body.includes(staleComment));
  if (comment === undefined) throw new DemoFailure(`Issue #${number} is closed, but without the bot's comment.`);
  story.detail('comment', `${comment.author}: ${staleComment}`);
}

function statusOf(delivery: Delivery): string {
  return delivery.status === undefined ? `no answer (${delivery.error})` : `answered ${delivery.status}`;
}

function explainRefusal(delivery: Delivery): string {
  if (delivery.status === 401) {
    return 'The ingress refused the webhook: its signature does not fit the webhook secret that the server was given. Give both the same.';
  }
  return `The ingress did not take the webhook: ${statusOf(delivery)} ${delivery.answer}`;
}

/** @throws DemoFailure when the condition does not hold in time. */
export async function within<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = answerWithinMs,
): Promise<Truthy<T>> {
  try {
    return await waitFor(what, condition, { timeoutMs });
  } catch (error) {
    throw new DemoFailure(error instanceof Error ? error.message : String(error));
  }
}
