import { describe, expect, it } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { type FakeCheckmarxOne, startCheckmarxOne } from './one.ts';
import { type Reply, replyOf } from './test-support/visitor.ts';

/** A client as bare as can be: what comes back is what the server says. */
async function visitor(server: FakeCheckmarxOne) {
  const { body } = await askToken(server, 'octo', keyForm(server));
  const { access_token: token } = body as { access_token: string };
  return async (method: string, path: string, json?: unknown): Promise<Reply> =>
    replyOf(
      await fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: '*/*; version=1.0',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    );
}

async function askToken(server: FakeCheckmarxOne, tenant: string, form: Record<string, string>): Promise<Reply> {
  const url = `${server.url}/auth/realms/${tenant}/protocol/openid-connect/token`;
  return replyOf(await fetch(url, { method: 'POST', body: new URLSearchParams(form) }));
}

const keyForm = ({ login }: FakeCheckmarxOne) => ({
  grant_type: 'refresh_token',
  client_id: 'ast-app',
  refresh_token: login['api-key'] ?? '',
});

const clientForm = ({ clientLogin }: FakeCheckmarxOne) => ({
  grant_type: 'client_credentials',
  client_id: clientLogin['client-id'] ?? '',
  client_secret: clientLogin['client-secret'] ?? '',
});

const newScan = (id: string, incremental: unknown = 'false') => ({
  type: 'git',
  handler: {
    repoUrl: 'https://github.test/octo/cat.git',
    branch: 'main',
    commit: 'c0ffee',
    credentials: { username: 'octo', type: 'apiKey', value: 'a-token' },
  },
  project: { id },
  config: [{ type: 'sast', value: { incremental } }],
  tags: { label: 'run 1' },
});

async function withProject(server: FakeCheckmarxOne) {
  const ask = await visitor(server);
  const { body } = await ask('POST', '/api/projects', { name: 'cat', tags: { team: 'felines' }, criticality: 5 });
  return { ask, id: (body as { id: string }).id };
}

async function withScan(server: FakeCheckmarxOne) {
  const { ask, id } = await withProject(server);
  const { body } = await ask('POST', '/api/scans', newScan(id));
  return { ask, id, scan: (body as { id: string }).id };
}

describe('the token of Checkmarx One', () => {
  it('is given for an API key and for an OAuth client', async () => {
    await using server = await startCheckmarxOne();
    const given = { status: 200, body: { access_token: expect.any(String), expires_in: 1800, token_type: 'Bearer' } };
    expect(await askToken(server, 'octo', keyForm(server))).toMatchObject(given);
    expect(await askToken(server, 'octo', clientForm(server))).toMatchObject(given);
  });

  it('is 400 or 401 for a wrong login, 404 for a wrong tenant', async () => {
    await using server = await startCheckmarxOne();
    const status = async (tenant: string, form: Record<string, string>) =>
      (await askToken(server, tenant, form)).status;
    expect(await status('octo', { ...keyForm(server), refresh_token: 'wrong' })).toBe(400);
    expect(await status('octo', { ...keyForm(server), client_id: 'wrong' })).toBe(400);
    expect(await status('octo', { ...clientForm(server), client_secret: 'wrong' })).toBe(401);
    expect(await status('octo', { grant_type: 'password' })).toBe(400);
    expect(await status('otco', keyForm(server))).toBe(404);
  });

  it('is needed, and ends with its life or when it is forgotten', async () => {
    await using server = await startCheckmarxOne();
    expect((await fetch(`${server.url}/api/projects`)).status).toBe(401);
    const ask = await visitor(server);
    expect((await ask('GET', '/api/projects')).status).toBe(200);
    server.forgetTokens();
    expect((await ask('GET', '/api/projects')).status).toBe(401);
    server.setQuirks({ tokenLifeSeconds: 0.001 });
    const late = await visitor(server);
    await waitFor('the token to end', async () => (await late('GET', '/api/projects')).status === 401);
  });
});

