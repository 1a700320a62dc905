import { createHash } from 'node:crypto';
import type { AnswerCache } from '@octo-bots/core';
import { expect, test } from 'vitest';
import {
  all,
  connect,
  type ScriptedAnswer,
  type ScriptedGitHub,
  type SeenRequest,
  scopeOf,
  startScriptedGitHub,
} from './test-support/scripted-github.ts';

const repo = { owner: 'octo', repo: 'cat' };
const expires_at = '2099-01-01T00:00:00Z';

/** What Redis is in a deployment: all clients share it. */
class SharedCache implements AnswerCache {
  readonly kept = new Map<string, Uint8Array>();

  async get(key: string) {
    return this.kept.get(key);
  }

  async set(key: string, value: Uint8Array) {
    this.kept.set(key, value);
  }
}

/** Answers as GitHub does: an ETag of what it says and to whom; a 304, without `Link` and with a type of nothing, to who has that. */
function asGitHub(answerTo: (request: SeenRequest) => ScriptedAnswer | undefined, token?: () => string) {
  return startScriptedGitHub((request) => {
    if (request.method === 'POST')
      return token && { status: 201, body: { token: token(), expires_at, permissions: {} } };
    const answer = answerTo(request);
    if (answer?.status !== 200) return answer;
    const said = JSON.stringify(answer.body) + request.headers.authorization;
    const etag = `W/"${createHash('sha256').update(said).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag)
      return { status: 304, headers: { etag, 'content-type': 'text/html' } };
    return { ...answer, headers: { ...answer.headers, etag } };
  });
}

/** A client as each process makes its own, that shares the cache with the others. */
const worker = async (github: ScriptedGitHub, cache: AnswerCache, installation = 7) =>
  (await connect(github.url, { cache })).installation(installation);

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8');

const conditionsOf = (github: ScriptedGitHub) =>
  github.requests.filter(({ method }) => method === 'GET').map(({ headers }) => headers['if-none-match'] !== undefined);

test('a worker is answered with what another one was told, as if GitHub had told it again', async () => {
  const answer = { status: 200, body: { full_name: 'octo/cat' }, headers: { 'x-poll-interval': '60' } };
  await using github = await asGitHub(() => answer);
  const cache = new SharedCache();
  const first = await (await worker(github, cache)).rest.repos.get(repo);
  const lines: object[] = [];
  const note = (fields: object) => lines.push(fields);
  const scope = scopeOf({ log: { debug: note, info: note, warn: note, error: note } });
  const other = await (await connect(github.url, { cache })).installation(7, scope);
  const second = await other.rest.repos.get(repo);

  expect(second.data).toEqual(first.data);
  expect(second.status).toBe(200);
  expect(second.url).toBe(first.url);
  expect(second.headers).toMatchObject({ 'x-poll-interval': '60', etag: first.headers.etag });
  expect(conditionsOf(github)).toEqual([false, true]);
  expect(lines.at(-1)).toMatchObject({ route: 'GET /repos/{owner}/{repo}', status: 304 });
});

test('what has changed is seen at once', async () => {
  let title = 'before';
  await using github = await asGitHub(() => ({ status: 200, body: { title } }));
  const client = await worker(github, new SharedCache());
  const seen = async () => (await client.rest.issues.get({ ...repo, issue_number: 1 })).data.title;
  expect([await seen(), await seen()]).toEqual(['before', 'before']);
  title = 'after';
  expect([await seen(), await seen()]).toEqual(['after', 'after']);
  expect(conditionsOf(github)).toEqual([false, true, true, true]);
});

/** A list of the API in pages of two. */
function pages(entries: readonly number[], github: () => ScriptedGitHub) {
  return ({ path }: SeenRequest): ScriptedAnswer | undefined => {
    if (!path.startsWith('/repos/octo/cat/issues')) return undefined;
    const page = Number(new URL(path, 'http://any').searchParams.get('page') ?? 1);
    const next = `${github().url}/repos/octo/cat/issues?per_page=2&page=${page + 1}`;
    const headers = page * 2 < entries.length ? { link: `<${next}>; rel="next"` } : {};
    const body = entries.slice(page * 2 - 2, page * 2).map((number) => ({ number }));
    return { status: 200, body, headers };
  };
}

const numbersIn = async (client: Awaited<ReturnType<typeof worker>>) => {
  const listed = await all(client.paginate.iterator(client.rest.issues.listForRepo, { ...repo, per_page: 2 }));
  return listed.flatMap(({ data }) => data.map(({ number }) => number));
};

test('a list is paged over answers that GitHub did not repeat', async () => {
  await using github: ScriptedGitHub = await asGitHub(pages([1, 2, 3, 4, 5], () => github));
  const cache = new SharedCache();
  expect(await numbersIn(await worker(github, cache))).toEqual([1, 2, 3, 4, 5]);
  expect(await numbersIn(await worker(github, cache))).toEqual([1, 2, 3, 4, 5]);
  expect(conditionsOf(github)).toEqual([false, false, false, true, true, true]);
});

test('an entry that begins a new page is seen, although the page before it is as it was', async () => {
  const entries = [1, 2];
  await using github: ScriptedGitHub = await asGitHub(pages(entries, () => github));
  const client = await worker(github, new SharedCache());
  expect(await numbersIn(client)).toEqual([1, 2]);
  entries.push(3);
  expect(await numbersIn(client)).toEqual([1, 2, 3]);
});

test('an installation never gets what another one was told', async () => {
  await using github = await asGitHub(({ headers }) => ({ status: 200, body: { to: headers.authorization } }));
  const cache = new SharedCache();
  const seenBy = async (installation: number) =>
    (await (await worker(github, cache, installation)).request('GET /repos/octo/cat')).data.to;
  expect(await seenBy(7)).toBe('token token-7');
  expect(await seenBy(8)).toBe('token token-8');
  expect(conditionsOf(github)).toEqual([false, false]);
  expect(await seenBy(7)).toBe('token token-7');
  expect(conditionsOf(github)).toEqual([false, false, true]);
});

test('another form of the same thing is another answer', async () => {
  await using github = await asGitHub(({ headers }) => ({ status: 200, body: { accepted: headers.accept } }));
  const client = await worker(github, new SharedCache());
  const get = async (accept: string) => (await client.request('GET /repos/octo/cat', { headers: { accept } })).data;
  const forms = ['application/vnd.github.html+json', 'application/vnd.github.text+json'] as const;
  for (const form of [...forms, ...forms]) expect(await get(form)).toEqual({ accepted: form });
  expect(conditionsOf(github)).toEqual([false, false, true, true]);
});

test('workers with a token each, as on github.com, do not push out what the others know', async () => {
  let tokens = 0;
  const answer = { status: 200, body: { full_name: 'octo/cat' } };
  await using github = await asGitHub(
    () => answer,
    () => `token-${tokens++}`,
  );
  const cache = new SharedCache();
  const workers = [];
  // As its tokens are shared by what is one process here, each gets its own before the next one asks.
  for (let index = 0; index < 3; index++) {
    const client = await worker(github, cache);
    await client.rest.repos.get(repo);
    workers.push(client);
  }
  const before = github.requests.length;
  for (const client of workers) expect((await client.rest.repos.get(repo)).data.full_name).toBe('octo/cat');
  expect(tokens).toBe(3);
  expect(cache.kept.size).toBe(1);
  expect(new Set(github.requests.slice(before).map(({ headers }) => headers['if-none-match'])).size).toBe(3);
});

test.each<[string, (kept: Uint8Array, others: Uint8Array) => Uint8Array]>([
  ['nothing', () => new Uint8Array()],
  ['no head', () => Buffer.from('{"full_name":"octo/evil"}')],
  ['a head that is none', () => Buffer.from('{"etags":[]}\n{"full_name":"octo/evil"}')],
  ['a broken head', (kept) => Buffer.from(kept).subarray(5)],
  ['the answer to another request', (_kept, others) => others],
])('an entry that holds %s is passed over', async (_what, poisoned) => {
  await using github = await asGitHub(({ path }) => ({
    status: 200,
    body: { full_name: path.slice('/repos/'.length) },
  }));
  const cache = new SharedCache();
  const client = await worker(github, cache);
  await client.rest.repos.get(repo);
  await client.rest.repos.get({ ...repo, repo: 'dog' });
  const [key = '', other = ''] = cache.kept.keys();
  const [kept, others] = [cache.kept.get(key), cache.kept.get(other)];
  cache.kept.set(key, poisoned(kept ?? expect.unreachable(), others ?? expect.unreachable()));
  expect((await client.rest.repos.get(repo)).data.full_name).toBe('octo/cat');
  expect(conditionsOf(github).at(-1)).toBe(false);
  expect(text(cache.kept.get(key))).toBe(text(kept));
});

test('only whole answers in JSON of reasonable size are kept', async () => {
  const answers: Record<string, ScriptedAnswer> = {
    '/text': { status: 200, text: 'a file', headers: { etag: '"1"', 'content-type': 'text/plain' } },
    '/large': { status: 200, body: 'x'.repeat(1024 * 1024), headers: { etag: '"2"' } },
    '/without-etag': { status: 200, body: {} },
    '/accepted': { status: 202, body: {}, headers: { etag: '"3"' } },
    '/missing': { status: 404, body: { message: 'Not Found' }, headers: { etag: '"4"' } },
    '/small': { status: 200, body: {}, headers: { etag: '"5"' } },
  };
  await using github = await startScriptedGitHub(({ path }) => answers[path]);
  const cache = new SharedCache();
  const client = await worker(github, cache);
  for (const path of Object.keys(answers)) {
    const asked = client.request(`GET ${path}`);
    if (path === '/missing') await expect(asked).rejects.toMatchObject({ status: 404 });
    else await asked;
  }
  await client.request('POST /small');
  expect([...cache.kept.keys()].map((key) => new URL(key.split('\n')[1] ?? '').pathname)).toEqual(['/small']);
});
