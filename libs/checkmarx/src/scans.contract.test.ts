import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import {
  byHand,
  clientOf,
  credential,
  failureOf,
  gitSource,
  pathsOf,
  products,
  scanRequest,
  startedScan,
} from './test-support/harness.ts';

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
    const source = { ...gitSource, credential };
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

  it('is found again by its label once it finished, in part or in full, and not once it failed or was canceled', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    expect(await checkmarx.finishedScan(project, 'run 1')).toBeUndefined();
    server.finish(scan.id);
    const partial = await checkmarx.startScan(scanRequest(project, { label: 'run 2' }));
    server.finish(partial.id, { partial: true });
    server.fail((await checkmarx.startScan(scanRequest(project, { label: 'run 3' }))).id);
    server.cancel((await checkmarx.startScan(scanRequest(project, { label: 'run 4' }))).id);

    expect(await checkmarx.finishedScan(project, 'run 1')).toEqual({ id: scan.id, label: 'run 1' });
    expect(await checkmarx.finishedScan(project, 'run 2')).toEqual({ id: partial.id, label: 'run 2' });
    for (const label of ['run 3', 'run 4', 'run', 'run 5']) {
      expect(await checkmarx.finishedScan(project, label), label).toBeUndefined();
    }
    expect(await checkmarx.finishedScan(await checkmarx.createProject('dog'), 'run 1')).toBeUndefined();
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
