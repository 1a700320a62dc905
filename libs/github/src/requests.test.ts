import { answeredStatus, type OctoError } from '@octo-bots/core';
import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import {
  connect,
  type Reaction,
  type Script,
  type ScriptedAnswer,
  scopeOf,
  startScriptedGitHub,
} from './test-support/scripted-github.ts';

const repo = { owner: 'octo', repo: 'cat' };
const repository: ScriptedAnswer = { status: 200, body: { full_name: 'octo/cat' } };
const comment = { ...repo, issue_number: 1, body: 'Hello' };

/** Answers what is no token one after another, and the last for good. */
function inTurn(...answers: readonly Reaction[]): Script {
  let next = 0;
  return ({ path }) => (path.endsWith('/access_tokens') ? undefined : answers[Math.min(next++, answers.length - 1)]);
}

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it did not reject'),
    (error: OctoError) => error,
  );

const withoutTokens = (github: { requests: readonly { path: string }[] }) =>
  github.requests.filter(({ path }) => !path.endsWith('/access_tokens'));

describe('a request', () => {
  it('is made by octo-bots, as the installation, below the path of the API', async () => {
    await using github = await startScriptedGitHub(({ path }) => {
      if (path === '/api/v3/app/installations/7/access_tokens') {
        return { status: 201, body: { token: 'token-of-7', expires_at: '2099-01-01T00:00:00Z', permissions: {} } };
      }
      return path === '/api/v3/repos/octo/cat' ? repository : undefined;
    });
    const client = await (await connect(`${github.url}/api/v3`)).installation(7);
    expect((await client.rest.repos.get(repo)).data.full_name).toBe('octo/cat');
    const { headers } = github.requests[1] ?? expect.unreachable();
    expect(headers['user-agent']).toMatch(/^octo-bots /);
    expect(headers.authorization).toBe('token token-of-7');
  });

  it('shares the token of its installation with all other runs', async () => {
    await using github = await startScriptedGitHub(inTurn(repository));
    const github7 = await connect(github.url);
    const clients = await Promise.all([github7.installation(7), github7.installation(7), github7.installation(7)]);
    await Promise.all(clients.map((client) => client.rest.repos.get(repo)));
    expect(github.requests.length - withoutTokens(github).length).toBe(1);
  });

  it('is logged with the run’s delivery, each time that it goes out, without a token in it', async () => {
    await using github = await startScriptedGitHub(inTurn({ status: 502 }, repository));
    const lines: object[] = [];
    const note = (fields: object) => lines.push(fields);
    const log = { debug: note, info: note, warn: note, error: note };
    const client = await (await connect(github.url)).installation(7, scopeOf({ delivery: 'delivery-1', log }));
    await client.rest.repos.get(repo);
    const about = { delivery: 'delivery-1', run: 'a-run', durationMs: expect.any(Number) };
    const route = 'GET /repos/{owner}/{repo}';
    expect(lines).toEqual([
      { ...about, method: 'POST', route: 'POST /app/installations/{installation_id}/access_tokens', status: 201 },
      { ...about, method: 'GET', route, status: 502 },
      { ...about, method: 'GET', route, status: 200 },
    ]);
    expect(JSON.stringify(lines)).not.toContain('token-7');
  });
});

describe('a failure that may pass', () => {
  it.each<[string, Reaction]>([
    ['a 502', { status: 502 }],
    ['a 503', { status: 503 }],
    ['a broken connection', 'break'],
  ])('such as %s is repeated', async (_what, failure) => {
    await using github = await startScriptedGitHub(inTurn(failure, failure, repository));
    const client = await (await connect(github.url)).installation(7);
    expect((await client.rest.repos.get(repo)).status).toBe(200);
    expect(withoutTokens(github)).toHaveLength(3);
  });

  it('is not repeated for ever', async () => {
    await using github = await startScriptedGitHub(inTurn({ status: 502, body: { message: 'Bad Gateway' } }));
    const client = await (await connect(github.url)).installation(7);
    const error = await rejection(client.rest.repos.get(repo));
    expect(error).toMatchObject({ code: 'GITHUB_REQUEST_FAILED', retryable: true, status: 502 });
    expect(withoutTokens(github)).toHaveLength(3);
  });

  it('is not repeated for a POST, which may have been carried out', async () => {
    await using github = await startScriptedGitHub(inTurn({ status: 502 }, { status: 201, body: {} }));
    const client = await (await connect(github.url)).installation(7);
    const error = await rejection(client.rest.issues.createComment(comment));
    expect(error).toMatchObject({ code: 'GITHUB_REQUEST_FAILED', retryable: true });
    expect(withoutTokens(github)).toHaveLength(1);
  });

  it('of a token is repeated, for a POST as well', async () => {
    let failures = 2;
    await using github = await startScriptedGitHub(({ path }) => {
      if (path.endsWith('/access_tokens')) return failures-- > 0 ? { status: 502 } : undefined;
      return { status: 201, body: { id: 1 } };
    });
    const client = await (await connect(github.url)).installation(7);
    expect((await client.rest.issues.createComment(comment)).status).toBe(201);
  });

  it('has no status when GitHub did not answer', async () => {
    await using github = await startScriptedGitHub(inTurn('break'));
    const client = await (await connect(github.url)).installation(7);
    const error = await rejection(client.rest.repos.get(repo));
    expect(error).toMatchObject({ code: 'GITHUB_REQUEST_FAILED', retryable: true, status: undefined });
  });
});

