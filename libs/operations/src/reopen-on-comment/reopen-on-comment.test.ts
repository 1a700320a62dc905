import type { WebhookEvent } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { closeStale } from '../close-stale/close-stale.ts';
import { eventOperation, GitHubBench, jobOperation } from '../test-support/harness.ts';
import { reopenOnComment } from './reopen-on-comment.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const place = { owner, repo };
const stale = () => new Date(Date.now() - 61 * 24 * 60 * 60 * 1000);
const operation = eventOperation(reopenOnComment);

async function closeAsStale(bench: GitHubBench, config: object = {}): Promise<void> {
  const options = { 'close-issues': true, 'close-prs': true, 'stale-expiration': '60 days', ...config };
  await bench.runOnTick(jobOperation(closeStale, options), { dueAt: new Date() });
}

/** The event of a comment by this account on it. */
async function commentEvent(
  bench: GitHubBench,
  number: number,
  { login = 'octocat', type = 'User', action = 'created' } = {},
): Promise<WebhookEvent<unknown>> {
  const installation = bench.github.installations.find(({ account }) => account === owner);
  const payload = {
    action,
    issue: (await bench.github.issue(owner, repo, number)).json,
    comment: { id: 1, body: 'Still needed!', user: { login, type }, created_at: new Date().toISOString() },
    repository: await bench.github.api(owner, 'GET', `/repos/${owner}/${repo}`),
    installation: { id: installation?.id },
  };
  const headers = { 'x-github-event': 'issue_comment' };
  const receivedAt = new Date().toISOString();
  return {
    delivery: '5f3c0000-0000-11ee-8000-000000000002',
    name: 'issue_comment',
    action,
    headers,
    payload,
    receivedAt,
  };
}

describe('reopen-on-comment', { timeout: 60_000 }, () => {
  it('reopens what close-stale closed when its author comments, and takes the labels off', async () => {
    await using bench = await GitHubBench.start();
    const { number: issue } = await bench.github.createIssue({
      ...place,
      updatedAt: stale(),
      labels: ['bug', 'Stale'],
    });
    const { number: pull } = await bench.github.openPullRequest({ ...place, head: 'old' });
    await bench.github.setUpdatedAt(owner, repo, pull, stale());
    await closeAsStale(bench);

    for (const number of [issue, pull]) {
      expect(await bench.runOnEvent(operation, await commentEvent(bench, number))).toEqual({
        status: 'done',
        summary: `reopened #${number}, which close-stale had closed, as octocat commented on it`,
      });
      expect((await bench.github.issue(owner, repo, number)).state).toBe('open');
    }
    expect(await bench.github.labelsOf(owner, repo, issue)).toEqual(['bug']);
    expect(await bench.runOnEvent(operation, await commentEvent(bench, issue))).toEqual({
      status: 'skipped',
      reason: `#${issue} is open`,
    });
  });

  it('reopens what close-stale closed long after its comment, as when its worker was killed between the two', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue({ ...place, updatedAt: stale() });
    await closeAsStale(bench);
    const path = `/repos/${owner}/${repo}/issues/${number}`;
    const closed = Object(await bench.github.api(owner, 'GET', path));
    expect(closed.closed_by).toMatchObject({ login: 'octo-bots[bot]', type: 'Bot' });
    const closedAgo = (ms: number) => ({ ...closed, closed_at: new Date(Date.now() + ms).toISOString() });
    const answer = (body: object) =>
      bench.github.answerNext({ method: 'GET', path: /\/issues\/\d+$/, status: 200, body });
    const event = await commentEvent(bench, number);
    answer(closedAgo(25 * 60 * 60_000));
    expect(await bench.runOnEvent(operation, event)).toMatchObject({ status: 'skipped' });
    answer({ ...closedAgo(20 * 60_000), closed_by: { login: 'other[bot]', type: 'Bot' } });
    expect(await bench.runOnEvent(operation, event)).toMatchObject({ status: 'skipped' });
    answer(closedAgo(20 * 60_000));
    expect(await bench.runOnEvent(operation, event)).toMatchObject({ status: 'done' });
  });

  it('leaves to whom it belongs what a person closed, even after close-stale had', async () => {
    await using bench = await GitHubBench.start();
    const ofPerson = (await bench.github.createIssue(place)).number;
    const ofBoth = (await bench.github.createIssue({ ...place, updatedAt: stale() })).number;
    await closeAsStale(bench);
    const path = `/repos/${owner}/${repo}/issues`;
    await bench.github.api(owner, 'PATCH', `${path}/${ofBoth}`, { state: 'open' });
    for (const number of [ofPerson, ofBoth]) {
      await bench.github.api(owner, 'PATCH', `${path}/${number}`, { state: 'closed' });
      expect(await bench.runOnEvent(operation, await commentEvent(bench, number))).toEqual({
        status: 'skipped',
        reason: `it was not close-stale that closed #${number}`,
      });
      expect((await bench.github.issue(owner, repo, number)).state).toBe('closed');
    }
  });

  it('listens to the author alone, unless anyone may', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue({ ...place, updatedAt: stale() });
    await closeAsStale(bench);
    expect(await bench.runOnEvent(operation, await commentEvent(bench, number, { login: 'mona' }))).toMatchObject({
      status: 'skipped',
      reason: `mona did not open #${number}; octocat did, and "who" is author`,
    });
    const anyone = eventOperation(reopenOnComment, { who: 'anyone' });
    const bot = await commentEvent(bench, number, { login: 'octo-bots[bot]', type: 'Bot' });
    expect(await bench.runOnEvent(anyone, bot)).toMatchObject({ status: 'skipped', reason: 'octo-bots[bot] is a bot' });
    const edited = await commentEvent(bench, number, { action: 'edited' });
    expect(await bench.runOnEvent(anyone, edited)).toMatchObject({ status: 'skipped' });
    const mona = await commentEvent(bench, number, { login: 'mona' });
    expect(await bench.runOnEvent(anyone, mona)).toMatchObject({ status: 'done' });
  });

  it('says so when GitHub does not let a pull request be reopened', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'old' });
    await bench.github.setUpdatedAt(owner, repo, number, stale());
    await closeAsStale(bench);
    const body = { message: 'Validation Failed' };
    bench.github.answerNext({ method: 'PATCH', path: /\/pulls\/\d+$/, status: 422, body });
    expect(await bench.runOnEvent(operation, await commentEvent(bench, number))).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('cannot be reopened'),
    });
  });
});