describe('the table of Checkmarx One: projects', () => {
  it('GET /api/projects?names= is exact, and none is an empty list', async () => {
    await using server = await startCheckmarxOne();
    const { ask, id } = await withProject(server);
    await ask('POST', '/api/projects', { name: 'cat@x' });
    expect((await ask('GET', '/api/projects?names=cat')).body).toMatchObject({
      totalCount: 2,
      filteredTotalCount: 1,
      projects: [{ id, name: 'cat', tags: { team: 'felines' }, criticality: 5 }],
    });
    expect((await ask('GET', '/api/projects?names=ca')).body).toMatchObject({ filteredTotalCount: 0, projects: [] });
  });

  it('POST is 201, and refuses a name that is there, or one with / or [', async () => {
    await using server = await startCheckmarxOne();
    const ask = await visitor(server);
    const project = { name: 'cat', groups: ['felines'], repoUrl: 'https://github.test/octo/cat', mainBranch: 'main' };
    expect(await ask('POST', '/api/projects', project)).toMatchObject({
      status: 201,
      body: { ...project, id: expect.any(String) },
    });
    for (const name of ['cat', 'octo/cat', 'cat[1]', '']) {
      expect(await ask('POST', '/api/projects', { name }), name).toMatchObject({
        status: 400,
        body: { message: expect.any(String), type: 'ERROR', code: expect.any(Number) },
      });
    }
  });

  it('GET and DELETE of one are 200 and 204, then 404; its scans are gone with it', async () => {
    await using server = await startCheckmarxOne();
    const { ask, id, scan } = await withScan(server);
    expect(await ask('GET', `/api/projects/${id}`)).toMatchObject({ status: 200, body: { name: 'cat' } });
    expect((await ask('DELETE', `/api/projects/${id}`)).status).toBe(204);
    expect((await ask('DELETE', `/api/projects/${id}`)).status).toBe(404);
    expect((await ask('GET', `/api/projects/${id}`)).status).toBe(404);
    expect((await ask('GET', `/api/scans/${scan}`)).status).toBe(404);
    expect(server.scans()).toMatchObject([{ status: 'Canceled', ended: true }]);
  });

  it('the configuration has what the tenant sets, until the project sets it', async () => {
    await using server = await startCheckmarxOne();
    const { ask, id } = await withProject(server);
    const path = `/api/configuration/project?project-id=${id}`;
    const [preset] = (await ask('GET', path)).body as [object];
    expect(preset).toMatchObject({ key: 'scan.config.sast.presetName', originLevel: 'Tenant' });
    expect((await ask('PATCH', path, [{ ...preset, value: 'High and Low' }])).status).toBe(204);
    expect((await ask('GET', path)).body).toMatchObject([{ value: 'High and Low', originLevel: 'Project' }]);
    expect(server.presetOf(id)).toBe('High and Low');
  });
});

