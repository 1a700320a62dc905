import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { defaultAccounts } from './accounts.ts';
import { type EmulatedGitHub, startGitHub } from './emulated-github.ts';
import { objectsOf } from './json.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const repository = '/repos/octo-org/hello-world';
const people = ['ada', 'grace', 'linus'];

async function start(): Promise<EmulatedGitHub> {
  const users = people.map((login) => ({ login, type: 'User', installation: 'none' }) as const);
  const github = await startGitHub({ accounts: [...defaultAccounts, ...users] });
  await github.api('octo-org', 'PUT', `${repository}/collaborators/ada`, { permission: 'push' });
  await github.api('octo-org', 'PUT', `${repository}/collaborators/grace`, { permission: 'triage' });
  return github;
}

test('the permission of a collaborator is in the words of GitHub, and who is none may read what is public', async () => {
  await using github = await start();
  const permissionOf = (login: string) =>
    github.api('octo-org', 'GET', `${repository}/collaborators/${login}/permission`);
  expect(await permissionOf('octocat')).toMatchObject({ permission: 'admin', role_name: 'admin' });
  expect(await permissionOf('ada')).toMatchObject({ permission: 'write', role_name: 'write' });
  expect(await permissionOf('grace')).toMatchObject({ permission: 'read', role_name: 'triage' });
  expect(await permissionOf('linus')).toMatchObject({ permission: 'read', role_name: 'read' });
  await expect(permissionOf('nobody')).rejects.toThrow('404');
});

test('the list of collaborators has members of the organisation too, and is filtered by what they may', async () => {
  await using github = await start();
  const list = async (query: string) =>
    objectsOf(await github.api('octo-org', 'GET', `${repository}/collaborators?${query}`)).map(({ login }) => login);
  expect(await list('')).toEqual(expect.arrayContaining(['ada', 'grace', 'octocat']));
  expect(await list('permission=push')).toContain('ada');
  expect(await list('permission=push')).not.toContain('grace');
  expect(await list('per_page=1')).toHaveLength(1);
  expect(await list('')).not.toContain('linus');
});

test('a review is not asked of the author, of a stranger, or of more than fifteen; each asked is an event', async () => {
  await using github = await start();
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  const ask = (body: object) =>
    github.api('octo-org', 'POST', `${repository}/pulls/${number}/requested_reviewers`, { ...body });
  await expect(ask({ reviewers: ['octocat'] })).rejects.toThrow('pull request author');
  await expect(ask({ reviewers: ['ada', 'linus'] })).rejects.toThrow('collaborators');
  await github.api('octo-org', 'POST', '/orgs/octo-org/teams', { name: 'Far away' });
  await expect(ask({ team_reviewers: ['far-away'] })).rejects.toThrow('collaborators');
  expect((await github.pullRequest('octo-org', 'hello-world', number)).json.requested_reviewers).toEqual([]);

  await github.api('octo-org', 'POST', '/orgs/octo-org/teams', { name: 'Near by' });
  await github.api('octo-org', 'PUT', `/orgs/octo-org/teams/near-by${repository}`, {});
  await ask({ reviewers: ['ada', 'grace'], team_reviewers: ['near-by'] });

  const asked = await waitFor('an event for each', () => {
    const bodies = github.deliveries().filter(({ action }) => action === 'review_requested');
    return bodies.length === 3 && bodies.map(({ body }) => JSON.parse(body));
  });
  expect(asked.map((body) => body.requested_reviewer?.login ?? body.requested_team?.slug)).toEqual([
    'ada',
    'grace',
    'near-by',
  ]);
});

test('more than fifteen reviewers are refused', async () => {
  const many = Array.from({ length: 16 }, (_, index) => `person-${index}`);
  await using github = await startGitHub({
    accounts: [...defaultAccounts, ...many.map((login) => ({ login, type: 'User', installation: 'none' }) as const)],
  });
  for (const login of many) await github.api('octo-org', 'PUT', `${repository}/collaborators/${login}`, {});
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  const ask = (reviewers: string[]) =>
    github.api('octo-org', 'POST', `${repository}/pulls/${number}/requested_reviewers`, { reviewers });
  await expect(ask(many)).rejects.toThrow('422');
  await ask(many.slice(1));
  await expect(ask(many.slice(0, 1))).rejects.toThrow('422');
});

test('who reviewed is not asked any more', async () => {
  await using github = await start();
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  const pull = `${repository}/pulls/${number}`;
  await github.api('octo-org', 'POST', `${pull}/requested_reviewers`, { reviewers: ['ada', 'grace'] });
  await github.api('ada', 'POST', `${pull}/reviews`, { event: 'COMMENT', body: 'Hm.' });
  const { json } = await github.pullRequest('octo-org', 'hello-world', number);
  expect(objectsOf(json.requested_reviewers).map(({ login }) => login)).toEqual(['grace']);
});
