import { startCheckmarxOne } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { CheckmarxBench } from '../test-support/checkmarx-bench.ts';
import { eventOperation } from '../test-support/harness.ts';
import { pullRequestCheckmarx } from './pull-request-checkmarx.ts';

const operation = eventOperation(pullRequestCheckmarx, {
  'risk-scheme': { 'min-critical-vuls': 1, 'min-high-vuls': 1 },
});
const other = { key: 'another-run/0.operation' };

async function oneBench(options: Parameters<typeof startCheckmarxOne>[0] = {}) {
  return CheckmarxBench.start(await startCheckmarxOne(options));
}

const finish = (bench: Awaited<ReturnType<typeof oneBench>>) => {
  const { id } = bench.server.scans().at(-1) ?? expect.unreachable('no scan was started');
  bench.server.finish(id);
};

/** What differs from CxSAST as a run sees it; all the rest is held by the other tests. */
describe('with Checkmarx One', { timeout: 60_000 }, () => {
  it('a full queue is waited out, and told', async () => {
    await using bench = await oneBench({ quirks: { queueFull: 2 } });
    const { pull, event } = await bench.opened();
    const titles: (string | null | undefined)[] = [];

    const outcome = await bench.run(operation, event, {
      between: async () => titles.push((await bench.checkRuns(pull.head.sha))[0]?.title),
    });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(titles.slice(0, 2)).toEqual(['Waiting for a place in the queue', 'Waiting for a place in the queue']);
    expect(bench.server.scans()).toHaveLength(1);
  });

  it('a queue that stays full ends with the timeout', async () => {
    await using bench = await oneBench({ quirks: { queueFull: 1000 } });
    const { pull, event } = await bench.opened();

    const outcome = await bench.run(operation, event, {
      between({ state }) {
        state.startedAt -= 60 * 60_000;
      },
    });

    expect(outcome).toMatchObject({ status: 'failed', code: 'OPERATION_GAVE_UP' });
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'timed_out' }]);
  });

  it('nothing found of any severity is a pass, and something hidden is none', async () => {
    await using bench = await oneBench();
    const { pull, event } = await bench.opened();
    await bench.run(operation, event);
    expect(await bench.checkRuns(pull.head.sha)).toMatchObject([{ conclusion: 'success' }]);
    bench.server.setQuirks({ hidesCritical: true });
    bench.server.setCounts({ critical: 3 });
    const next = await bench.pushed(pull.number);

    await bench.run(operation, next.event, other);

    expect(await bench.checkRuns(next.sha)).toMatchObject([{ conclusion: 'failure' }]);
  });

  it('a lost state starts no second scan, and a newer head ends the older one', async () => {
    await using bench = await oneBench({ progress: 'by-hand' });
    const { pull, event } = await bench.opened();
    await bench.call(operation, event);
    await bench.call(operation, event);
    expect(bench.server.scans()).toHaveLength(1);
    const next = await bench.pushed(pull.number);

    const outcome = await bench.run(operation, next.event, { ...other, between: () => finish(bench) });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toMatchObject([{ cancelAsked: true }, { cancelAsked: false, ended: true }]);
  });

  it('a lost state starts no second scan either when the first one has ended', async () => {
    await using bench = await oneBench({ progress: 'by-hand' });
    const { event } = await bench.opened();
    await bench.call(operation, event);
    finish(bench);

    expect(await bench.run(operation, event)).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toHaveLength(1);
  });

  it('a run that is given up cancels its scan', async () => {
    await using bench = await oneBench({ progress: 'by-hand' });
    const { event } = await bench.opened();
    await bench.call(operation, event);

    await bench.abandon(operation, event);

    expect(bench.server.scans()).toMatchObject([{ ended: true, cancelAsked: true }]);
  });
});
