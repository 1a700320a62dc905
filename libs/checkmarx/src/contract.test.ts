import { type FakeCheckmarxOptions, startCheckmarxOne, startCxSast, waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { clientOf, credential, failureOf, pathsOf, scanRequest, scopeOf, startedScan } from './test-support/harness.ts';

/** One suite over both products: what an operation may rely on, whichever answers. */
const products = [
  { product: 'CxSAST', start: (options?: FakeCheckmarxOptions) => startCxSast(options), git: 'refs/heads/feature/x' },
  { product: 'Checkmarx One', start: (options?: FakeCheckmarxOptions) => startCheckmarxOne(options), git: 'feature/x' },
] as const;

const byHand = { progress: 'by-hand' } as const;

describe.each(products)('the projects of $product', ({ product, start }) => {
  it('says which product it is', async () => {
    await using server = await start();
    expect((await clientOf(server)).product).toBe(product);
  });

  it('have names that the server takes', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    expect(checkmarx.projectName('octo/cat@feature/[x] ü')).toBe('octo_cat@feature__x___');
    const made = await checkmarx.createProject('octo/cat@feature/[x] ü');
    expect(made.name).toBe('octo_cat@feature__x___');
    expect(await checkmarx.findProject('octo/cat@feature/[x] ü')).toEqual(made);
  });

  it('are found by exactly their name', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    expect(await checkmarx.findProject('c_t')).toBeUndefined();
    await checkmarx.createProject('cat');
    await checkmarx.createProject('Cat.food');
    // A wildcard, another case, a part of it.
    for (const other of ['c_t', 'CAT', 'ca', 'cat.food']) {
      expect(await checkmarx.findProject(other), other).toBeUndefined();
    }
    expect(await checkmarx.findProject('cat')).toMatchObject({ name: 'cat' });
  });

  it('are made once, also when somebody else was faster', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const both = await Promise.all([checkmarx.createProject('cat'), checkmarx.createProject('cat')]);
    expect(both[0]).toEqual(both[1]);
    const branches = await Promise.all([1, 2].map(() => checkmarx.createBranchProject(both[0], 'cat@x')));
    expect(branches[0]).toEqual(branches[1]);
    expect(server.projects().map(({ name }) => name)).toEqual(['cat', 'cat@x']);
  });

  it('that were never branched are ready', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    expect(await checkmarx.branching(await checkmarx.createProject('cat'))).toEqual({
      state: 'ready',
      reason: undefined,
    });
  });

  it('become ready as branches', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const branch = await checkmarx.createBranchProject(await checkmarx.createProject('cat'), 'cat@x');
    await waitFor('the branch', async () => (await checkmarx.branching(branch)).state === 'ready');
    expect((await checkmarx.startScan(scanRequest(branch))).label).toBe('run 1');
    expect(server.scans()).toMatchObject([{ projectName: 'cat@x' }]);
  });

  it('are not branched from one that is gone', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    await checkmarx.deleteProject(base);
    expect(await failureOf(checkmarx.createBranchProject(base, 'cat@x'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_REFUSED',
      retryable: false,
    });
  });

  it('are deleted with their scans, and once', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    await checkmarx.deleteProject(project);
    expect(server.projects()).toEqual([]);
    expect(server.scans()).toMatchObject([{ ended: true }]);
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'gone', reason: undefined });
    expect(await checkmarx.findProject('cat')).toBeUndefined();
    await checkmarx.deleteProject(project);
  });
});

