import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { appToken } from './app-token.ts';
import { type EmulatedGitHub, startGitHub } from './emulated-github.ts';
import { objectsOf, textAt, valueAt } from './json.ts';
import { receiveWebhooks } from './receiver.ts';

function get(github: EmulatedGitHub, path: string, token?: string, headers: Record<string, string> = {}) {
  return fetch(`${github.url}${path}`, {
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });
}

function firstInstallation(github: EmulatedGitHub): number {
  return github.installations[0]?.id ?? 0;
}

test('the App is installed on an organisation and on a user, each with a token of its own', async () => {
  await using github = await startGitHub();
  const listed = objectsOf(await (await get(github, '/app/installations', github.appToken())).json());
  expect(listed.map(({ id, account }) => ({ id, account }))).toMatchObject([
    { id: github.installations[0]?.id, account: { login: 'octo-org', type: 'Organization' } },
    { id: github.installations[1]?.id, account: { login: 'mona', type: 'User' } },
  ]);
  for (const [index, name] of ['octo-org/hello-world', 'mona/notes'].entries()) {
    const token = await github.installationToken(github.installations[index]?.id ?? 0);
    expect(await (await get(github, '/installation/repositories', token)).json()).toMatchObject({
      total_count: 1,
      repositories: [{ full_name: name }],
    });
  }
});

test('installations and their repositories come in pages', async () => {
  const names = Array.from({ length: 45 }, (_, index) => `repo-${index}`);
  await using github = await startGitHub({ accounts: [{ login: 'big', type: 'Organization', repositories: names }] });
  await github.createRepository('big', 'repo-45');
  const token = await github.installationToken(firstInstallation(github));
  const page = await get(github, '/installation/repositories?per_page=30&page=2', token);
  const body: unknown = await page.json();
  expect(body).toMatchObject({ total_count: 46, repository_selection: 'all' });
  expect(objectsOf(valueAt(body, 'repositories')).map(({ name }) => name)).toEqual([...names.slice(30), 'repo-45']);
  expect(page.headers.get('link')).toContain('page=1>; rel="prev"');
  expect(page.headers.get('link')).not.toContain('rel="next"');
  const installations = await get(github, '/app/installations?per_page=1&page=2', github.appToken());
  expect(await installations.json()).toEqual([]);
});

test('an installation for selected repositories sees no other', async () => {
  await using github = await startGitHub({
    accounts: [
      { login: 'octo-org', type: 'Organization', repositories: ['one', 'two'], installation: { selected: ['two'] } },
      { login: 'elsewhere', type: 'Organization', repositories: ['three'], installation: 'none' },
    ],
  });
  expect(github.installations).toHaveLength(1);
  const token = await github.installationToken(firstInstallation(github));
  expect(await (await get(github, '/installation/repositories', token)).json()).toMatchObject({
    total_count: 1,
    repository_selection: 'selected',
    repositories: [{ full_name: 'octo-org/two' }],
  });
});

test('only an installation may list its repositories', async () => {
  await using github = await startGitHub();
  expect((await get(github, '/installation/repositories', github.tokenOf('octo-org'))).status).toBe(403);
});

test('a suspended installation gets no token, may do nothing with an old one, and no webhook tells of it', async () => {
  await using hook = await receiveWebhooks();
  await using github = await startGitHub({ webhookUrl: hook.url });
  const id = firstInstallation(github);
  const token = await github.installationToken(id);
  github.suspend(id);
  const refused = await get(github, '/repos/octo-org/hello-world/issues', token);
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ message: 'This installation has been suspended' });
  await expect(github.installationToken(id)).rejects.toThrow('403');
  const shown = await (await get(github, `/app/installations/${id}`, github.appToken())).json();
  expect(shown).toMatchObject({ suspended_at: expect.any(String) });
  await github.createIssue({ owner: 'octo-org', repo: 'hello-world', title: 'Unseen' });
  github.unsuspend(id);
  await github.installationToken(id);
  await github.createIssue({ owner: 'octo-org', repo: 'hello-world', title: 'Seen' });
  await waitFor('the webhook', () => hook.received.length > 0);
  expect(hook.received.map(({ payload }) => textAt(payload, 'issue', 'title'))).toEqual(['Seen']);
});

test('a token that GitHub never gave out is refused, and so is a JSON Web Token signed by another key', async () => {
  await using github = await startGitHub();
  const another = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const unknown = await get(github, '/repos/octo-org/hello-world', 'ghs_invented');
  expect(unknown.status).toBe(401);
  expect(await unknown.json()).toMatchObject({ message: 'Bad credentials' });
  expect((await get(github, '/app', appToken({ ...github.app, ...another }))).status).toBe(401);
  expect((await get(github, '/app', github.appToken())).status).toBe(200);
});

