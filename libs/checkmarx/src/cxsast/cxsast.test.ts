import { startCxSast, waitFor } from '@octo-bots/testing';
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

describe('the versions of CxSAST', () => {
  it('are the highest known ones, for what is read and for what is written', async () => {
    await using server = await startCxSast(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.finish(scan.id);
    await checkmarx.counts(scan.id);
    const versions = server.requests().map(({ method, path, headers }) => {
      const header = headers['content-type'] ?? headers.accept ?? '';
      return `${method} ${path.replace(/^\/cxrestapi|\?.*$/g, '').replaceAll(/\?.*$/g, '')} ${/v=[\d.]+/.exec(header)?.[0]}`;
    });
    expect(versions).toContain('POST /projects v=5.0');
    expect(versions).toContain('POST /sast/scans v=5.0');
    expect(versions).toContain(`GET /sast/scans/${scan.id}/resultsStatistics v=6.0`);
    expect(
      server
        .requests()
        .slice(1)
        .every(({ headers }) => headers.cxorigin === 'octo-bots'),
    ).toBe(true);
  });

  it('fall back to the default of a server that has not the highest, and stay there', async () => {
    await using server = await startCxSast({ ...byHand, quirks: { version: '9.4.1' } });
    server.setCounts({ critical: 3, high: 2, medium: 1 });
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.finish(scan.id);
    const asked = () => pathsOf(server).filter((path) => path.endsWith('/resultsStatistics')).length;
    // Critical is missing there, which is not zero.
    expect(await checkmarx.counts(scan.id)).toEqual({ high: 2, medium: 1, low: 0, info: 0 });
    expect(asked()).toBe(2);
    await checkmarx.counts(scan.id);
    expect(asked()).toBe(3);
  });

  it.each([406, 415])('fall back after a %i as well', async (status) => {
    await using server = await startCxSast();
    const checkmarx = await clientOf(server);
    server.answerWith({ method: 'POST', path: /projects/, answer: { status } });
    expect(await checkmarx.createProject('cat')).toMatchObject({ name: 'cat' });
  });

  it('do not matter for the rest: a server that knows only 1.0 scans as well', async () => {
    await using server = await startCxSast({ quirks: { highestApiVersion: 1 } });
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    await waitFor('the scan to finish', async () => (await checkmarx.scan(scan.id)).state === 'finished');
    await checkmarx.counts(scan.id);
    await checkmarx.deleteProject(project);
    expect(server.projects()).toEqual([]);
  });
});

describe('branching', () => {
  it.each([false, true])('takes its time (status as an object: %s)', async (statusAsObject) => {
    await using server = await startCxSast({ quirks: { branching: { polls: 2 }, statusAsObject } });
    const checkmarx = await clientOf(server);
    const branch = await checkmarx.createBranchProject(await checkmarx.createProject('cat'), 'cat@x');
    const states = [];
    for (let poll = 0; poll < 3; poll++) states.push((await checkmarx.branching(branch)).state);
    expect(states).toEqual(['in-progress', 'in-progress', 'ready']);
  });

  it('that failed says why', async () => {
    await using server = await startCxSast({ quirks: { branching: { polls: 0, fails: 'the disk is full' } } });
    const checkmarx = await clientOf(server);
    const branch = await checkmarx.createBranchProject(await checkmarx.createProject('cat'), 'cat@x');
    expect(await checkmarx.branching(branch)).toEqual({ state: 'failed', reason: 'the disk is full' });
  });

  it('is over where a server cannot tell', async () => {
    await using server = await startCxSast({ quirks: { branching: { polls: 0 }, noBranchingStatus: true } });
    const checkmarx = await clientOf(server);
    const branch = await checkmarx.createBranchProject(await checkmarx.createProject('cat'), 'cat@x');
    expect(await checkmarx.branching(branch)).toEqual({ state: 'ready', reason: undefined });
  });

  it('keeps what people set in the base project', async () => {
    await using server = await startCxSast();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    server.setScanSettings(base.id, { postScanActionId: 7, failedScan: ['a@b.example'] });
    const branch = await checkmarx.createBranchProject(base, 'cat@x');
    await checkmarx.branching(branch);
    await checkmarx.startScan(scanRequest(branch));
    // To write them would drop what is left out.
    expect(pathsOf(server).filter((path) => path.includes('scanSettings'))).toEqual([]);
  });
});

describe('projects of CxSAST', () => {
  it.each(['/CxServer/Octo', String.raw`\CxServer\Octo`])('belong to the team %s', async (team) => {
    await using server = await startCxSast();
    const login = { ...server.login, 'team-full-name': team };
    await (await clientOf({ url: server.url, login })).createProject('cat');
    expect(server.requests().at(-1)?.body).toMatchObject({ name: 'cat', owningTeam: '4' });
  });

  it('tell which teams there are, when theirs is not', async () => {
    await using server = await startCxSast();
    const login = { ...server.login, 'team-full-name': '/CxServer/Otco' };
    expect(await failureOf((await clientOf({ url: server.url, login })).findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_REFUSED',
      message:
        'team-full-name is "/CxServer/Otco"; teams that the user of checkmarx-credentials sees: /CxServer/Octo; write one of these in its credentials file',
    });
  });

  it('say so when the name is taken where they cannot look', async () => {
    await using server = await startCxSast();
    const answer = { status: 400, body: { messageCode: 12_108, messageDetails: 'Project name already exists' } };
    server.answerWith({ method: 'POST', path: /projects/, answer });
    expect(await failureOf((await clientOf(server)).createProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_REFUSED',
      message: expect.stringContaining('cat exists, but not in the team /CxServer/Octo'),
    });
  });

  it('are none whether that is 404 or an empty list', async () => {
    await using server = await startCxSast({ quirks: { emptyListFor404: true } });
    expect(await (await clientOf(server)).findProject('cat')).toBeUndefined();
  });

  it.each([400, 404] as const)('that are gone may be deleted, where that is a %i', async (missingProject) => {
    await using server = await startCxSast({ quirks: { missingProject } });
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    server.answerWith({ method: 'DELETE', path: /projects/, answer: { status: 400 } });
    expect(await failureOf(checkmarx.deleteProject(project))).toMatchObject({ status: 400 });
    await checkmarx.deleteProject(project);
    await checkmarx.deleteProject(project);
    // One that was made in the meantime is another.
    await checkmarx.createProject('cat');
    await checkmarx.deleteProject(project);
    expect(server.projects()).toHaveLength(1);
  });
});

describe('a refusal of CxSAST', () => {
  it.each([
    ['message-code', 'was answered 400: 21000 The project has no source code location'],
    ['model-state', 'was answered 400: The request is invalid. request: The project has no source code location'],
    ['error-object', 'was answered 400: BadRequest The project has no source code location'],
    ['html', 'was answered 400: The project has no source code location'],
    ['empty', 'POST /sast/scans was answered 400'],
  ] as const)('is understood as %s', async (errorShape, message) => {
    await using server = await startCxSast({ quirks: { errorShape } });
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    // The source does not arrive.
    server.answerWith({ path: /remoteSettings/, answer: { status: 204 } });
    const error = await failureOf(checkmarx.startScan(scanRequest(project)));
    expect(error).toMatchObject({ code: 'CHECKMARX_REQUEST_REFUSED', status: 400 });
    expect((error as Error).message.endsWith(message)).toBe(true);
  });

  it('with 403 and nothing else tells what to look at', async () => {
    await using server = await startCxSast();
    server.answerWith({ method: 'POST', path: /projects/, answer: { status: 403 } });
    expect(await failureOf((await clientOf(server)).createProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_REFUSED',
      message: 'POST /projects was answered 403; the user of checkmarx-credentials may lack a permission',
    });
  });
});

describe('a scan by CxSAST', () => {
  it('is told what matters: the full branch, the token, forceScan and the label as its comment', async () => {
    await using server = await startCxSast(byHand);
    const checkmarx = await clientOf(server);
    const project = await checkmarx.createProject('cat');
    await checkmarx.startScan(scanRequest(project, { source: { ...gitSource, credential } }));
    const [source, scan] = server.requests().slice(-2);
    expect(source?.body).toEqual({
      url: 'https://github.test/octo/cat.git',
      branch: 'refs/heads/feature/x',
      authentication: 'PAT',
      pat: credential.token,
    });
    expect(scan?.body).toEqual({
      projectId: Number(project.id),
      isIncremental: false,
      isPublic: true,
      forceScan: true,
      comment: 'run 1',
    });
  });

  it('that is refused as incremental on its way says so', async () => {
    await using server = await startCxSast({ quirks: { refusesIncremental: true } });
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx, { incremental: true });
    const refused = await waitFor('the scan to end', async () => {
      const progress = await checkmarx.scan(scan.id);
      return progress.state !== 'queued' && progress.state !== 'running' && progress;
    });
    expect(refused).toMatchObject({ state: 'failed', incrementalRefused: true });
    const full = await checkmarx.startScan(scanRequest(project));
    await waitFor('the full one to finish', async () => (await checkmarx.scan(full.id)).state === 'finished');
  });

  it.each([0, 3])('ends the same whether it stays in the queue for %i polls', async (endedStaysInQueue) => {
    await using server = await startCxSast({ ...byHand, quirks: { endedStaysInQueue } });
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    server.finish(scan.id, { partial: true });
    const canceled = await checkmarx.startScan(scanRequest(project));
    server.cancel(canceled.id, 'a rule');
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'partial', reason: 'Some files could not be parsed' });
    expect(await checkmarx.scan(canceled.id)).toMatchObject({ state: 'canceled', reason: 'a rule' });
  });

  it('that somebody deleted is gone', async () => {
    await using server = await startCxSast(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    server.deleteScan(scan.id);
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'gone', stage: 'Deleted' });
    expect(await checkmarx.activeScans(project)).toEqual([]);
  });

  it('tells its percent while it scans', async () => {
    await using server = await startCxSast(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    for (let step = 0; step < 4; step++) server.advance(scan.id);
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'running', stage: 'Scanning', percent: 50 });
  });

  it('that was canceled while it ended is no error', async () => {
    await using server = await startCxSast(byHand);
    const checkmarx = await clientOf(server);
    const { scan } = await startedScan(checkmarx);
    server.answerWith({ method: 'PATCH', path: /scansQueue/, answer: { status: 400 }, times: 2 });
    expect(await failureOf(checkmarx.cancel(scan.id))).toMatchObject({ status: 400 });
    server.finish(scan.id);
    await checkmarx.cancel(scan.id);
  });
});