describe('a refusal', () => {
  it.each([400, 401, 403, 404, 405, 409, 410, 422, 451])(
    'such as %i tells its status and is not repeated',
    async (status) => {
      // With a new installation token Octokit itself asks again after a 401, so that one is asked for with the App's own.
      await using github = await startScriptedGitHub(inTurn({ status, body: { message: 'No' } }));
      const client = await (await connect(github.url)).installation(7);
      const work = status === 401 ? client.request('GET /app') : client.rest.repos.get(repo);
      const error = await rejection(work);
      expect(error).toMatchObject({ code: 'GITHUB_REQUEST_REFUSED', retryable: false });
      expect(answeredStatus(error)).toBe(status);
      expect(withoutTokens(github)).toHaveLength(1);
    },
  );

  it('for a missing permission names the permission', async () => {
    const headers = { 'x-accepted-github-permissions': 'issues=write' };
    await using github = await startScriptedGitHub(
      inTurn({ status: 403, body: { message: 'Not accessible' }, headers }),
    );
    const client = await (await connect(github.url)).installation(7);
    const error = await rejection(client.rest.issues.createComment(comment));
    expect(error.message).toBe(
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments was answered 403: Not accessible; the request needs issues=write: give the App this permission',
    );
  });

  it.each([
    [401, true],
    [403, false],
    [404, false],
  ])('of the token with %i is not taken for a status of what was asked for', async (status, retryable) => {
    await using github = await startScriptedGitHub(() => ({ status, body: { message: 'No' } }));
    const client = await (await connect(github.url)).installation(7);
    const error = await rejection(client.rest.repos.get(repo));
    expect(error).toMatchObject({ code: 'CLIENT_AUTHENTICATION_FAILED', retryable });
    expect(answeredStatus(error)).toBeUndefined();
  });
});

describe('a rate limit', () => {
  const message = 'You have exceeded a secondary rate limit.';
  const secondary = (status: number, retryAfter: number): ScriptedAnswer => ({
    status,
    body: { message },
    headers: { 'retry-after': String(retryAfter) },
  });

  it.each([403, 429])('of a second, told with %i, is waited for', async (status) => {
    await using github = await startScriptedGitHub(inTurn(secondary(status, 1), repository));
    const client = await (await connect(github.url)).installation(7);
    const startedAt = performance.now();
    expect((await client.rest.repos.get(repo)).status).toBe(200);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(withoutTokens(github)).toHaveLength(2);
  });

  it('that goes on is waited for twice, then told', async () => {
    await using github = await startScriptedGitHub(inTurn(secondary(429, 1)));
    const client = await (await connect(github.url)).installation(7);
    expect(await rejection(client.rest.repos.get(repo))).toMatchObject({ code: 'GITHUB_RATE_LIMITED', status: 429 });
    expect(withoutTokens(github)).toHaveLength(3);
  });

  it.each<[string, ScriptedAnswer, number]>([
    ['a secondary one', secondary(429, 600), 600],
    ['one without words', { status: 429, headers: { 'retry-after': '600' } }, 600],
    ['one without a time', { status: 403, body: { message } }, 60],
    [
      'a primary one',
      {
        status: 403,
        body: { message: 'API rate limit exceeded' },
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 600) },
      },
      600,
    ],
  ])('that is too long to wait for (%s) is told at once, with the time to resume', async (_what, limit, seconds) => {
    await using github = await startScriptedGitHub(inTurn(limit));
    const client = await (await connect(github.url)).installation(7);
    const error = await rejection(client.rest.repos.get(repo));
    expect(error).toMatchObject({ code: 'GITHUB_RATE_LIMITED', retryable: true });
    const waits = ((error.resumeAt ?? 0) - Date.now()) / 1000;
    expect(waits).toBeGreaterThan(seconds - 30);
    expect(waits).toBeLessThanOrEqual(seconds + 1);
    expect(withoutTokens(github)).toHaveLength(1);
  });
});

