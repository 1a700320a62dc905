import { describe, expect, it } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { type FakeCxSast, startCxSast } from './cxsast.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly type: string | null;
}

/** A client as bare as can be: what comes back is what the server says. */
async function visitor(server: FakeCxSast) {
  const token = await logIn(server);
  return async (method: string, path: string, body?: unknown, version?: string): Promise<Reply> => {
    const v = version === undefined ? '' : `;v=${version}`;
    const isForm = body instanceof FormData;
    return replyOf(
      await fetch(`${server.url}/cxrestapi${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: `application/json${v}`,
          ...(body === undefined || isForm ? {} : { 'content-type': `application/json${v}` }),
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      }),
    );
  };
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: type?.includes('json') && text !== '' ? JSON.parse(text) : text };
}

async function askToken(server: FakeCxSast, changes: Record<string, string> = {}): Promise<Reply> {
  const { username = '', password = '', 'client-secret': secret = '' } = server.login;
  const body = new URLSearchParams({
    username,
    password,
    grant_type: 'password',
    scope: 'sast_rest_api',
    client_id: 'resource_owner_client',
    client_secret: secret,
    ...changes,
  });
  return replyOf(await fetch(`${server.url}/cxrestapi/auth/identity/connect/token`, { method: 'POST', body }));
}

async function logIn(server: FakeCxSast): Promise<string> {
  const { body } = await askToken(server);
  return (body as { access_token: string }).access_token;
}

const git = { url: 'https://github.test/octo/cat.git', branch: 'refs/heads/main', authentication: 'none' };
const newScan = (projectId: number) => ({
  projectId,
  isIncremental: false,
  isPublic: true,
  forceScan: true,
  comment: 'a label',
});

/** A server with the project 101 (`cat`), whose source is set. */
async function withProject(server: FakeCxSast) {
  const ask = await visitor(server);
  const made = await ask('POST', '/projects', { name: 'cat', owningTeam: '4', isPublic: true });
  expect(made.status).toBe(201);
  const { id } = made.body as { id: number };
  expect((await ask('POST', `/projects/${id}/sourceCode/remoteSettings/git`, git, '1.3')).status).toBe(204);
  return { ask, id };
}

describe('the token of CxSAST', () => {
  it('is given for the right login', async () => {
    await using server = await startCxSast();
    expect(await askToken(server)).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' },
    });
  });

  it.each(['username', 'password', 'client_secret', 'client_id', 'grant_type'])(
    'is refused with a wrong %s',
    async (key) => {
      await using server = await startCxSast();
      expect(await askToken(server, { [key]: 'wrong' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    },
  );

  it('is needed, and ends with its life or when it is forgotten', async () => {
    await using server = await startCxSast();
    expect((await fetch(`${server.url}/cxrestapi/projects`)).status).toBe(401);
    const ask = await visitor(server);
    expect((await ask('GET', '/auth/teams')).status).toBe(200);
    server.forgetTokens();
    expect((await ask('GET', '/auth/teams')).status).toBe(401);
    server.setQuirks({ tokenLifeSeconds: 0.001 });
    const late = await visitor(server);
    await waitFor('the token to end', async () => (await late('GET', '/auth/teams')).status === 401);
  });
});

describe('the table of CxSAST: what has no project', () => {
  it.each([
    ['/auth/teams', [{ id: 4, name: 'Octo', fullName: '/CxServer/Octo', parentId: 1 }]],
    ['/sast/presets', expect.arrayContaining([{ id: 36, name: 'Checkmarx Default' }])],
    ['/sast/engineConfigurations', expect.arrayContaining([{ id: 1, name: 'Default Configuration' }])],
    ['/system/version', expect.objectContaining({ version: expect.stringMatching(/^9\.7/), hotFix: '0' })],
  ])('GET %s is 200', async (path, body) => {
    await using server = await startCxSast();
    const ask = await visitor(server);
    expect(await ask('GET', path)).toMatchObject({ status: 200, body });
  });

  it('what it does not know is 404 with a page', async () => {
    await using server = await startCxSast();
    expect(await (await visitor(server))('GET', '/nothing')).toMatchObject({ status: 404, type: 'text/html' });
  });
});

describe('the table of CxSAST: projects', () => {
  it('GET /projects is 404 for none, and takes wildcards in projectName', async () => {
    await using server = await startCxSast();
    const { ask } = await withProject(server);
    await ask('POST', '/projects', { name: 'cat_food', owningTeam: '4', isPublic: true });
    const names = async (query: string) => {
      const { body } = await ask('GET', `/projects?${query}`, undefined, '5.3');
      return (body as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('projectName=cat')).toEqual(['cat']);
    expect(await names('projectName=CAT%25')).toEqual(['cat', 'cat_food']);
    expect(await names('teamId=4&offset=1&limit=1')).toEqual(['cat_food']);
    expect(await ask('GET', '/projects?projectName=dog')).toMatchObject({ status: 404, body: { messageCode: 47_000 } });
  });

  it('POST /projects is 201 with the id; the same name again is 12108; / and [ are refused', async () => {
    await using server = await startCxSast();
    const ask = await visitor(server);
    const project = (name: string) => ({ name, owningTeam: '4', isPublic: true });
    expect(await ask('POST', '/projects', project('cat'), '5.0')).toMatchObject({
      status: 201,
      body: { id: expect.any(Number), link: expect.anything() },
    });
    expect(await ask('POST', '/projects', project('cat'))).toMatchObject({
      status: 400,
      body: { messageCode: 12_108 },
    });
    for (const name of ['octo/cat', 'cat[1]', '']) {
      expect((await ask('POST', '/projects', project(name))).status, name).toBe(400);
    }
    expect((await ask('POST', '/projects', { ...project('dog'), owningTeam: '5' })).status).toBe(400);
  });

  it('POST /projects/{id}/branch is 201, and 47102 without the parent; the branch is made in its own time', async () => {
    await using server = await startCxSast({ quirks: { branching: { polls: 2 } } });
    const { ask, id } = await withProject(server);
    const made = await ask('POST', `/projects/${id}/branch`, { name: 'cat@x' }, '1.0');
    expect(made).toMatchObject({ status: 201, body: { id: expect.any(Number), link: expect.anything() } });
    const branch = (made.body as { id: number }).id;
    expect((await ask('POST', '/sast/scans', newScan(branch))).status).toBe(400);
    const status = async () => (await ask('GET', `/projects/branch/${branch}`, undefined, '4.0')).body;
    expect(await status()).toMatchObject({ status: 'InProgress' });
    expect(await status()).toMatchObject({ status: 'InProgress' });
    expect(await status()).toMatchObject({ status: 'Completed', errorMessage: '' });
    server.setQuirks({ statusAsObject: true });
    expect(await status()).toMatchObject({ status: { id: 2, value: 'Completed' } });
    expect((await ask('POST', '/sast/scans', newScan(branch))).status).toBe(201);
    expect(await ask('POST', '/projects/999/branch', { name: 'x' })).toMatchObject({
      status: 400,
      body: { messageCode: 47_102 },
    });
    expect(server.projects()).toMatchObject([{ name: 'cat' }, { name: 'cat@x', base: String(id) }]);
  });

  it('GET /projects/branch/{id} tells why it failed, and is 404 on old servers', async () => {
    await using server = await startCxSast({ quirks: { branching: { polls: 0, fails: 'the disk is full' } } });
    const { ask, id } = await withProject(server);
    const made = await ask('POST', `/projects/${id}/branch`, { name: 'cat@x' });
    const path = `/projects/branch/${(made.body as { id: number }).id}`;
    expect((await ask('GET', path)).body).toMatchObject({ status: 'Failed', errorMessage: 'the disk is full' });
    server.setQuirks({ noBranchingStatus: true });
    expect(await ask('GET', path)).toMatchObject({ status: 404, type: 'text/html' });
  });

  it('DELETE /projects/{id} is 202, with running scans only when told so', async () => {
    await using server = await startCxSast({ progress: 'by-hand' });
    const { ask, id } = await withProject(server);
    const { body } = await ask('POST', '/sast/scans', newScan(id));
    const scan = (body as { id: number }).id;
    expect((await ask('DELETE', `/projects/${id}`, { deleteRunningScans: false })).status).toBe(400);
    expect((await ask('DELETE', `/projects/${id}`, { deleteRunningScans: true }, '5.0')).status).toBe(202);
    expect(server.projects()).toEqual([]);
    expect((await ask('GET', `/sast/scans/${scan}`)).status).toBe(404);
    expect((await ask('GET', `/projects/${id}`)).status).toBe(404);
    expect(server.scans()).toMatchObject([{ status: 'Deleted', ended: true }]);
  });

  it('POST …/attachments takes a zip as multipart, and that is what a scan reads', async () => {
    await using server = await startCxSast();
    const { ask, id } = await withProject(server);
    const form = new FormData();
    form.set('zippedSource', new Blob([new Uint8Array([80, 75, 3, 4])]), 'source.zip');
    expect((await ask('POST', `/projects/${id}/sourceCode/attachments`, form, '4.0')).status).toBe(204);
    await ask('POST', '/sast/scans', newScan(id));
    expect(server.scans()[0]?.source).toEqual({ kind: 'upload', archive: new Uint8Array([80, 75, 3, 4]) });
    expect((await ask('POST', `/projects/${id}/sourceCode/attachments`, {}, '4.0')).status).toBe(400);
  });

  it('POST …/remoteSettings/git refuses a short branch name and a PAT that is missing', async () => {
    await using server = await startCxSast();
    const { ask, id } = await withProject(server);
    const path = `/projects/${id}/sourceCode/remoteSettings/git`;
    expect((await ask('POST', path, { ...git, branch: 'main' })).status).toBe(400);
    expect((await ask('POST', path, { ...git, authentication: 'PAT' })).status).toBe(400);
  });

  it('POST /sast/scanSettings drops what is left out', async () => {
    await using server = await startCxSast();
    const { ask, id } = await withProject(server);
    server.setScanSettings(String(id), { postScanActionId: 7, failedScan: ['a@b.example'] });
    const read = async () => (await ask('GET', `/sast/scanSettings/${id}`, undefined, '4.0')).body;
    expect(await read()).toMatchObject({
      preset: { id: 36 },
      engineConfiguration: { id: 1 },
      postScanAction: { id: 7 },
    });
    const settings = { projectId: id, presetId: 1, engineConfigurationId: 5 };
    expect((await ask('POST', '/sast/scanSettings', settings, '4.0')).status).toBe(200);
    expect(await read()).toMatchObject({
      preset: { id: 1 },
      postScanAction: null,
      emailNotifications: { failedScan: [] },
    });
    expect((await ask('POST', '/sast/scanSettings', { ...settings, presetId: 99 })).status).toBe(400);
  });
});

describe('the table of CxSAST: scans', () => {
  it('a scan goes from New to Finished, one stage a poll, leaves the queue and has statistics', async () => {
    await using server = await startCxSast();
    server.setCounts({ critical: 1, high: 2, medium: 3, low: 4, info: 5 });
    const { ask, id } = await withProject(server);
    const started = await ask('POST', '/sast/scans', newScan(id), '5.0');
    expect(started).toMatchObject({ status: 201, body: { id: expect.any(Number), link: expect.anything() } });
    const scan = (started.body as { id: number }).id;
    expect((await ask('GET', `/sast/scans/${scan}/resultsStatistics`, undefined, '6.0')).status).toBe(400);
    expect((await ask('GET', `/sast/scansQueue?projectId=${id}`, undefined, '1.2')).body).toMatchObject([{ id: scan }]);
    const stages = [];
    for (;;) {
      const { status, body } = await ask('GET', `/sast/scansQueue/${scan}`, undefined, '1.2');
      if (status === 404) break;
      stages.push((body as { stage: { id: number; value: string } }).stage);
    }
    expect(stages.map(({ id: stage, value }) => `${stage} ${value}`)).toEqual([
      '1 New',
      '10 SourcePullingAndDeployment',
      '2 PreScan',
      '3 Queued',
      '4 Scanning',
      '6 PostScan',
    ]);
    expect((await ask('GET', `/sast/scansQueue?projectId=${id}`)).body).toEqual([]);
    expect((await ask('GET', `/sast/scans/${scan}`, undefined, '5.0')).body).toMatchObject({
      id: scan,
      status: { id: 7, name: 'Finished', details: { stage: 'Scan completed' } },
      finishedScanStatus: { id: 1, value: 'Completed' },
      comment: 'a label',
    });
    expect((await ask('GET', `/sast/scans/${scan}/resultsStatistics`, undefined, '6.0')).body).toEqual({
      criticalSeverity: 1,
      highSeverity: 2,
      mediumSeverity: 3,
      lowSeverity: 4,
      infoSeverity: 5,
    });
    expect(server.scans()).toMatchObject([{ projectName: 'cat', label: 'a label', incremental: false, ended: true }]);
  });

  it('by hand, a scan stays where it is until the test moves it', async () => {
    await using server = await startCxSast({ progress: 'by-hand' });
    const { ask, id } = await withProject(server);
    const { body } = await ask('POST', '/sast/scans', newScan(id));
    const scan = String((body as { id: number }).id);
    const look = async () => (await ask('GET', `/sast/scansQueue/${scan}`)).body;
    expect(await look()).toMatchObject({ stage: { value: 'New' } });
    expect(await look()).toMatchObject({ stage: { value: 'New' } });
    for (let step = 0; step < 3; step++) server.advance(scan);
    expect(await look()).toMatchObject({ stage: { value: 'Queued' }, queuePosition: 1 });
    server.finish(scan, { partial: true });
    expect((await ask('GET', `/sast/scans/${scan}`)).body).toMatchObject({
      finishedScanStatus: { value: 'Partial' },
      partialScanReasons: expect.any(String),
    });
  });

  it('PATCH /sast/scansQueue/{id} cancels, and is 404 once it ended', async () => {
    await using server = await startCxSast();
    const { ask, id } = await withProject(server);
    const { body } = await ask('POST', '/sast/scans', newScan(id));
    const path = `/sast/scansQueue/${(body as { id: number }).id}`;
    expect((await ask('PATCH', path, { status: 'Paused' }, '1.2')).status).toBe(400);
    expect((await ask('PATCH', path, { status: 'Canceled' }, '1.2')).status).toBe(200);
    expect(server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
    expect((await ask('PATCH', path, { status: 'Canceled' }, '1.2')).status).toBe(404);
  });

  it('refuses an incremental scan of too many changes, when told to', async () => {
    await using server = await startCxSast({ quirks: { refusesIncremental: true, endedStaysInQueue: 1 } });
    const { ask, id } = await withProject(server);
    const { body } = await ask('POST', '/sast/scans', { ...newScan(id), isIncremental: true });
    const path = `/sast/scansQueue/${(body as { id: number }).id}`;
    let last: unknown;
    for (let reply = await ask('GET', path); reply.status === 200; reply = await ask('GET', path)) last = reply.body;
    expect(last).toMatchObject({
      stage: { id: 9, value: 'Failed' },
      stageDetails: expect.stringMatching(/Changes exceeded the threshold limit.*A full scan should be submitted/),
    });
  });

  it('skips an unchanged source without forceScan', async () => {
    await using server = await startCxSast({ progress: 'by-hand' });
    const { ask, id } = await withProject(server);
    const first = await ask('POST', '/sast/scans', newScan(id));
    server.finish(String((first.body as { id: number }).id));
    await ask('POST', '/sast/scans', { ...newScan(id), forceScan: false });
    await ask('POST', '/sast/scans', newScan(id));
    expect(server.scans().map(({ status }) => status)).toEqual(['Finished', 'Canceled', 'New']);
  });

  it('lists the scans of a project, newest first, by status', async () => {
    await using server = await startCxSast({ progress: 'by-hand' });
    const { ask, id } = await withProject(server);
    for (let count = 0; count < 3; count++) await ask('POST', '/sast/scans', newScan(id));
    const [first, second] = server.scans();
    server.finish(first?.id ?? '');
    server.finish(second?.id ?? '');
    const { body } = await ask('GET', `/sast/scans?projectId=${id}&scanStatus=Finished&last=1`);
    expect(body).toMatchObject([{ id: Number(second?.id), comment: 'a label' }]);
  });

  it('needs a source', async () => {
    await using server = await startCxSast();
    const ask = await visitor(server);
    const { body } = await ask('POST', '/projects', { name: 'bare', owningTeam: '4', isPublic: true });
    expect((await ask('POST', '/sast/scans', newScan((body as { id: number }).id))).status).toBe(400);
    expect((await ask('POST', '/sast/scans', newScan(999))).status).toBe(400);
  });
});

describe('what differs between servers', () => {
  it('an old one knows no version 6.0 and no critical severity', async () => {
    await using server = await startCxSast({ progress: 'by-hand', quirks: { version: '9.4.1' } });
    server.setCounts({ critical: 1, high: 2 });
    const { ask, id } = await withProject(server);
    const { body } = await ask('POST', '/sast/scans', newScan(id));
    const scan = String((body as { id: number }).id);
    server.finish(scan);
    const statistics = (version?: string) => ask('GET', `/sast/scans/${scan}/resultsStatistics`, undefined, version);
    expect(await statistics('6.0')).toMatchObject({ status: 400, body: { error: { code: 'UnsupportedApiVersion' } } });
    const old = { highSeverity: 2, mediumSeverity: 0, lowSeverity: 0, infoSeverity: 0 };
    expect(await statistics()).toMatchObject({ status: 200, body: old });
    expect((await statistics()).body).not.toHaveProperty('criticalSeverity');
  });

  it('a version that is too high is refused, for what is written as well', async () => {
    await using server = await startCxSast({ quirks: { highestApiVersion: 1 } });
    const ask = await visitor(server);
    const project = { name: 'cat', owningTeam: '4', isPublic: true };
    const refused = { status: 400, body: { error: { code: 'UnsupportedApiVersion' } } };
    expect(await ask('POST', '/projects', project, '5.0')).toMatchObject(refused);
    expect((await ask('POST', '/projects', project, '1.0')).status).toBe(201);
    expect(await ask('GET', '/projects', undefined, '5.3')).toMatchObject(refused);
  });

  it.each([
    ['message-code', { messageCode: expect.any(Number), messageDetails: expect.any(String) }],
    ['model-state', { message: expect.any(String), modelState: { request: [expect.any(String)] } }],
    ['error-object', { error: { code: expect.any(String), message: expect.any(String) } }],
    ['html', expect.stringContaining('<html>')],
    ['empty', ''],
  ] as const)('an error may come as %s', async (errorShape, body) => {
    await using server = await startCxSast({ quirks: { errorShape } });
    const { ask, id } = await withProject(server);
    const path = `/projects/${id}/sourceCode/remoteSettings/git`;
    expect(await ask('POST', path, { ...git, branch: 'main' })).toMatchObject({ status: 400, body });
  });

  it('answers as planned: instead of what was asked, or after it', async () => {
    await using server = await startCxSast();
    const { ask, id } = await withProject(server);
    server.answerWith({ path: /scans$/, answer: { status: 503, headers: { 'retry-after': '2' } } });
    expect((await ask('POST', '/sast/scans', newScan(id))).status).toBe(503);
    expect(server.scans()).toHaveLength(0);
    server.answerWith({ path: /scans$/, answer: 'cut off', afterwards: true });
    await expect(ask('POST', '/sast/scans', newScan(id))).rejects.toThrow();
    expect(server.scans()).toHaveLength(1);
    expect(server.requests().at(-1)).toMatchObject({
      method: 'POST',
      path: '/cxrestapi/sast/scans',
      status: undefined,
    });
  });
});
