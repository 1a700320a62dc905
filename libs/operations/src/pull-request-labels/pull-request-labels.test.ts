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

  it('takes the branches scheme when nothing is said, and no other of that form', () => {
    expect(problemsOf(pullRequestLabels, { scheme: 'files' })).not.toEqual([]);
    expect(problemsOf(pullRequestLabels, { scheme: 'branches' })).toEqual([]);
    expect(problemsOf(pullRequestLabels, {})).toEqual([]);
  });
});

describe('pull-request-labels with rules', { timeout: 30_000 }, () => {
  const rules = [
    { head: 'feature/*', base: ['main', 'develop'], labels: ['feature', { name: 'area/login', color: '#AABBCC' }] },
    { files: ['docs/*'], labels: [{ name: 'docs', color: '0075ca', description: 'Words' }] },
    { base: 'release/*', labels: ['release'] },
  ];
  const adding = eventOperation(pullRequestLabels, { scheme: { rules } });
  const keeping = eventOperation(pullRequestLabels, { scheme: { rules, 'remove-unmatched': true } });
  const asked = (bench: GitHubBench, path: RegExp) =>
    bench.github.requests().filter((request) => request.token === 'installation' && path.test(request.path)).length;
  const open = (bench: GitHubBench, head: string, files: Record<string, string>, base = 'main') =>
    bench.github.openPullRequest({ ...place, head, base, files });
  const run = async (
    bench: GitHubBench,
    operation: ReturnType<typeof eventOperation>,
    number: number,
    action?: string,
  ) => bench.runOnEvent(operation, await bench.pullRequestEvent(place.owner, place.repo, number, action));
  const labelsOf = (bench: GitHubBench, number: number) => bench.github.labelsOf(place.owner, place.repo, number);

  it('labels by branches and by files, and makes the labels as the rules say', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'feature/login', { 'docs/deep/login.txt': 'How to log in\n' });

    expect(await run(bench, adding, number)).toEqual({
      status: 'done',
      summary: `labelled #${number}: feature, area/login, docs`,
    });
    expect(await labelsOf(bench, number)).toEqual(['feature', 'area/login', 'docs']);
    const made = (await bench.github.api(place.owner, 'GET', labels)) as object[];
    expect(made).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'docs', color: '0075ca', description: 'Words' }),
        expect.objectContaining({ name: 'area/login', color: 'aabbcc' }),
        expect.objectContaining({ name: 'feature', color: '1d76db' }),
      ]),
    );
  });

  it('looks at every page of the files, and asks for none when no rule needs them', async () => {
    await using bench = await GitHubBench.start();
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`a/${index}.txt`, `${index}\n`]));
    const { number } = await open(bench, 'x', { ...many, 'docs/z.txt': 'z' });
    const branchesOnly = eventOperation(pullRequestLabels, {
      scheme: {
        rules: [...rules.filter(({ files }) => files === undefined), { base: 'staging', files: '*', labels: ['x'] }],
      },
    });

    expect(await run(bench, branchesOnly, number)).toEqual({
      status: 'skipped',
      reason: `no rule of the scheme matches #${number}, from "x" into "main"`,
    });
    expect(asked(bench, /\/files/)).toBe(0);
    expect(await run(bench, adding, number)).toMatchObject({ status: 'done', summary: `labelled #${number}: docs` });
    expect(asked(bench, /\/files/)).toBe(2);
  });

  it('leaves on what no longer matches, unless told to take it off', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'feature/login', { 'src/a.c': 'a' });
    await bench.github.addLabels(place.owner, place.repo, number, ['question']);
    await run(bench, adding, number);
    await bench.github.createBranch({ ...place, branch: 'release/1' });
    await bench.github.editPullRequest(place.owner, place.repo, number, { base: 'release/1' });

    expect(await run(bench, adding, number, 'edited')).toEqual({
      status: 'done',
      summary: `labelled #${number}: release`,
    });
    expect(await labelsOf(bench, number)).toEqual(['question', 'feature', 'area/login', 'release']);
    expect(await run(bench, keeping, number, 'edited')).toEqual({
      status: 'done',
      summary: `took off #${number}: feature, area/login`,
    });
    expect(await labelsOf(bench, number)).toEqual(['question', 'release']);
  });

  it('goes by the base that the pull request has now, should a later edit have been faster', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'feature/login', { 'src/a.c': 'a' });
    const opened = await bench.pullRequestEvent(place.owner, place.repo, number);
    await bench.github.createBranch({ ...place, branch: 'release/1' });
    await bench.github.editPullRequest(place.owner, place.repo, number, { base: 'release/1' });
    await run(bench, keeping, number, 'edited');

    await bench.runOnEvent(keeping, opened);

    expect(await labelsOf(bench, number)).toEqual(['release']);
  });

  it('takes a label off when a push takes back the file, and takes it off once only', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'x', { 'docs/a.txt': 'a', 'src/a.c': 'a' });
    await run(bench, keeping, number);
    const file = (await bench.github.api(
      place.owner,
      'GET',
      '/repos/octo-org/hello-world/contents/docs/a.txt?ref=x',
    )) as {
      sha: string;
    };
    await bench.github.api(place.owner, 'DELETE', '/repos/octo-org/hello-world/contents/docs/a.txt', {
      message: 'No docs',
      branch: 'x',
      sha: file.sha,
    });

    expect(await run(bench, keeping, number, 'synchronize')).toEqual({
      status: 'done',
      summary: `took off #${number}: docs`,
    });
    const changes = bench.changes();
    expect(await run(bench, keeping, number, 'synchronize')).toMatchObject({ status: 'skipped' });
    expect(bench.changes()).toEqual(changes);
  });

  it('takes nothing off when GitHub does not name all of the changed files', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'x', { 'docs/a.txt': 'a' }, 'release/1');
    await run(bench, keeping, number);
    const many = Array.from({ length: 3000 }, (_, index) => ({ filename: `src/${index}.c` }));
    bench.github.answerNext({ method: 'GET', path: /\/files/, status: 200, body: many });

    expect(await run(bench, keeping, number, 'synchronize')).toEqual({
      status: 'skipped',
      reason: `#${number} already has release; GitHub does not name all of its changed files, so that no label was taken off`,
    });
    expect(await labelsOf(bench, number)).toEqual(['docs', 'release']);
  });

  it('leaves a label of a rule that a person set, and says so', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'feature/login', { 'src/a.c': 'a' });
    await bench.github.addLabels(place.owner, place.repo, number, ['docs', 'release', 'question']);

    expect(await run(bench, keeping, number)).toEqual({
      status: 'done',
      summary: `labelled #${number}: feature, area/login; left docs, release, which a person set`,
    });
    expect(await run(bench, keeping, number)).toEqual({
      status: 'skipped',
      reason: `#${number} already has feature, area/login; left docs, release, which a person set`,
    });
  });

  it('takes a label for a person’s that a bot set, and a person took off and set again', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'x', { 'src/a.c': 'a' }, 'release/1');
    await run(bench, keeping, number);
    await bench.github.api(place.owner, 'DELETE', `/repos/octo-org/hello-world/issues/${number}/labels/release`);
    await bench.github.addLabels(place.owner, place.repo, number, ['release']);
    await bench.github.editPullRequest(place.owner, place.repo, number, { base: 'main' });

    expect(await run(bench, keeping, number, 'edited')).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('left release, which a person set'),
    });
    expect(await labelsOf(bench, number)).toEqual(['release']);
  });

  it('takes no harm when somebody takes a label off at the same moment', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await open(bench, 'x', { 'src/a.c': 'a' }, 'release/1');
    await run(bench, keeping, number);
    await bench.github.editPullRequest(place.owner, place.repo, number, { base: 'main' });
    bench.github.answerNext({
      method: 'DELETE',
      path: /\/labels\/release$/,
      status: 404,
      body: { message: 'Not Found' },
    });
    expect(await run(bench, keeping, number, 'edited')).toMatchObject({ status: 'done' });
  });

  it.each([
    ['a rule without labels', { rules: [{ head: 'x' }] }],
    ['an unknown key of a rule', { rules: [{ heads: 'x', labels: ['a'] }] }],
    ['no rule', { rules: [] }],
    ['a colour that is none', { rules: [{ labels: [{ name: 'a', color: 'red' }] }] }],
    ['a colour that YAML took for a number', { rules: [{ labels: [{ name: 'a', color: 123456 }] }] }],
    ['a name that is too long', { rules: [{ labels: ['a'.repeat(51)] }] }],
  ])('does not take %s', (_, scheme) => {
    expect(problemsOf(pullRequestLabels, { scheme })).not.toEqual([]);
  });
});
