import { startCheckmarxOne, waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import {
  byHand,
  clientOf,
  credential,
  failureOf,
  gitSource,
  pathsOf,
  scanRequest,
  startedScan,
} from '../test-support/harness.ts';

describe('the login to Checkmarx One', () => {
  it('works with an OAuth client, too', async () => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf({ url: server.url, login: server.clientLogin });
    expect(await checkmarx.createProject('cat')).toMatchObject({ name: 'cat' });
  });

  it.each([
    ['an API key', 'login', { 'api-key': 'wr0ng' }, '400 (invalid_grant); api-key must be valid'],
    [
      'an OAuth client',
      'clientLogin',
      { 'client-secret': 'wr0ng' },
      '401 (unauthorized_client); client-id and client-secret must be valid',
    ],
    ['a tenant', 'login', { tenant: 'wr0ng' }, '404 (Realm does not exist); no tenant of that name is there'],
  ] as const)('tells that %s is wrong, without showing it', async (_, kind, wrong, message) => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf({ url: server.url, login: { ...server[kind], ...wrong } });
    const error = await failureOf(checkmarx.findProject('cat'));
    expect(error).toMatchObject({ code: 'CLIENT_AUTHENTICATION_FAILED', status: undefined });
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('wr0ng');
  });

  it('says with each request who asks, and in which version', async () => {
    await using server = await startCheckmarxOne();
    await (await clientOf(server)).findProject('cat');
    expect(server.requests().at(-1)?.headers).toMatchObject({
      accept: '*/*; version=1.0',
      'user-agent': 'octo-bots',
      authorization: expect.stringMatching(/^Bearer /),
    });
  });
});

describe('projects of Checkmarx One', () => {
  it('are branched with the settings of their base', async () => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    server.setProject(base.id, { tags: { team: 'felines' }, preset: 'High and Low' });
    const branch = await checkmarx.createBranchProject(base, 'cat@x');
    expect(server.tagsOf(branch.id)).toEqual({ team: 'felines' });
    expect(server.presetOf(branch.id)).toBe('High and Low');
  });

  it('take no settings from their base that are those of the tenant', async () => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf(server);
    await checkmarx.createBranchProject(await checkmarx.createProject('cat'), 'cat@x');
    expect(pathsOf(server).filter((path) => path.startsWith('PATCH'))).toEqual([]);
  });

  it('are not left behind half made', async () => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    server.setProject(base.id, { preset: 'High and Low' });
    server.answerWith({ method: 'PATCH', path: /configuration/, answer: { status: 500 }, times: 3 });
    expect(await failureOf(checkmarx.createBranchProject(base, 'cat@x'))).toMatchObject({ status: 500 });
    expect(server.projects().map(({ name }) => name)).toEqual(['cat']);
  });

  it('are left alone when somebody else made them meanwhile', async () => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    const theirs = await checkmarx.createProject('cat@x');
    server.setProject(base.id, { preset: 'High and Low' });
    // Not there yet when we look; there when we want to make it.
    server.answerWith({ path: /names=cat%40x/, answer: { status: 200, body: { projects: [] } } });
    expect(await checkmarx.createBranchProject(base, 'cat@x')).toEqual(theirs);
    expect(pathsOf(server).filter((path) => /^(PATCH|DELETE)/.test(path))).toEqual([]);
  });

  it('are branched also where their settings may not be read', async () => {
    await using server = await startCheckmarxOne();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    server.answerWith({ path: /configuration/, answer: { status: 403 } });
    expect(await checkmarx.createBranchProject(base, 'cat@x')).toMatchObject({ name: 'cat@x' });
  });

  it('are deleted only once their scans were stopped', async () => {
    await using server = await startCheckmarxOne(byHand);
    const checkmarx = await clientOf(server);
    const { project } = await startedScan(checkmarx);
    await checkmarx.deleteProject(project);
    expect(server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
    expect(server.projects()).toEqual([]);
  });

  it('keep their tags when they are scanned', async () => {
    await using server = await startCheckmarxOne(byHand);
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    server.setProject(project.id, { tags: { team: 'felines' } });
    await checkmarx.startScan(scanRequest(project));
    expect(server.tagsOf(project.id)).toEqual({ team: 'felines' });
  });
});

