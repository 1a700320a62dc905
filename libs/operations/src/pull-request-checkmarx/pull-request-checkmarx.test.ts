import { describe, expect, it } from 'vitest';
import { cxSastBench, owner, repo } from '../test-support/checkmarx-bench.ts';
import { eventOperation, problemsOf } from '../test-support/harness.ts';
import { pullRequestCheckmarx } from './pull-request-checkmarx.ts';

const config = {
  'risk-scheme': { 'min-high-vuls': 1, 'min-medium-vuls': 20, 'min-low-vuls': 100, 'min-info-vuls': 10_000 },
  'scan-timeout': '30 minutes',
};
const operation = eventOperation(pullRequestCheckmarx, config);
/** Another run: another delivery. */
const other = { key: 'another-run/0.operation' };

/** Lets the time of a run be up with its next call. */
const timeIsUp = ({ state }: { state: { startedAt: number } }) => {
  state.startedAt -= 60 * 60_000;
};

describe('a scan', { timeout: 60_000 }, () => {
  it('of a new branch makes the projects, is full, and passes below the thresholds', async () => {
    await using bench = await cxSastBench();
    bench.server.setCounts({ medium: 19, low: 2 });
    const { pull, event } = await bench.opened();

    const outcome = await bench.run(operation, event);

    expect(bench.projectNames()).toEqual(['hello-world', 'hello-world@feature_a']);
    const [base, branch] = bench.server.projects();
    expect(branch?.base).toBe(base?.id);
    expect(bench.server.scans()).toMatchObject([
      {
        projectName: 'hello-world@feature_a',
        incremental: false,
        status: 'Finished',
        source: {
          kind: 'git',
          branch: 'refs/heads/feature/a',
          url: expect.stringMatching(/octo-org\/hello-world\.git$/),
        },
      },
    ]);
    expect(outcome).toEqual({
      status: 'done',
      summary: expect.stringMatching(
        /^check run: success; scan \d+ of hello-world@feature_a: No threshold is reached$/,
      ),
    });
    const [checkRun, ...more] = await bench.checkRuns(pull.head.sha);
    expect(more).toEqual([]);
    expect(checkRun).toMatchObject({
      name: 'checkmarx-code-scan',
      status: 'completed',
      conclusion: 'success',
      title: 'No threshold is reached',
    });
    expect(checkRun?.summary).toContain('| medium | 19 | 20 | passed |');
    expect(checkRun?.summary).toContain('| critical | 0 |  |  |');
    expect(checkRun?.summary).toMatch(/\[See the scan\]\(http.*\)/);
  });

  it('fails with as many vulnerabilities as a threshold, and names which', async () => {
    await using bench = await cxSastBench();
    bench.server.setCounts({ high: 1, medium: 19, low: 250 });
    const { pull, event } = await bench.opened();

    const outcome = await bench.run(operation, event);

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringMatching(/^check run: failure; /) });
    const [checkRun] = await bench.checkRuns(pull.head.sha);
    expect(checkRun).toMatchObject({
      conclusion: 'failure',
      title: 'Too many vulnerabilities: 1 high, 250 low',
      summary: expect.stringContaining('**high**: 1 found, 1 or more fail.'),
    });
    expect(checkRun?.summary).toContain('| high | 1 | 1 | **failed** |');
    expect(checkRun?.summary).toContain('| low | 250 | 100 | **failed** |');
  });

  it('says of a severity that the server does not report that it does not', async () => {
    await using bench = await cxSastBench({ quirks: { version: '9.4.1.1005' } });
    const { pull, event } = await bench.opened();

    await bench.run(operation, event);

    const [checkRun] = await bench.checkRuns(pull.head.sha);
    expect(checkRun).toMatchObject({ conclusion: 'success' });
    expect(checkRun?.summary).toContain('| critical | not reported |  |  |');
  });

  it('is no pass when there is a threshold on what the server does not report', async () => {
    await using bench = await cxSastBench({ quirks: { version: '9.4.1.1005' } });
    const { pull, event } = await bench.opened();
    const strict = eventOperation(pullRequestCheckmarx, {
      'risk-scheme': { 'min-critical-vuls': 1, 'min-high-vuls': 1 },
    });

    await bench.run(strict, event);

    const [checkRun] = await bench.checkRuns(pull.head.sha);
    expect(checkRun).toMatchObject({ conclusion: 'failure', title: 'Not reported: critical' });
    expect(checkRun?.summary).toContain('Take `min-critical-vuls` out of the bot’s `risk-scheme`');
  });

  it('that is partial is no clean pass', async () => {
    await using bench = await cxSastBench({ quirks: { partial: true } });
    const { pull, event } = await bench.opened();

    await bench.run(operation, event);

    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      { conclusion: 'failure', title: 'The scan is partial', summary: expect.stringContaining('no clean pass') },
    ]);
  });

  it('is incremental once the base project was scanned', async () => {
    await using bench = await cxSastBench();
    const first = await bench.opened();
    await bench.run(operation, first.event);
    const { event } = await bench.pushed(first.pull.number);

    await bench.run(operation, event, other);

    expect(bench.server.scans().map(({ incremental }) => incremental)).toEqual([false, true]);
  });

  it('is done again in full when the increment is refused', async () => {
    await using bench = await cxSastBench();
    const first = await bench.opened();
    await bench.run(operation, first.event);
    bench.server.setQuirks({ refusesIncremental: true });
    const { sha, event } = await bench.pushed(first.pull.number);

    const outcome = await bench.run(operation, event, other);

    expect(outcome).toMatchObject({ status: 'done' });
    expect(bench.server.scans().map(({ incremental, status }) => [incremental, status])).toEqual([
      [false, 'Finished'],
      [true, 'Failed'],
      [false, 'Finished'],
    ]);
    expect(await bench.checkRuns(sha)).toMatchObject([{ conclusion: 'success' }]);
  });
});

