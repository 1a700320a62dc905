import { describe, expect, it } from 'vitest';
import { startCxSast } from './cxsast.ts';
import { git, newScan, visitor, withProject } from './test-support/visitor.ts';

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
