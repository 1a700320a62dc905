import { expect, test } from 'vitest';
import { startGitHub } from './emulated-github.ts';
import { isObject, objectsOf } from './json.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const longAgo = new Date('2020-01-02T03:04:05.000Z');

test('the list of issues holds pull requests, marked as such', async () => {
  await using github = await startGitHub();
  const issue = await github.createIssue(place);
  const pull = await github.openPullRequest({ ...place, head: 'one' });
  const list = objectsOf(await github.api('octo-org', 'GET', '/repos/octo-org/hello-world/issues'));
  expect(list.map(({ number }) => number)).toEqual([pull.number, issue.number]);
  expect(list[0]).toMatchObject({
    title: pull.title,
    state: 'open',
    pull_request: { url: `${github.url}/repos/octo-org/hello-world/pulls/${pull.number}` },
  });
  expect(list[1]).not.toHaveProperty('pull_request');
});

test('the list of issues is filtered by state, labels, creator and time, and sorted both ways', async () => {
  await using github = await startGitHub();
  const list = async (query: string) =>
    objectsOf(await github.api('octo-org', 'GET', `/repos/octo-org/hello-world/issues?${query}`)).map(
      ({ number }) => number,
    );
  const old = await github.createIssue({ ...place, updatedAt: longAgo });
  const pull = await github.openPullRequest({ ...place, head: 'one' });
  const bug = await github.createIssue({ ...place, labels: ['Bug', 'urgent'] });
  const closed = await github.openPullRequest({ ...place, head: 'two' });
  await github.closePullRequest('octo-org', 'hello-world', closed.number);
  expect(await list('sort=updated&direction=asc')).toEqual([old.number, pull.number, bug.number]);
  expect(await list('sort=created&direction=desc')).toEqual([bug.number, pull.number, old.number]);
  expect(await list('state=closed')).toEqual([closed.number]);
  expect(await list('state=all')).toHaveLength(4);
  expect(await list('labels=bug,urgent')).toEqual([bug.number]);
  expect(await list('since=2021-01-01T00:00:00Z')).toEqual([bug.number, pull.number]);
  expect(await list('creator=nobody')).toEqual([]);
});

