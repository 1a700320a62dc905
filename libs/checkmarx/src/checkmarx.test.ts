import { createServer } from 'node:http';
import { type ClientScope, silentLog } from '@octo-bots/core';
import { waitFor } from '@octo-bots/testing';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { checkmarxCredentials } from './index.ts';
import type { CxSastRequests } from './types.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

type Answer = { status: number; body?: unknown } | 'hang';

/**
 * A CxSAST server as far as its token goes: gives `token-1`, `token-2`, … for the right password, takes only the last
 * one given and only while it lives, and forgets it when told to.
 */
async function startCheckmarx(
  options: { lifeSeconds?: number; tokenFailure?: () => boolean; answer?: (seen: Seen) => Answer } = {},
) {
  const requests: Seen[] = [];
  let given = 0;
  let refused = 0;
  let live = '';
  let liveUntil = 0;
  const answerTo = (seen: Seen): Answer => {
    if (seen.path === '/cxrestapi/auth/identity/connect/token') {
      if (options.tokenFailure?.()) return { status: 503 };
      const form = new URLSearchParams(seen.body);
      if (form.get('password') !== 'right') return { status: 400, body: { error: 'invalid_grant' } };
      live = `token-${++given}`;
      liveUntil = performance.now() + (options.lifeSeconds ?? 3600) * 1000;
      return {
        status: 200,
        body: { access_token: live, expires_in: options.lifeSeconds ?? 3600, token_type: 'Bearer' },
      };
    }
    if (seen.headers.authorization !== `Bearer ${live}` || performance.now() > liveUntil) {
      refused++;
      return { status: 401 };
    }
    return options.answer?.(seen) ?? { status: 200, body: [] };
  };
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      const seen = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(seen);
      const answer = answerTo(seen);
      if (answer === 'hang') return;
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    requests,
    tokensGiven: () => given,
    requestsRefused: () => refused,
    forgetToken: () => {
      live = 'none';
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const documented = {
  username: 'octo',
  password: 'right',
  'client-secret': 'client-secret',
  'team-full-name': '/CxServer/Octo',
};

function scopeOf(signal = new AbortController().signal): ClientScope {
  const run = { id: 'a-run', kind: 'background-job', name: 'a job', attempt: 1, delivery: undefined } as const;
  return { run, log: silentLog, signal };
}

/** As the loader does it: defaults, then decoding. */
async function connect(url: string, secrets: object = {}, validityMs = 60_000) {
  const { config, secrets: schema } = checkmarxCredentials;
  return checkmarxCredentials
    .create({
      config: Value.Decode(config, { 'api-url': url }),
      secrets: Value.Decode(schema, Value.Default(schema, { ...documented, ...secrets })),
      log: silentLog,
    })
    .createAuthenticatedClient(validityMs);
}

// The contract of core says `unknown`, as it knows no Checkmarx.
const inJob = async (url: string, secrets: object = {}, scope = scopeOf()) =>
  (await (await connect(url, secrets)).forJob(scope)) as CxSastRequests;

const teams = '/auth/teams';

describe('the credentials', () => {
  it('need only what has no usual value', () => {
    const { secrets } = checkmarxCredentials;
    expect(Value.Default(secrets, { ...documented })).toMatchObject({
      'grant-type': 'password',
      scope: 'sast_rest_api',
      'client-id': 'resource_owner_client',
    });
    for (const key of Object.keys(documented)) {
      const without: Record<string, string> = { ...documented };
      delete without[key];
      expect(Value.Check(secrets, Value.Default(secrets, without)), key).toBe(false);
    }
  });

  it('need the URL of a server', () => {
    const { config } = checkmarxCredentials;
    expect(Value.Decode(config, { 'api-url': 'https://checkmarx.api.com/' })).toEqual({
      'api-url': 'https://checkmarx.api.com',
    });
    for (const wrong of ['checkmarx.api.com', 'ftp://checkmarx', '', undefined]) {
      expect(Value.Check(config, { 'api-url': wrong }), String(wrong)).toBe(false);
    }
  });
});

describe('a client', () => {
  it('has no say over webhooks', async () => {
    const client = await connect('http://127.0.0.1:9');
    expect(await client.validateRequest({ headers: {}, body: new Uint8Array() })).toEqual({ accepted: true });
  });

  it('is valid for as long as was said', async () => {
    expect((await connect('http://127.0.0.1:9')).isValid()).toBe(true);
    expect((await connect('http://127.0.0.1:9', {}, 0)).isValid()).toBe(false);
  });

  it('knows the team that owns the projects', async () => {
    expect((await inJob('http://127.0.0.1:9')).team).toBe('/CxServer/Octo');
  });
});

describe('a request', () => {
  it('asks for a token with the first, and keeps it for all that follow', async () => {
    await using server = await startCheckmarx();
    const checkmarx = await inJob(server.url);
    expect(server.requests).toHaveLength(0);
    const responses = await Promise.all([checkmarx.request(teams), checkmarx.request(teams), checkmarx.request(teams)]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(server.tokensGiven()).toBe(1);
    const [first] = server.requests;
    expect(first?.headers['content-type']).toMatch('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(first?.body))).toEqual({
      username: 'octo',
      password: 'right',
      grant_type: 'password',
      scope: 'sast_rest_api',
      client_id: 'resource_owner_client',
      client_secret: 'client-secret',
    });
  });

  it('goes below cxrestapi with what the caller gave, and says who asks', async () => {
    await using server = await startCheckmarx({ answer: () => ({ status: 201, body: { id: 5 } }) });
    const checkmarx = await inJob(server.url);
    const response = await checkmarx.request('/projects', {
      method: 'POST',
      headers: { 'content-type': 'application/json;v=5.0' },
      body: '{"name":"octo"}',
    });
    expect(await response.json()).toEqual({ id: 5 });
    expect(server.requests[1]).toMatchObject({
      method: 'POST',
      path: '/cxrestapi/projects',
      body: '{"name":"octo"}',
      headers: { authorization: 'Bearer token-1', cxorigin: 'octo-bots', 'content-type': 'application/json;v=5.0' },
    });
  });

  it.each([400, 403, 404, 500])('leaves a %i to the caller', async (status) => {
    await using server = await startCheckmarx({ answer: () => ({ status }) });
    expect((await (await inJob(server.url)).request(teams)).status).toBe(status);
  });

  it('renews a token before it ends', async () => {
    await using server = await startCheckmarx({ lifeSeconds: 1.5 });
    const checkmarx = await inJob(server.url);
    await checkmarx.request(teams);
    await waitFor('a second token', async () => {
      expect((await checkmarx.request(teams)).status).toBe(200);
      return server.tokensGiven() === 2;
    });
    expect(server.requestsRefused()).toBe(0);
  });

  it('renews a refused token once, and sends the request again as it was', async () => {
    await using server = await startCheckmarx();
    const checkmarx = await inJob(server.url);
    await checkmarx.request(teams);
    server.forgetToken();
    const response = await checkmarx.request('/projects', { method: 'POST', body: 'as it was' });
    expect(response.status).toBe(200);
    expect(server.tokensGiven()).toBe(2);
    expect(server.requests.at(-1)).toMatchObject({ method: 'POST', body: 'as it was' });
  });

  it('does not renew for ever when even a new token is refused', async () => {
    await using server = await startCheckmarx({ answer: () => ({ status: 401 }) });
    expect((await (await inJob(server.url)).request(teams)).status).toBe(401);
    expect(server.tokensGiven()).toBe(2);
  });

  it('tells that the login is wrong, without showing it', async () => {
    await using server = await startCheckmarx();
    const checkmarx = await inJob(server.url, { password: 'wr0ng-w0rd' });
    const error = await checkmarx.request(teams).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CLIENT_AUTHENTICATION_FAILED' });
    expect(String(error)).toContain('400 (invalid_grant)');
    expect(String(error)).not.toContain('wr0ng-w0rd');
  });

  it('asks for a token again after a failure', async () => {
    let failures = 1;
    await using server = await startCheckmarx({ tokenFailure: () => failures-- > 0 });
    const checkmarx = await inJob(server.url);
    await expect(checkmarx.request(teams)).rejects.toMatchObject({ code: 'CHECKMARX_REQUEST_FAILED', retryable: true });
    expect((await checkmarx.request(teams)).status).toBe(200);
  });

  it('tells that nobody answers', async () => {
    const server = await startCheckmarx();
    await server[Symbol.asyncDispose]();
    const request = (await inJob(server.url)).request(teams);
    await expect(request).rejects.toMatchObject({ code: 'CHECKMARX_REQUEST_FAILED', status: undefined });
  });

  it('ends with its run', async () => {
    await using server = await startCheckmarx({ answer: () => 'hang' });
    const run = new AbortController();
    const checkmarx = await inJob(server.url, {}, scopeOf(run.signal));
    const request = checkmarx.request(teams).catch((thrown: unknown) => thrown);
    await waitFor('the request to arrive', () => server.requests.length === 2);
    const reason = new Error('the run took too long');
    run.abort(reason);
    expect(await request).toBe(reason);
  });
});
