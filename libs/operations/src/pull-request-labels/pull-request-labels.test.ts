import { describe, expect, it } from 'vitest';
import { eventOperation, GitHubBench, problemsOf } from '../test-support/harness.ts';
import { pullRequestLabels } from './pull-request-labels.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const labels = `/repos/${place.owner}/${place.repo}/labels`;

describe('pull-request-labels', { timeout: 30_000 }, () => {
  const operation = eventOperation(pullRequestLabels, { scheme: 'branches' });

  it('labels a pull request by its branches, and makes the labels with colours', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'feature/login' });

    const outcome = await bench.runOnEvent(operation, await bench.pullRequestEvent(place.owner, place.repo, number));

    expect(outcome).toEqual({ status: 'done', summary: `labelled #${number}: prod, feature` });
    expect(await bench.github.labelsOf(place.owner, place.repo, number)).toEqual(['prod', 'feature']);
    const made = await bench.github.api(place.owner, 'GET', `${labels}/feature`);
    expect(made).toMatchObject({ color: '1d76db', description: 'Something new' });
  });

  it('does nothing the second time', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'fix/login', base: 'staging' });
    const event = await bench.pullRequestEvent(place.owner, place.repo, number);

    await bench.runOnEvent(operation, event);
    const changes = bench.changes();
    const again = await bench.runOnEvent(operation, event);

    expect(again).toEqual({ status: 'skipped', reason: `#${number} already has pre-prod, fix` });
    expect(bench.changes()).toEqual(changes);
  });

  it('keeps the labels that people set and the looks that they gave to one', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'hotfix/login', base: 'release/1.2' });
    await bench.github.api(place.owner, 'POST', labels, { name: 'hotfix', color: '123456', description: 'Ours' });
    await bench.github.addLabels(place.owner, place.repo, number, ['question', 'release']);

    const outcome = await bench.runOnEvent(operation, await bench.pullRequestEvent(place.owner, place.repo, number));

    expect(outcome).toEqual({ status: 'done', summary: `labelled #${number}: hotfix` });
    expect(await bench.github.labelsOf(place.owner, place.repo, number)).toEqual(['question', 'release', 'hotfix']);
    const hotfix = await bench.github.api(place.owner, 'GET', `${labels}/hotfix`);
    expect(hotfix).toMatchObject({ color: '123456', description: 'Ours' });
  });

  it('adds what a new base branch asks for', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'feature/login', base: 'dev/mona' });
    await bench.runOnEvent(operation, await bench.pullRequestEvent(place.owner, place.repo, number));
    await bench.github.editPullRequest(place.owner, place.repo, number, { base: 'main' });

    const edited = await bench.pullRequestEvent(place.owner, place.repo, number, 'edited');
    const outcome = await bench.runOnEvent(operation, edited);

    expect(outcome).toEqual({ status: 'done', summary: `labelled #${number}: prod, feature` });
    expect(await bench.github.labelsOf(place.owner, place.repo, number)).toEqual(['dev', 'wip', 'prod', 'feature']);
  });

  it('says that no rule matches, and asks GitHub nothing', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'docs', base: 'develop' });

    const outcome = await bench.runOnEvent(operation, await bench.pullRequestEvent(place.owner, place.repo, number));

    expect(outcome).toEqual({
      status: 'skipped',
      reason: `no rule of the branches scheme matches #${number}, from "docs" into "develop"`,
    });
    expect(bench.github.requests().filter(({ token }) => token === 'installation')).toEqual([]);
  });

  it('takes no harm when another run makes a label at the same moment', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'release/1.2' });
    const event = await bench.pullRequestEvent(place.owner, place.repo, number);
    await bench.github.api(place.owner, 'POST', labels, { name: 'release', color: '123456' });
    // As if it had not been there yet when the operation looked.
    bench.github.answerNext({ method: 'GET', path: /\/labels\/release$/, status: 404, body: { message: 'Not Found' } });

    const outcome = await bench.runOnEvent(operation, event);

    expect(outcome).toEqual({ status: 'done', summary: `labelled #${number}: release` });
    expect(bench.changes()).toContain(`POST ${labels}`);
  });

  it('lets the error through when GitHub refuses', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.openPullRequest({ ...place, head: 'release/1.2' });
    const event = await bench.pullRequestEvent(place.owner, place.repo, number);
    bench.github.answerNext({ method: 'GET', path: /\/labels\/release$/, status: 403, body: { message: 'Forbidden' } });

    await expect(bench.runOnEvent(operation, event)).rejects.toMatchObject({
      code: 'GITHUB_REQUEST_REFUSED',
      status: 403,
    });
  });

  it('knows the branches scheme only, and takes it when nothing is said', () => {
    expect(problemsOf(pullRequestLabels, { scheme: 'files' })).not.toEqual([]);
    expect(problemsOf(pullRequestLabels, { scheme: 'branches' })).toEqual([]);
    expect(problemsOf(pullRequestLabels, {})).toEqual([]);
  });
});