describe('early feedback', { timeout: 60_000 }, () => {
  it('is there at once, goes on with the scan, and costs no request when nothing changed', async () => {
    await using bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    const { pull, event } = await bench.opened();
    const titles: (string | null | undefined)[] = [];
    const counts: number[] = [];

    await bench.run(operation, event, {
      async between({ count, state }) {
        titles.push((await bench.checkRuns(pull.head.sha))[0]?.title);
        counts.push(bench.writes());
        // Much time passes between any two looks.
        state.shownAt -= 60_000;
        const [scan] = bench.server.scans();
        if (scan !== undefined && count % 3 === 0) bench.server.advance(scan.id);
      },
    });

    expect(titles[0]).toBe('A full scan was started');
    expect(new Set(titles).size).toBeGreaterThan(3);
    // Three looks at the same stage: one write.
    expect(counts.at(-1)).toBeLessThanOrEqual(new Set(titles).size + 2);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ status: 'completed' }]);
  });

  it('of a scan that changes all the time is not written all the time', async () => {
    await using bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    const { event } = await bench.opened();

    await bench.run(operation, event, { between: () => bench.server.advance(theScan(bench)) });

    // Opened, started, ended.
    expect(bench.writes()).toBe(3);
  });
});

describe('branching', { timeout: 60_000 }, () => {
  it.each([false, true])('is waited for (status as an object: %s)', async (statusAsObject) => {
    await using bench = await cxSastBench({ quirks: { branching: { polls: 4 }, statusAsObject } });
    const { event } = await bench.opened();
    const scansWhileBranching: number[] = [];

    await bench.run(operation, event, {
      between: ({ count }) => count <= 2 && scansWhileBranching.push(bench.server.scans().length),
    });

    expect(scansWhileBranching).toEqual([0, 0]);
    expect(bench.server.scans()).toMatchObject([{ status: 'Finished' }]);
  });

  it('that failed never scans, says why, and is done anew by the next run', async () => {
    await using bench = await cxSastBench({ quirks: { branching: { polls: 2, fails: 'The engine is `busy`' } } });
    const { pull, event } = await bench.opened();

    const outcome = await bench.run(operation, event);

    expect(outcome).toMatchObject({ status: 'failed', retryable: false });
    expect(bench.server.scans()).toEqual([]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      {
        conclusion: 'failure',
        title: 'The project of this branch could not be made',
        text: expect.stringContaining("The engine is 'busy'"),
      },
    ]);
    bench.server.setQuirks({ branching: { polls: 1 } });
    const again = await bench.hub.rerunEvent(owner, repo, pull.head.sha, 'checkmarx-code-scan');
    expect(await bench.run(operation, again, other)).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toMatchObject([{ status: 'Finished' }]);
  });

  it('that takes too long ends with the timeout', async () => {
    await using bench = await cxSastBench({ quirks: { branching: { polls: 50 } } });
    const { pull, event } = await bench.opened();

    const outcome = await bench.run(operation, event, { between: timeIsUp });

    expect(outcome).toMatchObject({ status: 'failed', code: 'OPERATION_GAVE_UP', retryable: false });
    expect(bench.server.scans()).toEqual([]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'timed_out' }]);
  });
});