describe('the table of Checkmarx One: scans', () => {
  it('POST is 201; a scan goes from Queued over Running to Completed, and has a summary', async () => {
    await using server = await startCheckmarxOne();
    server.setCounts({ high: 5, low: 1 });
    const { ask, scan } = await withScan(server);
    const path = `/api/scans/${scan}`;
    const summary = async () => (await ask('GET', `/api/scan-summary?scan-ids=${scan}`)).body;
    expect(await ask('GET', path)).toMatchObject({
      status: 200,
      body: { id: scan, status: 'Queued', positionInQueue: 1, tags: { label: 'run 1' }, statusDetails: [{}, {}] },
    });
    expect(await summary()).toMatchObject({ scansSummaries: [] });
    expect((await ask('GET', path)).body).toMatchObject({ status: 'Running' });
    expect((await ask('GET', path)).body).toMatchObject({ status: 'Completed' });
    expect(await summary()).toMatchObject({
      scansSummaries: [
        {
          scanId: scan,
          sastCounters: {
            severityCounters: [
              { severity: 'HIGH', counter: 5 },
              { severity: 'LOW', counter: 1 },
            ],
            totalCounter: 6,
          },
        },
      ],
    });
    expect(server.scans()).toMatchObject([
      {
        projectName: 'cat',
        label: 'run 1',
        incremental: false,
        source: { kind: 'git', branch: 'main', commit: 'c0ffee', token: 'a-token' },
      },
    ]);
  });

  it('by hand, a scan stays where it is until the test moves it', async () => {
    await using server = await startCheckmarxOne({ progress: 'by-hand' });
    const { ask, scan } = await withScan(server);
    const status = async () => ((await ask('GET', `/api/scans/${scan}`)).body as { status: string }).status;
    expect([await status(), await status()]).toEqual(['Queued', 'Queued']);
    server.advance(scan);
    expect([await status(), await status()]).toEqual(['Running', 'Running']);
    server.finish(scan, { partial: true });
    expect(await status()).toBe('Partial');
  });

  it('config values must be texts', async () => {
    await using server = await startCheckmarxOne();
    const { ask, id } = await withProject(server);
    expect((await ask('POST', '/api/scans', newScan(id, false))).status).toBe(400);
    expect((await ask('POST', '/api/scans', newScan(id, 'true'))).status).toBe(201);
    expect(server.scans()).toMatchObject([{ incremental: true }]);
  });

  it.each([{ type: 'svn' }, { type: undefined }])(
    'a scan of a kind that is not there is refused: %o',
    async (changes) => {
      await using server = await startCheckmarxOne();
      const { ask, id } = await withProject(server);
      expect((await ask('POST', '/api/scans', { ...newScan(id), ...changes })).status).toBe(400);
      expect(server.scans()).toEqual([]);
    },
  );

  it('project.tags overwrites the tags of the project, even when it is empty', async () => {
    await using server = await startCheckmarxOne();
    const { ask, id } = await withProject(server);
    await ask('POST', '/api/scans', newScan(id));
    expect(server.tagsOf(id)).toEqual({ team: 'felines' });
    await ask('POST', '/api/scans', { ...newScan(id), project: { id, tags: {} } });
    expect(server.tagsOf(id)).toEqual({});
  });

  it('142 says that the queue is full', async () => {
    await using server = await startCheckmarxOne({ quirks: { queueFull: 1 } });
    const { ask, id } = await withProject(server);
    expect(await ask('POST', '/api/scans', newScan(id))).toMatchObject({ status: 400, body: { code: 142 } });
    expect((await ask('POST', '/api/scans', newScan(id))).status).toBe(201);
  });

  it('GET /api/scans lists by project and status, in pages', async () => {
    await using server = await startCheckmarxOne({ progress: 'by-hand' });
    const { ask, id } = await withProject(server);
    for (let count = 0; count < 3; count++) await ask('POST', '/api/scans', newScan(id));
    const [first, second, third] = server.scans().map((scan) => scan.id);
    server.finish(first ?? '');
    server.advance(second ?? '');
    const ids = async (query: string) => {
      const { body } = await ask('GET', `/api/scans?project-id=${id}&${query}`);
      return (body as { scans: { id: string }[] }).scans.map((scan) => scan.id);
    };
    expect(await ids('statuses=Completed')).toEqual([first]);
    expect(await ids('statuses=Queued&statuses=Running')).toEqual([second, third]);
    expect(await ids('statuses=queued,running&limit=1&offset=1')).toEqual([third]);
    expect(await ids('tags-values=run%201&statuses=Completed')).toEqual([first]);
    expect(await ids('tags-values=run')).toEqual([]);
  });

  it('PATCH cancels once', async () => {
    await using server = await startCheckmarxOne();
    const { ask, scan } = await withScan(server);
    expect((await ask('PATCH', `/api/scans/${scan}`, { status: 'Canceled' })).status).toBe(204);
    expect((await ask('PATCH', `/api/scans/${scan}`, { status: 'Canceled' })).status).toBe(400);
    expect((await ask('PATCH', '/api/scans/none', { status: 'Canceled' })).status).toBe(404);
    expect(server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
  });

  it('POST /api/uploads gives an address, which takes the zip', async () => {
    await using server = await startCheckmarxOne();
    const { ask, id } = await withProject(server);
    const { body } = await ask('POST', '/api/uploads');
    const { url } = body as { url: string };
    const scan = { ...newScan(id), type: 'upload', handler: { uploadUrl: url } };
    expect((await ask('POST', '/api/scans', scan)).status).toBe(400);
    expect((await fetch(url, { method: 'PUT', body: new Uint8Array([80, 75]) })).status).toBe(200);
    expect((await ask('POST', '/api/scans', scan)).status).toBe(201);
    expect(server.scans()).toMatchObject([{ source: { kind: 'upload', archive: new Uint8Array([80, 75]) } }]);
  });
});
