import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { startGitHub } from './emulated-github.ts';
import { objectsOf } from './json.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const repository = '/repos/octo-org/hello-world';

test('the files of a pull request are those that it changes, over pages, and follow a push', async () => {
  await using github = await startGitHub();
  const { number } = await github.openPullRequest({ ...place, head: 'one', files: { 'src/a.c': 'a', 'src/b.c': 'b' } });
  const files = async (query: string) =>
    objectsOf(await github.api('octo-org', 'GET', `${repository}/pulls/${number}/files?${query}`)).map(
      ({ filename, status }) => [filename, status],
    );
  expect(await files('')).toEqual([
    ['src/a.c', 'added'],
    ['src/b.c', 'added'],
  ]);
  expect(await files('per_page=1&page=2')).toEqual([['src/b.c', 'added']]);
  await github.pushCommit({ ...place, branch: 'one', files: { 'README.md': '# Changed\n' } });
  expect(await files('')).toContainEqual(['README.md', 'modified']);
});

test('a pull request without a commit is refused', async () => {
  await using github = await startGitHub();
  await github.createBranch({ ...place, branch: 'release/1' });
  const open = () =>
    github.api('octo-org', 'POST', `${repository}/pulls`, { title: 'Release', head: 'release/1', base: 'main' });
  await expect(open()).rejects.toThrow('No commits between main and release/1');
  await github.pushCommit({ ...place, branch: 'release/1' });
  expect(await open()).toMatchObject({ head: { ref: 'release/1' } });
});

test('deleting a branch that is not there is refused as GitHub does', async () => {
  await using github = await startGitHub();
  await github.createBranch({ ...place, branch: 'one' });
  await github.api('octo-org', 'DELETE', `${repository}/git/refs/heads/one`);
  await expect(github.api('octo-org', 'DELETE', `${repository}/git/refs/heads/one`)).rejects.toThrow('422');
});

test('a new branch is an event with all that GitHub says of it', async () => {
  await using github = await startGitHub();
  await github.createBranch({ ...place, branch: 'release/1' });
  const event = await waitFor('the event', () => github.deliveries().find(({ event: name }) => name === 'create'));
  expect(JSON.parse(event.body)).toMatchObject({
    ref: 'release/1',
    ref_type: 'branch',
    master_branch: 'main',
    description: null,
    pusher_type: 'user',
  });
});

test('the events of a pull request say who set and who took away a label', async () => {
  await using github = await startGitHub();
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  const labels = `${repository}/issues/${number}/labels`;
  await github.addLabels('octo-org', 'hello-world', number, ['bug', 'docs']);
  const token = await github.installationToken(github.installations[0]?.id ?? 0);
  const byApp = await fetch(`${github.url}${labels}`, {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ labels: ['wip', 'bug'] }),
  });
  expect(byApp.status).toBe(200);
  await github.api('octo-org', 'DELETE', `${labels}/docs`);

  const list = async (query: string) =>
    objectsOf(await github.api('octo-org', 'GET', `${repository}/issues/${number}/events?${query}`));
  expect(await list('')).toMatchObject([
    { event: 'labeled', label: { name: 'bug' }, actor: { login: 'octocat', type: 'User' } },
    { event: 'labeled', label: { name: 'docs' }, actor: { login: 'octocat' } },
    { event: 'labeled', label: { name: 'wip' }, actor: { login: 'octo-bots[bot]', type: 'Bot' } },
    { event: 'unlabeled', label: { name: 'docs' }, actor: { login: 'octocat' } },
  ]);
  expect(await list('per_page=3&page=2')).toHaveLength(1);
});
