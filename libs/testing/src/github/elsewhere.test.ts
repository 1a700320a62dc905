import { expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { startGitHub } from './emulated-github.ts';
import { peopleAt } from './people.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;

test('a GitHub that others reach under another name shows that name in its URLs, and listens where it is told to', async () => {
  const port = await freePort();
  await using github = await startGitHub({ listen: { host: '127.0.0.1', port, url: `http://localhost:${port}` } });
  expect(github.url).toBe(`http://localhost:${port}`);
  const { json } = await peopleAt(`http://127.0.0.1:${port}`).openIssue(place);
  expect(json.url).toBe(`http://localhost:${port}/repos/octo-org/hello-world/issues/1`);
});

test('people of another process act at a GitHub through its URL alone', async () => {
  await using github = await startGitHub();
  const people = peopleAt(github.url);
  const pull = await people.openPullRequest({ ...place, head: 'feature/elsewhere' });
  expect(await github.pullRequest('octo-org', 'hello-world', pull.number)).toMatchObject({
    state: 'open',
    author: 'octocat',
    head: { ref: 'feature/elsewhere' },
  });
});