test('the list of issues comes in pages that lead to each other', async () => {
  await using github = await startGitHub();
  for (let count = 0; count < 5; count++) await github.createIssue(place);
  const numbers: unknown[] = [];
  let url: string | undefined = `${github.url}/repos/octo-org/hello-world/issues?per_page=2&direction=asc`;
  for (let pages = 0; url !== undefined && pages < 5; pages++) {
    const response: Response = await fetch(url, { headers: { authorization: `token ${github.tokenOf('octo-org')}` } });
    numbers.push(...objectsOf(await response.json()).map(({ number }) => number));
    url = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  expect(numbers).toEqual([1, 2, 3, 4, 5]);
});

test('a pull request can be read, labelled, commented and closed through the issues API', async () => {
  await using github = await startGitHub();
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  await github.addLabels('octo-org', 'hello-world', number, ['bug']);
  await github.comment('octo-org', 'hello-world', number, 'Stale.');
  const path = `/repos/octo-org/hello-world/issues/${number}`;
  const closed = await github.api('octo-org', 'PATCH', path, { state: 'closed', title: 'Another', labels: ['stale'] });
  expect(closed).toMatchObject({ number, state: 'closed', pull_request: {}, labels: [{ name: 'stale' }], comments: 1 });
  expect(await github.pullRequest('octo-org', 'hello-world', number)).toMatchObject({
    state: 'closed',
    title: 'Another',
    labels: ['stale'],
    comments: 1,
    merged: false,
  });
  expect(await github.commentsOf('octo-org', 'hello-world', number)).toMatchObject([
    { author: 'octocat', body: 'Stale.' },
  ]);
});

const activities = {
  'a comment': (github, number) => github.comment('octo-org', 'hello-world', number, 'Still here.'),
  'a label': (github, number) => github.addLabels('octo-org', 'hello-world', number, ['bug']),
  'an edit': (github, number) =>
    github.api('octo-org', 'PATCH', `/repos/octo-org/hello-world/issues/${number}`, { title: 'Another' }),
} satisfies Record<string, (github: Awaited<ReturnType<typeof startGitHub>>, number: number) => Promise<unknown>>;

for (const [name, act] of Object.entries(activities)) {
  for (const kind of ['issue', 'pull request'] as const) {
    test(`an aged ${kind} stays old until ${name} makes it fresh`, async () => {
      await using github = await startGitHub();
      const startedAt = Date.now();
      const { number } =
        kind === 'issue' ? await github.createIssue(place) : await github.openPullRequest({ ...place, head: 'one' });
      await github.setUpdatedAt('octo-org', 'hello-world', number, longAgo);
      const read = () => github.issue('octo-org', 'hello-world', number);
      expect(await read()).toMatchObject({ updatedAt: longAgo.toISOString(), createdAt: longAgo.toISOString() });
      expect((await read()).updatedAt).toBe(longAgo.toISOString());
      await act(github, number);
      const fresh = await read();
      expect(Date.parse(fresh.updatedAt)).toBeGreaterThanOrEqual(startedAt);
      expect(fresh.createdAt).toBe(longAgo.toISOString());
    });
  }
}

test('a push makes an aged pull request fresh', async () => {
  await using github = await startGitHub();
  const startedAt = Date.now();
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  await github.setUpdatedAt('octo-org', 'hello-world', number, longAgo);
  await github.pushCommit({ ...place, branch: 'one' });
  const { updatedAt } = await github.pullRequest('octo-org', 'hello-world', number);
  expect(Date.parse(updatedAt)).toBeGreaterThanOrEqual(startedAt);
});

test('an issue that does not exist cannot be aged', async () => {
  await using github = await startGitHub();
  await expect(github.setUpdatedAt('octo-org', 'hello-world', 99, longAgo)).rejects.toThrow('#99');
});

test('a deleted comment no longer counts', async () => {
  await using github = await startGitHub();
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  await github.comment('octo-org', 'hello-world', number, 'One.');
  const [comment] = await github.commentsOf('octo-org', 'hello-world', number);
  await github.api('octo-org', 'DELETE', `/repos/octo-org/hello-world/issues/comments/${comment?.id}`);
  expect((await github.pullRequest('octo-org', 'hello-world', number)).comments).toBe(0);
});

test('a pull request wants branches that exist, and only one of its kind', async () => {
  await using github = await startGitHub();
  const open = (head: string, base: string) =>
    fetch(`${github.url}/repos/octo-org/hello-world/pulls`, {
      method: 'POST',
      headers: { authorization: `token ${github.tokenOf('octo-org')}` },
      body: JSON.stringify({ title: 'Merge', head, base }),
    });
  const missing = await open('nowhere', 'main');
  expect(missing.status).toBe(422);
  expect(await missing.json()).toMatchObject({ errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }] });
  await github.openPullRequest({ ...place, head: 'feature/one' });
  expect((await open('feature/one', 'nowhere')).status).toBe(422);
  const second = await open('feature/one', 'main');
  expect(second.status).toBe(422);
  expect(JSON.stringify(await second.json())).toContain('already exists for octo-org:feature/one');
});

test('contributors are those who committed', async () => {
  await using github = await startGitHub();
  await github.pushCommit({ ...place, branch: 'main' });
  await github.pushCommit({ ...place, branch: 'main' });
  const list = objectsOf(await github.api('octo-org', 'GET', '/repos/octo-org/hello-world/contributors'));
  expect(list.filter(isObject).map(({ login, contributions }) => ({ login, contributions }))).toContainEqual({
    login: 'octocat',
    contributions: 2,
  });
});