describe('a scan that ends otherwise', { timeout: 60_000 }, () => {
  async function scanning() {
    const bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    return { bench, ...(await bench.opened()) };
  }

  it('canceled on the server: says that it was not the bot, and how to repeat it', async () => {
    const { bench, pull, event } = await scanning();
    await using _ = bench;

    const outcome = await bench.run(operation, event, { between: () => bench.server.cancel(theScan(bench)) });

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining('canceled on the server') });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      {
        conclusion: 'cancelled',
        title: 'The scan was canceled on the server',
        summary: expect.stringContaining('press *Re-run*'),
        text: expect.stringContaining('queue settings'),
      },
    ]);
  });

  it('failed: gives the reason of the server, without a credential that is in it', async () => {
    const { bench, pull, event } = await scanning();
    await using _ = bench;
    const reason =
      'could not clone https://x-access-token:ghs_s3cret@github.com/a/b.git, ghs_0therSecret, ghs_12_eyJh.eyJpc3Mi-0.c2lnbmVk';

    const outcome = await bench.run(operation, event, { between: () => bench.server.fail(theScan(bench), reason) });

    expect(outcome).toMatchObject({ status: 'failed', retryable: false });
    const [checkRun] = await bench.checkRuns(pull.head.sha);
    expect(checkRun).toMatchObject({ conclusion: 'failure', title: 'The scan failed' });
    expect(checkRun?.text).toContain('could not clone https://***@github.com/a/b.git');
    expect(JSON.stringify([checkRun, outcome])).not.toMatch(/s3cret|0therSecret|eyJh|eyJpc3Mi|c2lnbmVk/);
  });

  it('deleted: says so', async () => {
    const { bench, pull, event } = await scanning();
    await using _ = bench;

    const outcome = await bench.run(operation, event, { between: () => bench.server.deleteScan(theScan(bench)) });

    expect(outcome).toMatchObject({ status: 'failed' });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'failure', title: 'The scan is gone' }]);
  });

  it('without end: is canceled on the server, and the check run has timed out', async () => {
    const { bench, pull, event } = await scanning();
    await using _ = bench;

    const outcome = await bench.run(operation, event, { between: timeIsUp });

    expect(outcome).toMatchObject({ status: 'failed', code: 'OPERATION_GAVE_UP', retryable: false });
    expect(bench.server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([
      { conclusion: 'timed_out', title: 'No result within 30 minutes' },
    ]);
  });

  it('is started anew when its failed run is replayed, with all the time that it may take', async () => {
    const { bench, pull, event } = await scanning();
    await using _ = bench;
    await bench.run(operation, event, { between: timeIsUp });

    const outcome = await bench.run(operation, event, { between: () => bench.server.finish(theScan(bench)) });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ status: 'completed', conclusion: 'success' }]);
  });
});

