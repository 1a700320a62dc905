import { describe, expect, it } from 'vitest';
import { cxSastBench, owner, repo } from '../test-support/checkmarx-bench.ts';
import { eventOperation } from '../test-support/harness.ts';
import { pullRequestCheckmarx } from './pull-request-checkmarx.ts';

const config = { 'risk-scheme': { 'min-high-vuls': 1 } };
const operation = eventOperation(pullRequestCheckmarx, config);
const everyBase = eventOperation(pullRequestCheckmarx, { ...config, 'only-main-branch': false });
const other = { key: 'another-run/0.operation' };
/** Nothing goes on by itself. */
const byHand = { progress: 'by-hand', quirks: { branching: { polls: 0 } } } as const;

type Bench = Awaited<ReturnType<typeof cxSastBench>>;

const scans = (bench: Bench) => bench.server.scans().map(({ status, cancelAsked }) => [status, cancelAsked]);

function finishNewest(bench: Bench): void {
  const { id } = bench.server.scans().at(-1) ?? expect.unreachable('no scan was started');
  bench.server.finish(id);
}

/** The state that a call left, or a failed test. */
async function started(bench: Bench, ...[event, call]: [Parameters<Bench['call']>[1], object?]): Promise<unknown> {
  const outcome = await bench.call(operation, event, call);
  expect(outcome).toMatchObject({ status: 'later' });
  return 'state' in outcome ? outcome.state : undefined;
}

describe('a newer head', { timeout: 60_000 }, () => {
  it('ends the scan of the older one with its next look, and says which head is newer', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    const state = await started(bench, event);
    const { sha } = await bench.pushed(pull.number);

    const outcome = await bench.call(operation, event, { state });

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining(sha.slice(0, 7)) });
    expect(scans(bench)).toEqual([['Canceled', true]]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      { status: 'completed', conclusion: 'cancelled', summary: expect.stringContaining(sha.slice(0, 7)) },
    ]);
  });

  it('ends what a lost attempt began for an older one', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await started(bench, event);
    await bench.pushed(pull.number);

    // The state of that call is lost.
    const outcome = await bench.call(operation, event);

    expect(outcome).toMatchObject({ status: 'skipped' });
    expect(scans(bench)).toEqual([['Canceled', true]]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ status: 'completed', conclusion: 'cancelled' }]);
  });

  it('ends the scan of an older one whose run is dead, before its own begins', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await started(bench, event);
    const next = await bench.pushed(pull.number);

    await started(bench, next.event, other);

    expect(scans(bench)).toEqual([
      ['Canceled', true],
      ['New', false],
    ]);
  });

  it('is the only one that is scanned after rapid pushes, in whatever order their runs come', async () => {
    await using bench = await cxSastBench(byHand);
    const first = await bench.opened();
    const pushes = [];
    for (let push = 1; push <= 4; push++) pushes.push(await bench.pushed(first.pull.number));
    const events = [first.event, ...pushes.map(({ event }) => event)].toReversed();

    const outcomes = [];
    for (const [index, event] of events.entries()) {
      outcomes.push(await bench.call(operation, event, { key: `run-${index}/0.operation` }));
    }

    expect(outcomes.map(({ status }) => status)).toEqual(['later', 'skipped', 'skipped', 'skipped', 'skipped']);
    expect(bench.server.scans()).toMatchObject([{ label: expect.stringContaining(pushes.at(-1)?.sha ?? '?') }]);
    // A head that is not the newest gets no check run.
    expect(await bench.checkRuns(first.pull.head.sha)).toEqual([]);
  });

  it('leaves alone what people scan', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });
    const [, project] = bench.server.projects();
    const response = await fetch(`${bench.server.url}/cxrestapi/sast/scans`, {
      method: 'POST',
      headers: { authorization: authorizationOf(bench), 'content-type': 'application/json;v=1.0' },
      body: JSON.stringify({
        projectId: Number(project?.id),
        isIncremental: false,
        forceScan: true,
        comment: 'by hand',
      }),
    });
    expect(response.status).toBe(201);
    const next = await bench.pushed(pull.number);

    await started(bench, next.event, other);

    expect(scans(bench).slice(1)).toEqual([
      ['New', false],
      ['New', false],
    ]);
  });
});

/** That of the client's own requests. */
function authorizationOf(bench: Bench): string {
  return bench.server.requests().at(-1)?.headers.authorization ?? expect.unreachable('no request was authorized');
}

