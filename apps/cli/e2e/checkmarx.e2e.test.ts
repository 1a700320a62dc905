import { startCheckmarxOne, startCxSast, waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckmarxDeployment, deployCheckmarx, place } from './checkmarx-deployment.ts';

const { owner, repo } = place;
const error = (status: number) => ({ status, body: `<!DOCTYPE html><html><body>${status}</body></html>` });

describe('CxSAST', () => {
  let deployment: CheckmarxDeployment<Awaited<ReturnType<typeof startCxSast>>>;

  beforeAll(async () => {
    deployment = await deployCheckmarx(
      await startCxSast({ quirks: { branching: { polls: 4 }, statusAsObject: true } }),
    );
    await deployment.processes.start('worker');
  });
  afterAll(() => deployment?.[Symbol.asyncDispose]());

  it('with a branching that takes its time passes a clean head', async () => {
    const { head } = await deployment.open('feature/clean');
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
    expect(deployment.scansOf('feature/clean')).toMatchObject([{ incremental: false, status: 'Finished' }]);
  });

  it('fails a head with vulnerabilities, incrementally after the first scan', async () => {
    deployment.server.setCounts({ high: 2 });
    const sha = await deployment.push('feature/clean');
    expect(await deployment.ended(sha)).toMatchObject({
      conclusion: 'failure',
      output: { title: 'Too many vulnerabilities: 2 high' },
    });
    expect(deployment.scansOf('feature/clean').at(-1)).toMatchObject({ incremental: true });
    deployment.server.setCounts({});
  });

  it('that refuses the increment scans in full', async () => {
    deployment.server.setQuirks({ refusesIncremental: true });
    const before = deployment.scansOf('feature/clean').length;
    const sha = await deployment.push('feature/clean');
    expect(await deployment.ended(sha)).toMatchObject({ conclusion: 'success' });
    expect(
      deployment
        .scansOf('feature/clean')
        .slice(before)
        .map(({ incremental, status }) => [incremental, status]),
    ).toEqual([
      [true, 'Failed'],
      [false, 'Finished'],
    ]);
    deployment.server.setQuirks({ refusesIncremental: false });
  });

  it('whose scan is partial is no clean pass', async () => {
    deployment.server.setQuirks({ partial: true });
    const { head } = await deployment.open('feature/partial');
    expect(await deployment.ended(head.sha)).toMatchObject({
      conclusion: 'failure',
      output: { title: 'The scan is partial' },
    });
    deployment.server.setQuirks({ partial: false });
  });

  it('whose tokens end early, or are forgotten, is logged in to again', async () => {
    deployment.server.setQuirks({ tokenLifeSeconds: 2, tokensEndEarly: 0.3 });
    deployment.server.forgetTokens();
    const { head } = await deployment.open('feature/tokens');
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
    deployment.server.setQuirks({ tokenLifeSeconds: 3600, tokensEndEarly: 1 });
  });

  it.each([
    ['503s', error(503)],
    ['500s', error(500)],
  ])('with trouble in between (%s, as HTML) is asked again', async (what, answer) => {
    const { head } = await deployment.open(`feature/${what}`);
    await deployment.activeScan(`feature/${what}`);
    deployment.server.answerWith({ path: /scansQueue|sast\/scans/, answer, times: 5 });
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
    expect(deployment.scansOf(`feature/${what}`)).toHaveLength(1);
  });

  it('whose branching fails is never scanned, and the button Re-run tries again', async () => {
    deployment.server.setQuirks({ branching: { polls: 2, fails: 'the engine is busy' } });
    const { head } = await deployment.open('feature/unbranched');
    const failed = await deployment.ended(head.sha);
    expect(failed).toMatchObject({ conclusion: 'failure' });
    expect(deployment.scansOf('feature/unbranched')).toEqual([]);
    deployment.server.setQuirks({ branching: { polls: 2 } });

    await deployment.github.rerunCheck(owner, repo, failed.id);

    await waitFor('a second check run', async () => (await deployment.checks(head.sha)).length === 2, {
      timeoutMs: 20_000,
    });
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
  });

  it('scans a pull request that gets the main branch as its base, and no other', async () => {
    const { head, number } = await deployment.open('feature/moved', 'develop');
    await waitFor('the run to be skipped', () =>
      deployment.processes.workerLog().some(({ reason }) => String(reason).includes('not into the default branch')),
    );
    expect(await deployment.checks(head.sha)).toEqual([]);

    await deployment.github.editPullRequest(owner, repo, number, { base: 'main' });

    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
  });

  it('loses the project of a branch that is deleted', async () => {
    const projects = () => deployment.server.projects().map(({ name }) => name);
    expect(projects()).toContain('hello-world@feature_tokens');
    await deployment.github.deleteBranch({ ...place, branch: 'feature/tokens' });
    await waitFor('the project to be deleted', () => !projects().includes('hello-world@feature_tokens'));
    expect(projects()).toContain('hello-world@feature_partial');
  });
});