describe('a clock that is off', () => {
  it('does not shorten the wait for the reset of a rate limit', async () => {
    const now = Math.ceil(Date.now() / 1000);
    // GitHub's clock is ten minutes behind ours: by ours, its reset in five minutes is over.
    const limit = {
      status: 403,
      body: { message: 'API rate limit exceeded' },
      headers: {
        date: new Date((now - 600) * 1000).toUTCString(),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(now - 300),
      },
    };
    await using github = await startScriptedGitHub(inTurn(limit));
    const client = await (await connect(github.url)).installation(7);
    const { resumeAt = 0 } = await rejection(client.rest.repos.get(repo));
    expect((resumeAt - Date.now()) / 1000).toBeGreaterThan(270);
    expect((resumeAt - Date.now()) / 1000).toBeLessThanOrEqual(302);
  });
});

describe('nothing hides a run for long:', () => {
  it('a bot’s first writes do not wait for each other', async () => {
    // With the throttling plugin's own pace, of one comment in three seconds, this would run into the test's time limit.
    await using github = await startScriptedGitHub(inTurn({ status: 201, body: {} }));
    const client = await (await connect(github.url)).installation(9);
    for (let written = 0; written < 10; written++) await client.rest.issues.createComment(comment);
    expect(withoutTokens(github)).toHaveLength(10);
  });

  it('the end of the run ends its request', async () => {
    await using github = await startScriptedGitHub(inTurn('hang'));
    const run = new AbortController();
    const client = await (await connect(github.url)).installation(7, scopeOf({ signal: run.signal }));
    const request = rejection(client.rest.repos.get(repo));
    await waitFor('the request to arrive', () => withoutTokens(github).length === 1);
    const reason = new Error('the run took too long');
    run.abort(reason);
    expect(await request).toBe(reason);
  });

  it('the end of the run ends its wait for a rate limit', async () => {
    const limit = { status: 429, body: { message: 'secondary rate limit' }, headers: { 'retry-after': '15' } };
    await using github = await startScriptedGitHub(inTurn(limit));
    const run = new AbortController();
    const client = await (await connect(github.url)).installation(7, scopeOf({ signal: run.signal }));
    const request = rejection(client.rest.repos.get(repo));
    await waitFor('the request to arrive', () => withoutTokens(github).length === 1);
    run.abort(new Error('the run took too long'));
    expect((await request).message).toBe('the run took too long');
  });

  it('a run that has ended asks nothing more', async () => {
    await using github = await startScriptedGitHub(inTurn(repository));
    const client = await (await connect(github.url)).installation(7, scopeOf({ signal: AbortSignal.abort() }));
    expect((await rejection(client.rest.repos.get(repo))).name).toBe('AbortError');
    expect(withoutTokens(github)).toHaveLength(0);
  });

  it('a request without an answer ends by itself', async () => {
    await using github = await startScriptedGitHub(inTurn('hang'));
    const client = await (await connect(github.url, { limits: { wholeRequestMs: 200 } })).installation(7);
    expect(await rejection(client.rest.repos.get(repo))).toMatchObject({
      code: 'GITHUB_REQUEST_FAILED',
      retryable: true,
    });
  });

  it('the end of one run does not take the token from another that waits for it too', async () => {
    const asked = Promise.withResolvers<void>();
    const firstHasEnded = Promise.withResolvers<void>();
    await using slow = await startScriptedGitHub(async ({ path }) => {
      if (!path.endsWith('/access_tokens')) return repository;
      asked.resolve();
      await firstHasEnded.promise;
      return undefined;
    });
    const github = await connect(slow.url);
    const ending = new AbortController();
    const first = await github.installation(8, scopeOf({ signal: ending.signal }));
    const second = await github.installation(8);
    const ended = rejection(first.rest.repos.get(repo));
    const going = second.rest.repos.get(repo);
    // Both have joined the one request for the token by the time that it has come over the network.
    await asked.promise;
    ending.abort(new Error('ended'));
    expect((await ended).message).toBe('ended');
    firstHasEnded.resolve();
    expect((await going).status).toBe(200);
  });
});