describe('a pull request that', { timeout: 60_000 }, () => {
  it('is closed ends its scan', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    const state = await started(bench, event);
    await bench.github.closePullRequest(owner, repo, pull.number);

    const outcome = await bench.call(operation, event, { state });

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining('closed') });
    expect(scans(bench)).toEqual([['Canceled', true]]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'cancelled' }]);
  });

  it('gets another base is scanned for it, and no other edit is', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened('feature/a', 'develop');
    expect(await bench.call(operation, event)).toEqual({
      status: 'skipped',
      reason: `#${pull.number} goes into "develop", not into the default branch "main"`,
    });
    await bench.github.editPullRequest(owner, repo, pull.number, { title: 'Another title' });
    const titled = await bench.hub.sentEvent('pull_request', 'edited');
    expect(await bench.call(operation, titled)).toMatchObject({ status: 'skipped', reason: /base branch is the same/ });

    await bench.github.editPullRequest(owner, repo, pull.number, { base: 'main' });
    const rebased = await bench.hub.sentEvent('pull_request', 'edited');
    const outcome = await bench.run(operation, rebased, { between: () => finishNewest(bench) });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'success' }]);
  });

  it('leaves the main branch while it is scanned ends its scan', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    const state = await started(bench, event);
    await bench.github.createBranch({ owner, repo, branch: 'develop' });
    await bench.github.editPullRequest(owner, repo, pull.number, { base: 'develop' });

    await bench.call(operation, event, { state });

    expect(scans(bench)).toEqual([['Canceled', true]]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'cancelled' }]);
  });

  it('goes into any branch is scanned with only-main-branch: false', async () => {
    await using bench = await cxSastBench(byHand);
    const { event } = await bench.opened('feature/a', 'develop');
    expect(await bench.run(everyBase, event, { between: () => finishNewest(bench) })).toMatchObject({ status: 'done' });
  });

  it('is a draft is scanned once it is ready', async () => {
    await using bench = await cxSastBench(byHand);
    const draft = { owner, repo, head: 'feature/draft', draft: true, files: { 'draft.txt': `${Math.random()}` } };
    const { number } = await bench.github.openPullRequest(draft);
    const event = await bench.hub.pullRequestEvent(owner, repo, number);
    expect(await bench.call(operation, event)).toEqual({
      status: 'skipped',
      reason: `#${number} is a draft: it is scanned once it is ready`,
    });

    await bench.github.markReadyForReview(owner, repo, number);
    const ready = await bench.hub.sentEvent('pull_request', 'ready_for_review');
    expect(await bench.run(operation, ready, { between: () => finishNewest(bench) })).toMatchObject({ status: 'done' });
  });

  it.each(['labeled', 'assigned', 'closed'])('is %s brings nothing new', async (action) => {
    await using bench = await cxSastBench(byHand);
    const { pull } = await bench.opened();
    const event = await bench.hub.pullRequestEvent(owner, repo, pull.number, action);
    expect(await bench.call(operation, event)).toMatchObject({ status: 'skipped' });
    expect(bench.hub.changes()).toEqual([]);
  });
});

describe('two runs of one head', { timeout: 60_000 }, () => {
  it('share one scan, and both report it', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    const state = await started(bench, event);
    const otherState = await started(bench, event, other);
    expect(bench.server.scans()).toHaveLength(1);
    finishNewest(bench);

    await bench.run(operation, event, { state });
    await bench.run(operation, event, { ...other, state: otherState });

    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'success' }, { conclusion: 'success' }]);
  });

  it('are of two pull requests: the one that is closed leaves the scan to the other, which started it', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.github.createBranch({ owner, repo, branch: 'develop' });
    const second = await bench.github.api(owner, 'POST', `/repos/${owner}/${repo}/pulls`, {
      title: 'The same branch',
      head: 'feature/a',
      base: 'develop',
    });
    const { number } = Object(second);
    const secondEvent = await bench.hub.pullRequestEvent(owner, repo, number);
    const state = await started(bench, event);
    const adopted = await bench.call(everyBase, secondEvent, other);
    await bench.github.closePullRequest(owner, repo, number);

    const outcome = await bench.call(everyBase, secondEvent, { ...other, state: Object(adopted).state });

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining('closed') });
    expect(scans(bench)).toEqual([['New', false]]);
    finishNewest(bench);
    expect(await bench.run(operation, event, { state })).toMatchObject({ status: 'done' });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      { conclusion: 'success' },
      {
        conclusion: 'cancelled',
        summary: 'The scan goes on for another run; it is not needed here any more, since the pull request was closed.',
      },
    ]);
  });

  it('that start at the same moment keep one scan', async () => {
    await using bench = await cxSastBench(byHand);
    const { event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });

    const again = ['one', 'two'].map((run) => started(bench, event, { key: `${run}/0.operation` }));
    await Promise.all(again);

    expect(bench.server.scans().filter(({ ended }) => !ended)).toHaveLength(1);
  });

  it('of which one gave up its scan: the other starts one', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await started(bench, event);
    const state = await started(bench, event, other);
    await bench.abandon(operation, event);
    expect(scans(bench)).toEqual([['Canceled', true]]);

    const outcome = await bench.run(operation, event, {
      ...other,
      state,
      between: () => bench.server.scans().length === 2 && finishNewest(bench),
    });

    expect(outcome).toMatchObject({ status: 'done' });
    expect((await bench.checkRuns(pull.head.sha)).map(({ conclusion }) => conclusion)).toEqual(['failure', 'success']);
  });
});