describe('Checkmarx One', () => {
  let deployment: CheckmarxDeployment<Awaited<ReturnType<typeof startCheckmarxOne>>>;

  beforeAll(async () => {
    deployment = await deployCheckmarx(await startCheckmarxOne());
    await deployment.processes.start('worker');
  });
  afterAll(() => deployment?.[Symbol.asyncDispose]());

  it('passes a clean head, whose commit it scans', async () => {
    const { head } = await deployment.open('feature/clean');
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
    expect(deployment.scansOf('feature/clean')).toMatchObject([{ source: { kind: 'git', commit: head.sha } }]);
  });

  it('whose results are late, whose tokens end early, and that answers 503 in between, fails a bad head', async () => {
    deployment.server.setQuirks({ lateSummaries: 2, tokenLifeSeconds: 2, tokensEndEarly: 0.3 });
    deployment.server.setCounts({ critical: 1, high: 3 });
    deployment.server.forgetTokens();
    deployment.server.answerWith({ path: /\/api\/scans/, answer: error(503), times: 2 });
    const { head } = await deployment.open('feature/late');
    expect(await deployment.ended(head.sha)).toMatchObject({
      conclusion: 'failure',
      output: { title: 'Too many vulnerabilities: 3 high' },
    });
    expect(deployment.scansOf('feature/late')).toHaveLength(1);
    deployment.server.setQuirks({ lateSummaries: 0, tokenLifeSeconds: 1800, tokensEndEarly: 1 });
    deployment.server.setCounts({});
  });

  it('whose scan is partial is no clean pass', async () => {
    deployment.server.setQuirks({ partial: true });
    const { head } = await deployment.open('feature/partial');
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'failure' });
    deployment.server.setQuirks({ partial: false });
  });
});

/** Both products, and scans that go on only when a test says so. */
const byHand = [
  ['CxSAST', () => startCxSast({ progress: 'by-hand', quirks: { branching: { polls: 0 } } })],
  ['Checkmarx One', () => startCheckmarxOne({ progress: 'by-hand' })],
] as const;

describe.each(byHand)('%s, while a scan goes on', (_product, start) => {
  let deployment: CheckmarxDeployment<Awaited<ReturnType<typeof start>>>;

  beforeAll(async () => {
    deployment = await deployCheckmarx(await start());
    await deployment.processes.start('worker');
  });
  afterAll(() => deployment?.[Symbol.asyncDispose]());

  it('has one scan after rapid pushes, of the newest head', async () => {
    const { head } = await deployment.open('feature/pushed');
    await deployment.activeScan('feature/pushed');
    const pushes: string[] = [];
    for (let push = 1; push <= 5; push++) pushes.push(await deployment.push('feature/pushed'));
    const newest = pushes.at(-1) ?? '';

    const scan = await deployment.activeScan('feature/pushed', newest);
    await waitFor('no other scan to be under way', () => active(deployment).length === 1, { timeoutMs: 30_000 });
    expect(active(deployment)).toMatchObject([{ id: scan.id }]);
    deployment.server.finish(scan.id);

    expect(await deployment.ended(newest)).toMatchObject({ conclusion: 'success' });
    // Whatever was begun for an older head has ended.
    for (const sha of [head.sha, ...pushes.slice(0, -1)]) {
      await waitFor('the check runs of older heads to end', async () =>
        (await deployment.checks(sha)).every(({ conclusion }) => conclusion === 'cancelled'),
      );
    }
    expect(await deployment.checks(head.sha)).toHaveLength(1);
  });

  it('cancels on the server what goes on for longer than scan-timeout, and says so', async () => {
    const { head } = await deployment.open('hang/for-ever');
    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'timed_out' });
    expect(deployment.scansOf('hang/for-ever')).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
  });
});

function active(deployment: Pick<CheckmarxDeployment<Awaited<ReturnType<typeof startCxSast>>>, 'scansOf'>) {
  return deployment.scansOf('feature/pushed').filter(({ ended }) => !ended);
}