describe('a scan by Checkmarx One', () => {
  it('is told what matters: the commit, the token, texts as settings and the label as its tag', async () => {
    await using server = await startCheckmarxOne(byHand);
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    const source = { ...gitSource, credential };
    await checkmarx.startScan(scanRequest(project, { source, incremental: true }));
    expect(server.requests().at(-1)?.body).toEqual({
      type: 'git',
      handler: {
        repoUrl: 'https://github.test/octo/cat.git',
        branch: 'feature/x',
        commit: 'c0ffee',
        credentials: { username: 'x-access-token', type: 'apiKey', value: credential.token },
      },
      project: { id: project.id },
      config: [{ type: 'sast', value: { incremental: 'true' } }],
      tags: { 'octo-bots': 'run 1' },
    });
  });

  it('is for later when the queue is full', async () => {
    await using server = await startCheckmarxOne({ quirks: { queueFull: 1 } });
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    const before = Date.now();
    const error = await failureOf(checkmarx.startScan(scanRequest(project)));
    expect(error).toMatchObject({
      code: 'CHECKMARX_QUEUE_FULL',
      retryable: true,
      message: expect.stringContaining('the maximum number of queued scans was reached'),
    });
    expect((error as { resumeAt: number }).resumeAt).toBeGreaterThan(before);
    expect(await checkmarx.startScan(scanRequest(project))).toMatchObject({ label: 'run 1' });
  });

  it('gives its token to no other server with an upload', async () => {
    await using server = await startCheckmarxOne(byHand);
    await using storage = await startCheckmarxOne();
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    server.answerWith({ path: /uploads/, answer: { status: 200, body: { url: `${storage.url}/there?signature=s` } } });
    storage.answerWith({ method: 'PUT', path: /there/, answer: { status: 200 } });
    // The archive went elsewhere, so the server knows nothing of it.
    const source = { kind: 'upload', archive: new Uint8Array([1]) } as const;
    await failureOf(checkmarx.startScan(scanRequest(project, { source })));
    const [put] = storage.requests();
    expect(put).toMatchObject({ method: 'PUT', path: '/there?signature=s', status: 200 });
    expect(put?.headers.authorization).toBeUndefined();
  });

  it('is found among many', async () => {
    await using server = await startCheckmarxOne(byHand);
    const checkmarx = await clientOf(server);
    const { project } = await startedScan(checkmarx);
    const { id } = project;
    const [{ headers: { authorization = '' } = {} } = {}] = server.requests().slice(-1);
    const started = Array.from({ length: 120 }, (_, count) =>
      fetch(`${server.url}/api/scans`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          type: 'git',
          handler: { repoUrl: 'https://github.test/octo/cat.git', branch: `b${count}` },
          project: { id },
          tags: { 'octo-bots': `many ${count}` },
        }),
      }),
    );
    for (const { status } of await Promise.all(started)) expect(status).toBe(201);
    const scans = await checkmarx.activeScans(project);
    expect(new Set(scans.map(({ label }) => label)).size).toBe(121);
    expect(scans[0]?.label).toBe('run 1');
    for (const scan of scans) server.finish(scan.id);
    expect(await checkmarx.finishedScan(project, 'many 119')).toMatchObject({ label: 'many 119' });
  });

  it('ends as the quirks of a tenant have it', async () => {
    await using server = await startCheckmarxOne({ quirks: { partial: true } });
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    await waitFor('the scan to end', async () => (await checkmarx.scan(scan.id)).state === 'partial');
  });

  it('that has a status nobody has heard of is on its way', async () => {
    await using server = await startCheckmarxOne(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    const body = { id: scan.id, status: 'Sleeping' };
    server.answerWith({ path: /scans\//, answer: { status: 200, body } });
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'running', stage: 'Sleeping' });
  });
});

describe('the counts of Checkmarx One', () => {
  async function counted(quirks: Parameters<typeof startCheckmarxOne>[0] = {}) {
    const server = await startCheckmarxOne({ ...byHand, ...quirks });
    server.setCounts({ critical: 1, high: 2 });
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.finish(scan.id);
    return { server, counts: () => checkmarx.counts(scan.id) };
  }

  it('are zero for what is not listed', async () => {
    for (const totalCounter of [true, false]) {
      const { server, counts } = await counted({ quirks: { totalCounter } });
      await using _ = server;
      expect(await counts()).toEqual({ critical: 1, high: 2, medium: 0, low: 0, info: 0 });
    }
  });

  it('are missing for what is not listed when the total says that there is more', async () => {
    const { server, counts } = await counted({ quirks: { hidesCritical: true } });
    await using _ = server;
    expect(await counts()).toEqual({ high: 2 });
  });

  it('that are not there yet may be asked for again', async () => {
    const { server, counts } = await counted({ quirks: { lateSummaries: 1 } });
    await using _ = server;
    expect(await failureOf(counts())).toMatchObject({ code: 'CHECKMARX_REQUEST_FAILED', retryable: true });
    expect(await counts()).toMatchObject({ critical: 1 });
  });
});