describe('a run whose worker was killed', { timeout: 60_000 }, () => {
  it('reports its scan that ended in the meantime, and starts no second one', async () => {
    await using bench = await cxSastBench(byHand);
    bench.server.setCounts({ high: 1 });
    const { pull, event } = await bench.opened();
    await started(bench, event);
    finishNewest(bench);

    // The state of that call is lost.
    const outcome = await bench.run(operation, event);

    expect(outcome).toMatchObject({ status: 'done' });
    expect(scans(bench)).toEqual([['Finished', false]]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('scans anew when it is replayed after its end', async () => {
    await using bench = await cxSastBench(byHand);
    const { event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });

    await bench.run(operation, event, { between: () => finishNewest(bench) });

    expect(scans(bench)).toEqual([
      ['Finished', false],
      ['Finished', false],
    ]);
  });
});

describe('a run that is given up', { timeout: 60_000 }, () => {
  it('cancels its own scan, and closes its check run', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await started(bench, event);

    await bench.abandon(operation, event);
    await bench.abandon(operation, event);

    expect(scans(bench)).toEqual([['Canceled', true]]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      { conclusion: 'failure', title: 'This check could not be finished' },
    ]);
  });

  it('cancels it also when it began with the button Re-run', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });
    const again = await bench.hub.rerunEvent(owner, repo, pull.head.sha, 'checkmarx-code-scan');
    await started(bench, again, other);

    await bench.abandon(operation, again, other);

    expect(scans(bench).at(-1)).toEqual(['Canceled', true]);
    expect((await bench.checkRuns(pull.head.sha)).map(({ conclusion }) => conclusion)).toEqual(['success', 'failure']);
  });

  it('that never began anything leaves everything as it is', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.abandon(operation, event);
    expect(bench.projectNames()).toEqual([]);
    expect(await bench.checkRuns(pull.head.sha)).toEqual([]);
  });
});

describe('the button Re-run', { timeout: 60_000 }, () => {
  it('scans the same head again', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });
    const again = await bench.hub.rerunEvent(owner, repo, pull.head.sha, 'checkmarx-code-scan');

    const outcome = await bench.run(operation, again, { ...other, between: () => finishNewest(bench) });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(scans(bench)).toEqual([
      ['Finished', false],
      ['Finished', false],
    ]);
  });

  it('finds the pull request also when GitHub names that of another repository', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });
    const again = await bench.hub.rerunEvent(owner, repo, pull.head.sha, 'checkmarx-code-scan');
    const payload = structuredClone(Object(again.payload));
    for (const named of payload.check_run.pull_requests)
      Object.assign(named, { number: 999, base: { repo: { id: 987_654_321 } } });
    expect(payload.check_run.pull_requests).toHaveLength(1);

    expect(await bench.call(operation, { ...again, payload }, other)).toMatchObject({ status: 'later' });
    expect(bench.server.scans()).toHaveLength(2);
  });

  it('is the only thing of a check run that is listened to, at no cost', async () => {
    await using bench = await cxSastBench(byHand);
    const { pull, event } = await bench.opened();
    await bench.run(operation, event, { between: () => finishNewest(bench) });
    const rerun = await bench.hub.rerunEvent(owner, repo, pull.head.sha, 'checkmarx-code-scan');
    const requests = bench.github.requests().length;

    const outcome = await bench.call(operation, { ...rerun, action: 'completed' }, other);

    expect(outcome).toEqual({
      status: 'skipped',
      reason: 'check_run.completed is not the button that asks for a re-run',
    });
    expect(bench.github.requests()).toHaveLength(requests);
  });
});
