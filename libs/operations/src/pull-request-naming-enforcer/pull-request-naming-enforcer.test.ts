import { describe, expect, it } from 'vitest';
import { eventOperation, GitHubBench, problemsOf } from '../test-support/harness.ts';
import { pullRequestNamingEnforcer } from './pull-request-naming-enforcer.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const place = { owner, repo };
const config = { 'enforced-names': ['feature/*', 'fix/*'], 'enforcing-comment': 'Please rename your branch.' };
const marker = '<!-- octo-bots:pull-request-naming-enforcer -->';

describe('pull-request-naming-enforcer', { timeout: 30_000 }, () => {
  const operation = eventOperation(pullRequestNamingEnforcer, config);
  const lenient = eventOperation(pullRequestNamingEnforcer, { ...config, 'enforcing-action': 'open' });

  it('comments on and closes a pull request whose head branch is not allowed', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });

    const outcome = await bench.runOnEvent(operation, await bench.pullRequestEvent(owner, repo, number));

    expect(outcome).toEqual({
      status: 'done',
      summary: `commented on and closed #${number}: its head branch "my-branch" matches none of feature/*, fix/*`,
    });
    expect((await bench.github.pullRequest(owner, repo, number)).state).toBe('closed');
    expect(await bench.github.commentsOf(owner, repo, number)).toMatchObject([
      { author: 'octo-bots[bot]', body: `Please rename your branch.\n\n${marker}` },
    ]);
  });

  it('leaves a pull request with an allowed name alone', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'feature/login/form' });

    const outcome = await bench.runOnEvent(operation, await bench.pullRequestEvent(owner, repo, number));

    expect(outcome).toEqual({
      status: 'skipped',
      reason: `the head branch "feature/login/form" of #${number} is an allowed name`,
    });
    expect(bench.changes()).toEqual([]);
  });

  it('does nothing the second time', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });
    const event = await bench.pullRequestEvent(owner, repo, number);

    await bench.runOnEvent(operation, event);
    const again = await bench.runOnEvent(operation, event);

    expect(again).toEqual({ status: 'skipped', reason: `#${number} is closed already` });
    expect(await bench.github.commentsOf(owner, repo, number)).toHaveLength(1);
  });

  it('closes without a second comment when an earlier attempt got no further than the comment', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });
    const event = await bench.pullRequestEvent(owner, repo, number);
    const refusal = { method: 'PATCH', path: /\/pulls\/\d+$/, status: 403, body: { message: 'Forbidden' } };
    bench.github.answerNext(refusal);
    await expect(bench.runOnEvent(operation, event)).rejects.toMatchObject({ code: 'GITHUB_REQUEST_REFUSED' });

    const outcome = await bench.runOnEvent(operation, event);

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringMatching(/^closed #/) });
    expect(await bench.github.commentsOf(owner, repo, number)).toHaveLength(1);
  });

  it('closes one that was reopened, without a second comment', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });
    await bench.runOnEvent(operation, await bench.pullRequestEvent(owner, repo, number));
    await bench.github.reopenPullRequest(owner, repo, number);

    const outcome = await bench.runOnEvent(operation, await bench.pullRequestEvent(owner, repo, number, 'reopened'));

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringMatching(/^closed #/) });
    expect((await bench.github.pullRequest(owner, repo, number)).state).toBe('closed');
    expect(await bench.github.commentsOf(owner, repo, number)).toHaveLength(1);
  });

  it('finds its comment among more than a hundred', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });
    for (let n = 1; n <= 101; n++) await bench.github.comment(owner, repo, number, `Comment ${n}`);
    const event = await bench.pullRequestEvent(owner, repo, number);
    await bench.runOnEvent(lenient, event);

    const again = await bench.runOnEvent(lenient, event);

    expect(again.status).toBe('skipped');
    expect((await bench.github.pullRequest(owner, repo, number)).comments).toBe(102);
  });

  it('only comments when it is to leave the pull request open, and only once', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });
    const event = await bench.pullRequestEvent(owner, repo, number);
    const mismatch = 'its head branch "my-branch" matches none of feature/*, fix/*';

    expect(await bench.runOnEvent(lenient, event)).toEqual({
      status: 'done',
      summary: `commented on #${number} and left it open: ${mismatch}`,
    });
    expect(await bench.runOnEvent(lenient, event)).toEqual({
      status: 'skipped',
      reason: `#${number} has our comment already: ${mismatch}`,
    });
    expect((await bench.github.pullRequest(owner, repo, number)).state).toBe('open');
    expect(await bench.github.commentsOf(owner, repo, number)).toHaveLength(1);
  });

  it('is not silenced by a person who copies its marker', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'my-branch' });
    await bench.github.comment(owner, repo, number, marker);

    await bench.runOnEvent(operation, await bench.pullRequestEvent(owner, repo, number));

    expect(await bench.github.commentsOf(owner, repo, number)).toHaveLength(2);
  });

  it('wants at least one name, and knows two actions', () => {
    expect(problemsOf(pullRequestNamingEnforcer, {})).not.toEqual([]);
    expect(problemsOf(pullRequestNamingEnforcer, { 'enforced-names': [] })).not.toEqual([]);
    expect(problemsOf(pullRequestNamingEnforcer, { ...config, 'enforcing-action': 'delete' })).not.toEqual([]);
    expect(problemsOf(pullRequestNamingEnforcer, { 'enforced-names': ['a'] })).toEqual([]);
  });
});
