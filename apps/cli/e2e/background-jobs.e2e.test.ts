import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { deploy, endedRuns, mostAtOnce } from './deployment-processes.ts';

const jobNames = ['One', 'Two', 'Three', 'Four', 'Five'];

describe('background jobs over three worker processes', () => {
  it('never run more at once than the cap says, and none overlaps itself', async () => {
    await using deployment = await deploy({
      settings: { 'parallel-background-jobs': 2 },
      jobs: jobNames.map((name) => ({
        name,
        every: '1 second',
        operations: [{ 'close-stale': { 'close-issues': true, 'stale-expiration': '60 days' } }],
      })),
    });
    // Two installations: each run takes more than two seconds, so that every job is due again while it still runs.
    deployment.github.slowDown({ path: /^\/installation\/repositories/, ms: 1_200 });
    await Promise.all((['worker', 'worker', 'worker', 'scheduler'] as const).map((role) => deployment.start(role)));

    const runs = await waitFor(
      'each job to have run twice',
      () => {
        const ended = endedRuns(deployment.workerLog());
        return jobNames.every((job) => ended.filter(({ name }) => name === job).length >= 2) && ended;
      },
      { timeoutMs: 90_000 },
    );
    expect(mostAtOnce(runs)).toBe(2);
    for (const job of jobNames) expect(mostAtOnce(runs.filter(({ name }) => name === job))).toBe(1);
  });
});