describe.each(products)('a scan by $product', ({ start, git }) => {
  it('goes from queued over running to finished, and has counts', async () => {
    await using server = await start();
    server.setCounts({ critical: 1, high: 2, medium: 3, low: 4, info: 5 });
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    expect(await checkmarx.hasFinishedScan(project)).toBe(false);
    const states = new Set<string>();
    await waitFor('the scan to finish', async () => {
      const { state, id, incrementalRefused } = await checkmarx.scan(scan.id);
      expect({ id, incrementalRefused }).toEqual({ id: scan.id, incrementalRefused: false });
      states.add(state);
      return state === 'finished';
    });
    expect([...states]).toEqual(['queued', 'running', 'finished']);
    expect(await checkmarx.counts(scan.id)).toEqual({ critical: 1, high: 2, medium: 3, low: 4, info: 5 });
    expect(await checkmarx.hasFinishedScan(project)).toBe(true);
    expect(await checkmarx.activeScans(project)).toEqual([]);
  });

  it('that finds nothing has zero of everything', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.finish(scan.id);
    expect(await checkmarx.counts(scan.id)).toEqual({ critical: 0, high: 0, medium: 0, low: 0, info: 0 });
  });

  it('reads the branch that it was told to, openly or with a token', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project } = await startedScan(checkmarx);
    const source = { ...scanRequest(project).source, credential };
    await checkmarx.startScan(scanRequest(project, { source, incremental: true, label: 'run 2' }));
    const read = { kind: 'git', url: 'https://github.test/octo/cat.git', branch: git };
    expect(server.scans()).toMatchObject([
      { source: { ...read, token: undefined }, incremental: false, label: 'run 1' },
      { source: { ...read, token: credential.token }, incremental: true, label: 'run 2' },
    ]);
  });

  it('reads an archive', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const archive = new Uint8Array([80, 75, 3, 4, 0, 255]);
    await startedScan(checkmarx, { source: { kind: 'upload', archive } });
    expect(server.scans()[0]?.source).toEqual({ kind: 'upload', archive });
  });

  it('is found again by its label while it is under way, in the order of starting', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    const second = await checkmarx.startScan(scanRequest(project, { label: 'run 2' }));
    const other = await checkmarx.createProject('dog');
    await checkmarx.startScan(scanRequest(other, { label: 'run 3' }));
    expect(await checkmarx.activeScans(project)).toEqual([
      { id: scan.id, label: 'run 1' },
      { id: second.id, label: 'run 2' },
    ]);
    server.finish(scan.id);
    expect(await checkmarx.activeScans(project)).toEqual([{ id: second.id, label: 'run 2' }]);
  });

  it('is started once for its label, whatever happens to the answer', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    server.answerWith({ method: 'POST', path: /\/scans$/, answer: 'cut off', afterwards: true });
    const scan = await checkmarx.startScan(scanRequest(project));
    expect(await checkmarx.startScan(scanRequest(project))).toEqual(scan);
    expect(server.scans().map(({ id }) => id)).toEqual([scan.id]);
  });

  it('is not started again when the server fails before it', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    server.answerWith({ method: 'POST', path: /\/scans$/, answer: { status: 503 }, times: 9 });
    expect(await failureOf(checkmarx.startScan(scanRequest(project)))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      status: 503,
      retryable: true,
    });
    expect(pathsOf(server).filter((path) => /^POST .*\/scans$/.test(path))).toHaveLength(1);
  });

  it('tells its place in the queue while it waits there', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    const { id } = await checkmarx.startScan(scanRequest(project, { label: 'run 2' }));
    const queued = () => server.scans().filter(({ status }) => status === 'Queued').length;
    while (queued() < 2) for (const one of server.scans()) if (one.status !== 'Queued') server.advance(one.id);
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'queued', stage: 'Queued', queuePosition: 1 });
    expect(await checkmarx.scan(id)).toMatchObject({ state: 'queued', queuePosition: 2 });
    server.advance(scan.id);
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'running', queuePosition: undefined });
  });

  it('that finished partly is no clean pass', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.finish(scan.id, { partial: true });
    expect(await checkmarx.scan(scan.id)).toMatchObject({
      state: 'partial',
      reason: expect.stringMatching(/some files could not be parsed/i),
    });
  });

  it('that failed says why', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.fail(scan.id, 'the repository is empty');
    expect(await checkmarx.scan(scan.id)).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('the repository is empty'),
      incrementalRefused: false,
    });
  });

  it('that the server canceled says why', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.cancel(scan.id, 'a newer scan of this project');
    expect(await checkmarx.scan(scan.id)).toMatchObject({
      state: 'canceled',
      reason: expect.stringContaining('a newer scan'),
    });
  });

  it('that was refused as incremental says so', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx, { incremental: true });
    server.fail(scan.id, 'Changes exceeded the threshold limit - 7%. A full scan should be submitted.');
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'failed', incrementalRefused: true });
  });

  it('that never was is gone', async () => {
    await using server = await start();
    expect(await (await clientOf(server)).scan('4711')).toMatchObject({ state: 'gone', id: '4711' });
  });

  it('is canceled on the server; one that ended or is gone stays as it is', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    await checkmarx.cancel(scan.id);
    expect(server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
    await checkmarx.cancel(scan.id);
    await checkmarx.cancel('4711');
    const second = await checkmarx.startScan(scanRequest(project));
    server.finish(second.id);
    await checkmarx.cancel(second.id);
    expect(await checkmarx.scan(second.id)).toMatchObject({ state: 'finished' });
  });

  it('has no counts before it finished', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    expect(await failureOf(checkmarx.counts(scan.id))).toMatchObject({ name: 'OctoError' });
  });

  it('is shown to people in a browser', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    const url = URL.parse(checkmarx.scanUrl(project, scan.id));
    expect(url?.origin).toBe(server.url);
    expect(url?.href).toContain(scan.id);
    expect(url?.href).toContain(project.id);
  });
});

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

  it('has a time limit of its own', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server, scopeOf(), { limits: { requestMs: 200, retries: 0 } });
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
    const source = { ...scanRequest(project).source, credential };
    const error = await failureOf(checkmarx.startScan(scanRequest(project, { source })));
    expect(error).toMatchObject({ code: 'CHECKMARX_REQUEST_REFUSED', status: 400, retryable: false });
    expect(String(error)).toContain('cannot clone https://…@github.test with …');
    expect(String(error)).not.toContain(credential.token);
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
