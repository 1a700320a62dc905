import { silentLog } from '@octo-bots/core';
import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import {
  clientOf,
  credential,
  failureOf,
  gitSource,
  pathsOf,
  products,
  scanRequest,
  scopeOf,
} from './test-support/harness.ts';

describe.each(products)('a request to $product', ({ start }) => {
  it('shares one token with all others, and renews it once when it is refused', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const tokens = () => pathsOf(server).filter((path) => path.endsWith('/token')).length;
    await Promise.all([1, 2, 3].map(() => checkmarx.findProject('cat')));
    expect(tokens()).toBe(1);
    server.forgetTokens();
    await checkmarx.createProject('cat');
    expect(tokens()).toBe(2);
    expect(server.projects()).toHaveLength(1);
  });

  it('does not renew a token for ever', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    server.answerWith({ path: /(?<!token)$/, answer: { status: 401 }, times: 99 });
    expect(await failureOf(checkmarx.createProject('cat'))).toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      status: undefined,
    });
    expect(server.requests().length).toBeLessThan(6);
  });

  it('is repeated after a 503 and a broken connection when it only reads', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const { name } = await checkmarx.createProject('cat');
    server.answerWith({ path: /projects/, answer: { status: 503 } });
    server.answerWith({ path: /projects/, answer: 'cut off' });
    expect(await checkmarx.findProject('cat')).toMatchObject({ name });
  });

  it('is not repeated for ever', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    await checkmarx.findProject('cat');
    server.answerWith({
      path: /projects/,
      answer: { status: 502, body: '<html><title>Bad Gateway</title></html>' },
      times: 9,
    });
    const before = server.requests().length;
    expect(await failureOf(checkmarx.findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      status: 502,
      message: expect.stringContaining('Bad Gateway'),
    });
    expect(server.requests().length - before).toBe(3);
  });

  it('waits as long as the server asks, when that is short', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    await checkmarx.findProject('cat');
    server.answerWith({ path: /projects/, answer: { status: 429, headers: { 'retry-after': '1' } } });
    const startedAt = performance.now();
    expect(await checkmarx.findProject('cat')).toBeUndefined();
    // A timer may fire a little early, as it counts whole milliseconds.
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('is left for later when the server asks for a long wait', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    await checkmarx.findProject('cat');
    server.answerWith({ path: /projects/, answer: { status: 503, headers: { 'retry-after': '120' } } });
    const before = Date.now();
    const error = await failureOf(checkmarx.findProject('cat'));
    expect(error).toMatchObject({ code: 'CHECKMARX_REQUEST_FAILED', resumeAt: expect.any(Number) });
    expect((error as { resumeAt: number }).resumeAt).toBeGreaterThanOrEqual(before + 120_000);
  });

  it('ends with its run, also while it waits to be repeated', async () => {
    await using server = await start();
    const run = new AbortController();
    const checkmarx = await clientOf(server, scopeOf(run.signal), { limits: { retryBaseMs: 60_000 } });
    await checkmarx.findProject('cat');
    const asked = server.requests().length;
    server.answerWith({ path: /projects/, answer: { status: 503 }, times: 9 });
    const request = failureOf(checkmarx.findProject('cat'));
    await waitFor('the request to be refused', () => server.requests()[asked]?.status === 503);
    const reason = new Error('the run took too long');
    run.abort(reason);
    expect(await request).toBe(reason);
  });

  it('ends with its run while the server hangs', async () => {
    await using server = await start();
    const run = new AbortController();
    const checkmarx = await clientOf(server, scopeOf(run.signal));
    await checkmarx.findProject('cat');
    const asked = server.requests().length;
    server.answerWith({ path: /projects/, answer: 'hang' });
    const request = failureOf(checkmarx.findProject('cat'));
    await waitFor('the request to arrive', () => server.requests().length > asked);
    const reason = new Error('the run took too long');
    run.abort(reason);
    expect(await request).toBe(reason);
  });

  it('ends with its run while it waits for the token that all share', async () => {
    await using server = await start();
    const run = new AbortController();
    const checkmarx = await clientOf(server, scopeOf(run.signal));
    server.answerWith({ path: /token$/, answer: 'hang' });
    const request = failureOf(checkmarx.findProject('cat'));
    await waitFor('the request to arrive', () => server.requests().length > 0);
    const reason = new Error('the run took too long');
    run.abort(reason);
    expect(await request).toBe(reason);
  });

  it('is logged with its run, and without a secret', async () => {
    await using server = await start();
    const lines: object[] = [];
    const log = { ...silentLog, debug: (fields: object, message: string) => lines.push({ ...fields, message }) };
    const checkmarx = await clientOf(server, { ...scopeOf(), log });
    const project = await checkmarx.createProject('cat');
    await checkmarx.startScan(scanRequest(project, { source: { ...gitSource, credential } }));
    expect(lines.at(-1)).toMatchObject({
      message: 'Checkmarx request',
      run: 'a-run',
      method: 'POST',
      route: expect.stringMatching(/^POST .*scans$/),
      status: 201,
      durationMs: expect.any(Number),
    });
    expect(lines).toHaveLength(server.requests().length - 1);
    expect(JSON.stringify(lines)).not.toMatch(/token-1|ghs_|password|api-key/);
  });

  it('has a time limit of its own', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server, scopeOf(), { limits: { requestMs: 1_500, retries: 0 } });
    await checkmarx.findProject('cat');
    server.answerWith({ path: /projects/, answer: 'hang' });
    expect(await failureOf(checkmarx.findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      status: undefined,
    });
  });

  it('tells that nobody answers', async () => {
    const server = await start();
    await server[Symbol.asyncDispose]();
    expect(await failureOf((await clientOf(server)).findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      retryable: true,
      message: expect.stringContaining('did not answer'),
    });
  });

  it('tells what a refusal says, and never a secret', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    const said = `cannot clone https://me:${credential.token}@github.test with ${credential.token}`;
    server.answerWith({ method: 'POST', path: /git$|scans$/, answer: { status: 400, body: { message: said } } });
    const source = { ...gitSource, credential };
    const error = await failureOf(checkmarx.startScan(scanRequest(project, { source })));
    expect(error).toMatchObject({ code: 'CHECKMARX_REQUEST_REFUSED', status: 400, retryable: false });
    expect(String(error)).toContain('cannot clone https://…@github.test with …');
    expect(String(error)).not.toContain(credential.token);
  });

  it('is not sent on to where the server redirects it, with its secrets; the message says what to write instead', async () => {
    await using server = await start();
    await using elsewhere = await start();
    const redirected = { status: 307, headers: { location: `${elsewhere.url}/login` } };
    server.answerWith({ path: /token$/, answer: redirected });
    const checkmarx = await clientOf(server);

    expect(await failureOf(checkmarx.findProject('cat'))).toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      message: expect.stringContaining('that is a redirect'),
    });
    await checkmarx.findProject('cat');
    server.answerWith({ path: /projects/, answer: redirected });
    expect(await failureOf(checkmarx.findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_REFUSED',
      status: 307,
      message: expect.stringContaining('api-url must be where it leads to'),
    });

    expect(elsewhere.requests()).toEqual([]);
  });

  it('tells that something else stands at api-url', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    server.answerWith({ path: /projects|teams/, answer: { status: 200, body: '<html>Welcome</html>' } });
    expect(await failureOf(checkmarx.findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      message: expect.stringContaining('api-url must be that of a Checkmarx server'),
    });
  });
});