test('a revoked token is refused', async () => {
  await using github = await startGitHub();
  const token = await github.installationToken(firstInstallation(github));
  const headers = { authorization: `token ${token}` };
  expect((await fetch(`${github.url}/installation/token`, { method: 'DELETE', headers })).status).toBe(204);
  expect((await get(github, '/installation/repositories', token)).status).toBe(401);
});

test('what the App does, it does in its own name', async () => {
  await using github = await startGitHub();
  const issue = await github.createIssue({ owner: 'octo-org', repo: 'hello-world' });
  const token = await github.installationToken(firstInstallation(github));
  await fetch(`${github.url}/repos/octo-org/hello-world/issues/${issue.number}/comments`, {
    method: 'POST',
    headers: { authorization: `token ${token}` },
    body: JSON.stringify({ body: 'Hello.' }),
  });
  expect(await github.commentsOf('octo-org', 'hello-world', issue.number)).toMatchObject([
    { author: 'octo-bots[bot]', body: 'Hello.' },
  ]);
});

test('the App may do only what its permissions allow', async () => {
  await using github = await startGitHub({ permissions: { issues: 'read', metadata: 'read' } });
  const issue = await github.createIssue({ owner: 'octo-org', repo: 'hello-world' });
  const token = await github.installationToken(firstInstallation(github));
  const response = await fetch(`${github.url}/repos/octo-org/hello-world/issues/${issue.number}`, {
    method: 'PATCH',
    headers: { authorization: `token ${token}` },
    body: JSON.stringify({ state: 'closed' }),
  });
  expect(response.status).toBe(403);
});

test('a client that has the newest answer gets 304', async () => {
  await using github = await startGitHub();
  const token = github.tokenOf('octo-org');
  const first = await get(github, '/repos/octo-org/hello-world', token);
  const etag = first.headers.get('etag') ?? '';
  expect((await get(github, '/repos/octo-org/hello-world', token, { 'if-none-match': etag })).status).toBe(304);
  await github.api('octo-org', 'PATCH', '/repos/octo-org/hello-world', { description: 'New.' });
  expect((await get(github, '/repos/octo-org/hello-world', token, { 'if-none-match': etag })).status).toBe(200);
});

test('an ETag holds for one token; a 304 tells no pages and costs nothing of the rate limit', async () => {
  await using github = await startGitHub({
    accounts: [{ login: 'large', type: 'Organization', repositories: ['one', 'two', 'three'] }],
  });
  const id = firstInstallation(github);
  const [token, other] = [await github.installationToken(id), await github.installationToken(id)];
  const list = (who: string, etag?: string) =>
    get(github, '/installation/repositories?per_page=2', who, etag === undefined ? {} : { 'if-none-match': etag });
  const remaining = (response: Response) => Number(response.headers.get('x-ratelimit-remaining'));

  const first = await list(token);
  expect(first.headers.get('link')).toContain('rel="next"');
  expect(remaining(first)).toBeGreaterThan(4000);
  const etag = first.headers.get('etag') ?? '';
  for (let again = 0; again < 3; again++) {
    const unchanged = await list(token, etag);
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get('link')).toBeNull();
    expect(remaining(unchanged)).toBe(remaining(first));
  }
  expect((await list(other, etag)).status).toBe(200);
  expect(remaining(await list(token))).toBe(remaining(first) - 1);
});

test('requests are on record, without their tokens', async () => {
  await using github = await startGitHub();
  const id = firstInstallation(github);
  const token = await github.installationToken(id);
  await get(github, '/installation/repositories?per_page=5', token);
  await get(github, '/zen');
  const seen = github.requests().map(({ method, path, status, token: kind, installation }) => ({
    method,
    path,
    status,
    kind,
    installation,
  }));
  expect(seen).toEqual([
    {
      method: 'POST',
      path: `/app/installations/${id}/access_tokens`,
      status: 201,
      kind: 'app',
      installation: undefined,
    },
    {
      method: 'GET',
      path: '/installation/repositories?per_page=5',
      status: 200,
      kind: 'installation',
      installation: id,
    },
    { method: 'GET', path: '/zen', status: 200, kind: 'none', installation: undefined },
  ]);
  expect(JSON.stringify(github.requests())).not.toContain(token);
});

test('every request counts against the rate limit of its token alone', async () => {
  await using github = await startGitHub();
  const remaining = (response: Response) => Number(response.headers.get('x-ratelimit-remaining'));
  const token = await github.installationToken(firstInstallation(github));
  const before = remaining(await get(github, '/installation/repositories', token));
  await get(github, '/repos/octo-org/hello-world/issues', github.tokenOf('octo-org'));
  await get(github, '/repos/octo-org/hello-world/issues', token);
  expect(remaining(await get(github, '/repos/octo-org/hello-world', token))).toBe(before - 2);
});

test('a planned answer is given once', async () => {
  await using github = await startGitHub();
  github.answerNext({ path: /\/zen/, status: 502, body: { message: 'Server Error' } });
  expect((await get(github, '/zen')).status).toBe(502);
  expect((await get(github, '/zen')).status).toBe(200);
});
