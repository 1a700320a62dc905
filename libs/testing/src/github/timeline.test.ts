import { expect, test } from 'vitest';
import { startGitHub } from './emulated-github.ts';
import { objectsOf, textAt } from './json.ts';

const owner = 'octo-org';
const place = { owner, repo: 'hello-world' };
const path = '/repos/octo-org/hello-world';

test('the timeline of an issue and of a pull request holds comments, labels, reviews and commits, oldest first', async () => {
  await using github = await startGitHub();
  const told = async (number: number) =>
    objectsOf(await github.api(owner, 'GET', `${path}/issues/${number}/timeline?per_page=100`)).map((event) => [
      event.event,
      textAt(event, 'actor', 'login') ?? textAt(event, 'user', 'login') ?? textAt(event, 'committer', 'name'),
      textAt(event, 'label', 'name') ?? textAt(event, 'body') ?? textAt(event, 'message'),
    ]);
  const issue = await github.createIssue(place);
  const pull = await github.openPullRequest({ ...place, head: 'one', files: { 'a.txt': 'one' } });
  for (const { number } of [issue, pull]) {
    await github.addLabels(owner, place.repo, number, ['stale']);
    await github.comment(owner, place.repo, number, 'Hello');
    await github.api(owner, 'DELETE', `${path}/issues/${number}/labels/stale`);
  }
  await github.api(owner, 'POST', `${path}/pulls/${pull.number}/reviews`, { event: 'APPROVE', body: 'Fine' });
  const common = [
    ['labeled', 'octocat', 'stale'],
    ['commented', 'octocat', 'Hello'],
    ['unlabeled', 'octocat', 'stale'],
  ];
  expect(await told(issue.number)).toEqual(common);
  // The emulator counts the commit that the branch came from among those of the pull request.
  expect((await told(pull.number)).slice(-5)).toEqual([
    ['committed', expect.any(String), 'Change a.txt'],
    ...common,
    ['reviewed', 'octocat', 'Fine'],
  ]);
});

test('the timeline comes in pages, and is not for those who may not read', async () => {
  await using github = await startGitHub();
  const { number } = await github.createIssue(place);
  for (const body of ['one', 'two', 'three']) await github.comment(owner, place.repo, number, body);
  const last = await github.api(owner, 'GET', `${path}/issues/${number}/timeline?per_page=2&page=2`);
  expect(objectsOf(last).map(({ body }) => body)).toEqual(['three']);
  const url = `${github.url}${path}/issues/${number}/timeline`;
  const refused = await fetch(url, { headers: { authorization: 'token nobody' } });
  expect(refused.status).toBe(401);
});

test('GraphQL makes a pull request a draft, by its node id, and says what it does not know', async () => {
  await using github = await startGitHub();
  const pull = await github.openPullRequest({ ...place, head: 'one' });
  const query =
    'mutation ($pullRequestId: ID!) { convertPullRequestToDraft(input: { pullRequestId: $pullRequestId }) }';
  const ask = (pullRequestId: unknown) =>
    github.api(owner, 'POST', '/graphql', { query, variables: { pullRequestId } });
  expect(await ask(pull.json.node_id)).toMatchObject({ data: {} });
  expect(await github.pullRequest(owner, place.repo, pull.number)).toMatchObject({ draft: true, state: 'open' });
  expect(await ask('nobody')).toMatchObject({ errors: [{ type: 'NOT_FOUND' }] });
});
