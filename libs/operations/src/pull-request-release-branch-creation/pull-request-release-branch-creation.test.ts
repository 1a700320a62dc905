import { describe, expect, it } from 'vitest';
import { eventOperation, GitHubBench, problemsOf } from '../test-support/harness.ts';
import { pullRequestReleaseBranchCreation } from './pull-request-release-branch-creation.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const { owner, repo } = place;
const repository = `/repos/${owner}/${repo}`;
const operation = eventOperation(pullRequestReleaseBranchCreation, { 'release-patterns': ['hotfix/*', 'release/*'] });

const created = (bench: GitHubBench, ref: string, refType = 'branch') =>
  bench.event('create', owner, repo, { ref, ref_type: refType, master_branch: 'main', description: null });

/** A branch with a commit of its own. */
async function branched(bench: GitHubBench, branch: string, from = 'main') {
  await bench.github.createBranch({ ...place, branch, from });
  await bench.github.pushCommit({ ...place, branch });
  return created(bench, branch);
}

const pulls = async (bench: GitHubBench) =>
  // What GitHub documents of a list of pull requests.
  (await bench.github.api(owner, 'GET', `${repository}/pulls?state=all`)) as {
    number: number;
    title: string;
    body: string;
    user: { login: string };
    base: { ref: string };
  }[];

describe('pull-request-release-branch-creation', { timeout: 30_000 }, () => {
  it('opens a pull request from a new release branch into the default branch', async () => {
    await using bench = await GitHubBench.start();
    const outcome = await bench.runOnEvent(operation, await branched(bench, 'release/1.2'));
    const [pull, ...more] = await pulls(bench);
    expect(outcome).toEqual({ status: 'done', summary: `opened #${pull?.number} from "release/1.2" into "main"` });
    expect(more).toEqual([]);
    expect(pull).toMatchObject({
      title: 'Merge release/1.2 into main',
      body: expect.stringContaining('`release/*`'),
      user: { login: 'octo-bots[bot]' },
      base: { ref: 'main' },
    });
  });

  it('writes the name of the branch so that it means nothing but itself', async () => {
    await using bench = await GitHubBench.start();
    await bench.runOnEvent(operation, await branched(bench, 'release/`@octo-org`'));
    expect(await pulls(bench)).toMatchObject([{ body: expect.stringContaining('`` release/`@octo-org` ``') }]);
  });

  it('opens it into staging where that exists', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createBranch({ ...place, branch: 'staging' });
    await bench.runOnEvent(operation, await branched(bench, 'release/1.2'));
    expect(await pulls(bench)).toMatchObject([{ base: { ref: 'staging' } }]);
  });

  it('opens no second one while one from the branch is open, into whichever base', async () => {
    await using bench = await GitHubBench.start();
    const event = await branched(bench, 'release/1.2');
    const { number } = await bench.github.openPullRequest({ ...place, head: 'release/1.2', base: 'develop' });
    await bench.github.pushCommit({ ...place, branch: 'release/1.2' });
    expect(await bench.runOnEvent(operation, event)).toEqual({
      status: 'skipped',
      reason: `#${number} from "release/1.2" is open already`,
    });
    expect(await pulls(bench)).toHaveLength(1);
  });

  it('opens no second one after it was closed, until the branch is at another commit', async () => {
    await using bench = await GitHubBench.start();
    const event = await branched(bench, 'release/1.2');
    await bench.runOnEvent(operation, event);
    const [first] = await pulls(bench);
    await bench.github.closePullRequest(owner, repo, first?.number ?? 0);

    expect(await bench.runOnEvent(operation, event)).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining(`#${first?.number} from "release/1.2" was closed at `),
    });
    await bench.github.pushCommit({ ...place, branch: 'release/1.2' });
    expect(await bench.runOnEvent(operation, event)).toMatchObject({ status: 'done' });
    expect(await pulls(bench)).toHaveLength(2);
  });

  it('opens none when there is nothing to merge', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createBranch({ ...place, branch: 'release/1.2' });
    expect(await bench.runOnEvent(operation, await created(bench, 'release/1.2'))).toEqual({
      status: 'skipped',
      reason: '"release/1.2" has no commit that "main" does not have',
    });
    expect(bench.changes()).toEqual([]);
  });

  it('finds the one that another worker opened at the same moment', async () => {
    await using bench = await GitHubBench.start();
    const event = await branched(bench, 'release/1.2');
    const { number } = await bench.github.openPullRequest({ ...place, head: 'release/1.2' });
    // As if it had not been there yet when the operation looked.
    bench.github.answerNext({ method: 'GET', path: /\/pulls\?.*state=all/, status: 200, body: [] });
    expect(await bench.runOnEvent(operation, event)).toEqual({
      status: 'skipped',
      reason: `#${number} from "release/1.2" is open already`,
    });
    expect(bench.changes()).toEqual([`POST ${repository}/pulls`]);
  });

  it('says that there is nothing to merge when GitHub finds it first, and fails for any other refusal', async () => {
    await using bench = await GitHubBench.start();
    const event = await branched(bench, 'release/1.2');
    bench.github.answerNext({ method: 'POST', path: /\/pulls$/, status: 422, body: { message: 'No' }, times: 1 });
    await expect(bench.runOnEvent(operation, event)).rejects.toMatchObject({ status: 422 });

    await bench.github.createBranch({ ...place, branch: 'release/empty' });
    bench.github.answerNext({ method: 'GET', path: /\/compare\//, status: 200, body: { ahead_by: 1 } });
    expect(await bench.runOnEvent(operation, await created(bench, 'release/empty'))).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('has no commit'),
    });
  });

  it('does nothing for a tag, for another branch, for a branch that is gone, and for staging itself', async () => {
    await using bench = await GitHubBench.start();
    const all = eventOperation(pullRequestReleaseBranchCreation, { 'release-patterns': ['*'] });
    const nothing = eventOperation(pullRequestReleaseBranchCreation);
    await bench.github.createBranch({ ...place, branch: 'staging' });
    const cases = [
      [operation, await created(bench, 'release/1.2', 'tag'), '"release/1.2" is a tag, no branch'],
      [operation, await created(bench, 'feature/x'), 'the branch "feature/x" matches none of hotfix/*, release/*'],
      [nothing, await created(bench, 'feature/x'), 'the branch "feature/x" matches none of no patterns'],
      [operation, await created(bench, 'release/gone'), 'the branch "release/gone" is gone already'],
      [all, await created(bench, 'staging'), '"staging" is itself the branch that releases go into'],
    ] as const;
    for (const [tried, event, reason] of cases) {
      expect(await bench.runOnEvent(tried, event)).toEqual({ status: 'skipped', reason });
    }
    expect(bench.changes()).toEqual([]);
  });

  it('takes the options of users’ files, and no others', () => {
    expect(problemsOf(pullRequestReleaseBranchCreation, { 'release-patterns': ['release/*'] })).toEqual([]);
    expect(problemsOf(pullRequestReleaseBranchCreation, { 'release-pattern': ['release/*'] })).not.toEqual([]);
  });
});
