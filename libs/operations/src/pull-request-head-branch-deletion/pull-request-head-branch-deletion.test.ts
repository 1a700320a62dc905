import { describe, expect, it } from 'vitest';
import { eventOperation, GitHubBench, problemsOf } from '../test-support/harness.ts';
import { pullRequestHeadBranchDeletion } from './pull-request-head-branch-deletion.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const { owner, repo } = place;
const repository = `/repos/${owner}/${repo}`;
const operation = eventOperation(pullRequestHeadBranchDeletion, { 'exclude-branches': ['keep/*'], exclude: ['hold'] });

async function merged(bench: GitHubBench, head: string, base = 'main') {
  const { number } = await bench.github.openPullRequest({ ...place, head, base });
  await bench.github.mergePullRequest(owner, repo, number);
  return { number, event: await bench.pullRequestEvent(owner, repo, number, 'closed') };
}

const branches = async (bench: GitHubBench) => {
  // What GitHub documents of a list of branches.
  const all = (await bench.github.api(owner, 'GET', `${repository}/branches?per_page=100`)) as { name: string }[];
  return all.map(({ name }) => name);
};

describe('pull-request-head-branch-deletion', { timeout: 30_000 }, () => {
  it('deletes the head branch of a merged pull request, and nothing else', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createBranch({ ...place, branch: 'feature/login-2' });
    const { number, event } = await merged(bench, 'feature/login');

    const outcome = await bench.runOnEvent(operation, event);

    expect(outcome).toEqual({
      status: 'done',
      summary: `deleted the branch "feature/login" of #${number}, which is merged`,
    });
    expect(await branches(bench)).toEqual(['feature/login-2', 'main']);
  });

  it('says that the branch is deleted already, and deletes no second time', async () => {
    await using bench = await GitHubBench.start();
    const { number, event } = await merged(bench, 'feature/login');
    await bench.runOnEvent(operation, event);
    const changes = bench.changes();

    const again = await bench.runOnEvent(operation, event);

    expect(again).toEqual({ status: 'skipped', reason: `the branch "feature/login" of #${number} is deleted already` });
    expect(bench.changes()).toEqual(changes);
  });

  it('takes no harm when somebody deletes the branch at the same moment', async () => {
    await using bench = await GitHubBench.start();
    const { number, event } = await merged(bench, 'feature/login');
    const { head } = await bench.github.pullRequest(owner, repo, number);
    await bench.github.api(owner, 'DELETE', `${repository}/git/refs/heads/feature/login`);
    // As if it had still been there when the operation looked.
    bench.github.answerNext({
      method: 'GET',
      path: /\/branches\/feature/,
      status: 200,
      body: { name: 'feature/login', protected: false, commit: { sha: head.sha } },
    });

    const outcome = await bench.runOnEvent(operation, event);

    expect(outcome).toMatchObject({ status: 'skipped', reason: expect.stringContaining('is deleted already') });
    expect(bench.changes()).toEqual([`DELETE ${repository}/git/refs/heads%2Ffeature%2Flogin`]);
  });

  it('fails when GitHub refuses to delete a branch that is there', async () => {
    await using bench = await GitHubBench.start();
    const { event } = await merged(bench, 'feature/login');
    bench.github.answerNext({ method: 'DELETE', path: /refs/, status: 422, body: { message: 'Not this one' } });
    await expect(bench.runOnEvent(operation, event)).rejects.toMatchObject({ status: 422 });
  });

  it('leaves alone a branch that has moved on since the merge', async () => {
    await using bench = await GitHubBench.start();
    const { event } = await merged(bench, 'feature/login');
    await bench.github.pushCommit({ ...place, branch: 'feature/login' });

    const outcome = await bench.runOnEvent(operation, event);

    expect(outcome).toMatchObject({ status: 'skipped', reason: expect.stringContaining('has moved on') });
    expect(await branches(bench)).toContain('feature/login');
  });

  it('deletes a branch that was pushed to before the merge', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'feature/login' });
    await bench.github.pushCommit({ ...place, branch: 'feature/login' });
    await bench.github.mergePullRequest(owner, repo, number);
    const event = await bench.pullRequestEvent(owner, repo, number, 'closed');
    expect(await bench.runOnEvent(operation, event)).toMatchObject({ status: 'done' });
  });

  it('leaves alone a branch that an open pull request comes from or goes into', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createBranch({ ...place, branch: 'staging' });
    const first = await merged(bench, 'feature/head');
    const other = await bench.github.openPullRequest({ ...place, head: 'feature/head', base: 'staging' });
    const second = await merged(bench, 'feature/base');
    const stacked = await bench.github.openPullRequest({ ...place, head: 'feature/stacked', base: 'feature/base' });

    expect(await bench.runOnEvent(operation, first.event)).toEqual({
      status: 'skipped',
      reason: `the branch "feature/head" is the head of #${other.number} too, which is open`,
    });
    expect(await bench.runOnEvent(operation, second.event)).toEqual({
      status: 'skipped',
      reason: `the branch "feature/base" is the base of #${stacked.number}, which is open`,
    });
    await bench.github.closePullRequest(owner, repo, other.number);
    expect(await bench.runOnEvent(operation, first.event)).toMatchObject({ status: 'done' });
  });

  it('leaves alone a protected branch', async () => {
    await using bench = await GitHubBench.start();
    const { event } = await merged(bench, 'feature/login');
    await bench.github.api(owner, 'PUT', `${repository}/branches/feature/login/protection`, { allow_deletions: true });
    expect(await bench.runOnEvent(operation, event)).toEqual({
      status: 'skipped',
      reason: 'the branch "feature/login" is protected',
    });
    expect(await branches(bench)).toContain('feature/login');
  });

  it('leaves alone the default branch, and those of both lists', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.pushCommit({ ...place, branch: 'main' });
    await bench.github.createBranch({ ...place, branch: 'staging' });
    await bench.github.pushCommit({ ...place, branch: 'main' });
    for (const [head, base, reason] of [
      ['main', 'staging', '"main" is the default branch'],
      ['keep/this', 'main', 'the branch "keep/this" is excluded by keep/*'],
      ['hold', 'main', 'the branch "hold" is excluded by hold'],
    ] as const) {
      const { event } = await merged(bench, head, base);
      expect(await bench.runOnEvent(operation, event)).toEqual({ status: 'skipped', reason });
    }
    expect(bench.changes()).toEqual([]);
  });

  it('leaves alone the branch of a fork, even when there is one of that name here', async () => {
    await using bench = await GitHubBench.start();
    const { event } = await merged(bench, 'feature/login');
    const payload = structuredClone(event.payload) as { pull_request: { head: { repo: object | null } } };
    const head = payload.pull_request.head;

    head.repo = { ...head.repo, full_name: 'mona/hello-world' };
    expect(await bench.runOnEvent(operation, { ...event, payload })).toMatchObject({
      reason: expect.stringContaining('in the fork mona/hello-world'),
    });
    head.repo = null;
    expect(await bench.runOnEvent(operation, { ...event, payload })).toMatchObject({
      reason: expect.stringContaining('is gone'),
    });
    expect(bench.changes()).toEqual([]);
  });

  it('does nothing for a pull request that is open, or was closed without a merge', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'feature/login' });
    const opened = await bench.pullRequestEvent(owner, repo, number);
    await bench.github.closePullRequest(owner, repo, number);
    const closed = await bench.pullRequestEvent(owner, repo, number, 'closed');

    expect(await bench.runOnEvent(operation, opened)).toEqual({
      status: 'skipped',
      reason: `pull_request.opened is not the end of #${number}`,
    });
    expect(await bench.runOnEvent(operation, closed)).toEqual({
      status: 'skipped',
      reason: `#${number} was closed without being merged`,
    });
  });

  it('takes the options of users’ files, and no others', () => {
    expect(problemsOf(pullRequestHeadBranchDeletion, {})).toEqual([]);
    expect(problemsOf(pullRequestHeadBranchDeletion, { exclude: ['main'] })).toEqual([]);
    expect(problemsOf(pullRequestHeadBranchDeletion, { 'exclude-branches': [] })).toEqual([]);
    expect(problemsOf(pullRequestHeadBranchDeletion, { excluded: [] })).not.toEqual([]);
  });
});
