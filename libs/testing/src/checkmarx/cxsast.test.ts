import { describe, expect, it } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { startCxSast } from './cxsast.ts';
import { askToken, git, newScan, visitor, withProject } from './test-support/visitor.ts';

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

  it('is refused for an unknown scope', async () => {
    await using server = await startCxSast();
    expect(await askToken(server, { scope: 'wrong' })).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
  });

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
    expect((await ask('GET', `/projects/${id}`)).status).toBe(400);
    expect((await ask('DELETE', `/projects/${id}`, {})).status).toBe(400);
    server.setQuirks({ missingProject: 404 });
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