/** The newest. */
function theScan(bench: Awaited<ReturnType<typeof cxSastBench>>): string {
  return bench.server.scans().at(-1)?.id ?? expect.unreachable('no scan was started');
}

describe('a crash', { timeout: 60_000 }, () => {
  it('between the start of a scan and the state of the run starts no second one', async () => {
    await using bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    const { pull, event } = await bench.opened();
    await bench.call(operation, event);
    expect(bench.server.scans()).toHaveLength(1);

    // The state of that call is lost.
    const outcome = await bench.run(operation, event, { between: () => bench.server.finish(theScan(bench)) });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toHaveLength(1);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ status: 'completed', conclusion: 'success' }]);
  });

  it('of the connection that loses the answer to the start starts no second one', async () => {
    await using bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    const { event } = await bench.opened();
    const path = /\/sast\/scans$/;
    bench.server.answerWith({ method: 'POST', path, answer: 'cut off', afterwards: true });

    const outcome = await bench.run(operation, event, {
      between: ({ count }) => count === 2 && bench.server.finish(theScan(bench)),
    });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toHaveLength(1);
  });
});

describe('trouble of the server', { timeout: 60_000 }, () => {
  it('is waited out, and burns no attempt', async () => {
    await using bench = await cxSastBench({ quirks: { branching: { polls: 0 } } });
    const { pull, event } = await bench.opened();
    let troubled = 0;

    const outcome = await bench.run(operation, event, {
      between({ count }) {
        if (count !== 1) return;
        troubled++;
        bench.server.answerWith({
          path: /scansQueue|sast\/scans/,
          answer: { status: 503, body: '<h1>503</h1>' },
          times: 3,
        });
      },
    });

    expect(troubled).toBe(1);
    expect(outcome).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toHaveLength(1);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'success' }]);
  });

  it('that goes on beyond the timeout closes the check run, and leaves the scan to those who close up', async () => {
    await using bench = await cxSastBench({ progress: 'by-hand', quirks: { branching: { polls: 0 } } });
    const { pull, event } = await bench.opened();
    const path = /scansQueue|sast\/scans/;

    const outcome = await bench.run(operation, event, {
      between(call) {
        bench.server.answerWith({ path, answer: { status: 503 }, times: 3 });
        timeIsUp(call);
      },
    });
    expect(outcome).toMatchObject({ status: 'failed', code: 'OPERATION_GAVE_UP' });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'timed_out' }]);
    expect(bench.server.scans()).toMatchObject([{ ended: false }]);

    await bench.abandon(operation, event);

    expect(bench.server.scans()).toMatchObject([{ status: 'Canceled', cancelAsked: true }]);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'timed_out' }]);
  });
});

describe('the options', () => {
  it('are those that users have', () => {
    expect(problemsOf(pullRequestCheckmarx, config)).toEqual([]);
    expect(problemsOf(pullRequestCheckmarx, { 'risk-scheme': { 'min-critical-vuls': 1 } })).toEqual([]);
    const all = { ...config, 'only-main-branch': false, 'scan-poll-interval': '5 seconds', source: 'upload' };
    expect(problemsOf(pullRequestCheckmarx, all)).toEqual([]);
  });

  it.each([
    [{}],
    [{ 'risk-scheme': {} }],
    [{ 'risk-scheme': { 'min-high-vuls': 0 } }],
    [{ 'risk-scheme': { 'min-hihg-vuls': 1 } }],
    [{ ...config, 'scan-timeout': '30' }],
    [{ ...config, source: 'svn' }],
    [{ ...config, timeout: '30 minutes' }],
  ])('are refused: %j', (wrong) => {
    expect(problemsOf(pullRequestCheckmarx, wrong)).not.toEqual([]);
  });
});
