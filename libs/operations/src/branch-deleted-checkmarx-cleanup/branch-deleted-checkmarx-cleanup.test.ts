import { describe, expect, it } from 'vitest';
import { pullRequestCheckmarx } from '../pull-request-checkmarx/pull-request-checkmarx.ts';
import { cxSastBench, owner, repo } from '../test-support/checkmarx-bench.ts';
import { eventOperation, problemsOf } from '../test-support/harness.ts';
import { branchDeletedCheckmarxCleanup } from './branch-deleted-checkmarx-cleanup.ts';

const scan = eventOperation(pullRequestCheckmarx, { 'risk-scheme': { 'min-high-vuls': 1 } });
const cleanup = eventOperation(branchDeletedCheckmarxCleanup);

type Bench = Awaited<ReturnType<typeof cxSastBench>>;

/** A branch whose pull request was scanned. */
async function scanned(bench: Bench, branch: string) {
  const { pull, event } = await bench.opened(branch);
  await bench.run(scan, event, { key: `${branch}/0.operation` });
  return pull;
}

/** Deletes a branch. @returns the event that GitHub sends. */
async function deleted(bench: Bench, branch: string) {
  await bench.github.deleteBranch({ owner, repo, branch });
  return bench.hub.sentEvent('delete');
}

describe('a branch that was deleted', { timeout: 60_000 }, () => {
  it('takes its project with it, and no other', async () => {
    await using bench = await cxSastBench();
    await scanned(bench, 'feature/a');
    await scanned(bench, 'feature/b');

    const outcome = await bench.call(cleanup, await deleted(bench, 'feature/a'));

    expect(outcome).toEqual({ status: 'done', summary: 'deleted the Checkmarx project hello-world@feature_a' });
    expect(bench.projectNames()).toEqual(['hello-world', 'hello-world@feature_b']);
  });

  it('has its scans canceled first', async () => {
    await using bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    const { event } = await bench.opened();
    await bench.call(scan, event);

    const outcome = await bench.call(cleanup, await deleted(bench, 'feature/a'));

    expect(outcome).toMatchObject({ summary: expect.stringContaining('canceled 1 of its scans') });
    expect(bench.server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
    expect(bench.projectNames()).toEqual(['hello-world']);
  });

  it('takes nothing when it is done twice', async () => {
    await using bench = await cxSastBench();
    await scanned(bench, 'feature/a');
    const event = await deleted(bench, 'feature/a');

    await bench.call(cleanup, event);

    expect(await bench.call(cleanup, event)).toEqual({
      status: 'done',
      summary: 'there is no Checkmarx project hello-world@feature_a',
    });
    expect(bench.projectNames()).toEqual(['hello-world']);
  });

  it.each(['feature_a', 'feature/a'])('leaves its project to "%s", which has the same', async (other) => {
    await using bench = await cxSastBench();
    await scanned(bench, 'feature/a');
    const event = await deleted(bench, 'feature/a');
    await bench.github.createBranch({ owner, repo, branch: other });

    const outcome = await bench.call(cleanup, event);

    expect(outcome).toEqual({
      status: 'skipped',
      reason: `the project hello-world@feature_a stays: it is that of the branch "${other}" as well`,
    });
    expect(bench.projectNames()).toContain('hello-world@feature_a');
  });

  it('leaves its project when it is forbidden', async () => {
    await using bench = await cxSastBench();
    await scanned(bench, 'release/1');
    const careful = eventOperation(branchDeletedCheckmarxCleanup, { 'forbidden-branches': ['main', 'release/*'] });

    const outcome = await bench.call(careful, await deleted(bench, 'release/1'));

    expect(outcome).toEqual({
      status: 'skipped',
      reason: 'the project of "release/1" stays: it matches one of main, release/*',
    });
    expect(bench.projectNames()).toContain('hello-world@release_1');
  });

  it('is no tag', async () => {
    await using bench = await cxSastBench();
    const pull = await scanned(bench, 'v1');
    const path = `/repos/${owner}/${repo}/git/refs`;
    await bench.github.api(owner, 'POST', path, { ref: 'refs/tags/v1', sha: pull.head.sha });
    await bench.github.api(owner, 'DELETE', `${path}/tags/v1`);

    const outcome = await bench.call(cleanup, await bench.hub.sentEvent('delete'));

    expect(outcome).toEqual({ status: 'skipped', reason: 'a tag was deleted, not a branch' });
    expect(bench.projectNames()).toContain('hello-world@v1');
  });
});

describe('a pull request that was closed', { timeout: 60_000 }, () => {
  /** Of mona's fork. */
  async function fromFork(bench: Bench, heads: readonly string[]) {
    await bench.github.api('mona', 'POST', `/repos/${owner}/${repo}/forks`, {});
    const numbers: number[] = [];
    for (const head of heads) {
      await bench.github.createBranch({ owner: 'mona', repo, branch: head });
      await bench.github.pushCommit({ owner: 'mona', repo, branch: head, files: { 'fork.txt': `${head}\n` } });
      const body = { title: head, head: `mona:${head}`, base: 'main' };
      const pull = await bench.github.api(owner, 'POST', `/repos/${owner}/${repo}/pulls`, body);
      const number = Number(Object(pull).number);
      await bench.run(scan, await bench.hub.pullRequestEvent(owner, repo, number), { key: `${number}/0.operation` });
      numbers.push(number);
    }
    return numbers;
  }

  it('from a fork takes the project of the fork’s branch with it, and not ours of the same name', async () => {
    await using bench = await cxSastBench();
    await scanned(bench, 'feature/a');
    const [number = 0] = await fromFork(bench, ['feature/a']);
    await bench.github.closePullRequest(owner, repo, number);

    const outcome = await bench.call(cleanup, await bench.hub.pullRequestEvent(owner, repo, number, 'closed'));

    expect(outcome).toEqual({ status: 'done', summary: 'deleted the Checkmarx project hello-world@mona..feature_a' });
    expect(bench.projectNames()).toEqual(['hello-world', 'hello-world@feature_a']);
  });

  it('leaves the project to another open one that has the same', async () => {
    await using bench = await cxSastBench();
    const [first = 0, second] = await fromFork(bench, ['feature/a', 'feature_a']);
    await bench.github.closePullRequest(owner, repo, first);

    const outcome = await bench.call(cleanup, await bench.hub.pullRequestEvent(owner, repo, first, 'closed'));

    expect(outcome).toMatchObject({ status: 'skipped', reason: expect.stringContaining(`#${second}`) });
    expect(bench.projectNames()).toContain('hello-world@mona..feature_a');
  });

  it('from a branch of the repository leaves the project until the branch is deleted', async () => {
    await using bench = await cxSastBench();
    const { number } = await scanned(bench, 'feature/a');
    await bench.github.closePullRequest(owner, repo, number);

    const outcome = await bench.call(cleanup, await bench.hub.pullRequestEvent(owner, repo, number, 'closed'));

    expect(outcome).toMatchObject({ status: 'skipped' });
    expect(bench.projectNames()).toContain('hello-world@feature_a');
  });

  it('is not one that was opened', async () => {
    await using bench = await cxSastBench();
    const { event } = await bench.opened();
    expect(await bench.call(cleanup, event)).toEqual({
      status: 'skipped',
      reason: 'pull_request.opened ends no branch',
    });
  });
});

it('takes the options that users have, and no other', () => {
  expect(problemsOf(branchDeletedCheckmarxCleanup, {})).toEqual([]);
  expect(problemsOf(branchDeletedCheckmarxCleanup, { 'forbidden-branches': ['main'] })).toEqual([]);
  expect(problemsOf(branchDeletedCheckmarxCleanup, { 'forbidden-branch': ['main'] })).not.toEqual([]);
});
