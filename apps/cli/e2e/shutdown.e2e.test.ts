import { type TestProcess, waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const pulls = 12;

async function stopWithSigterm(process: TestProcess): Promise<void> {
  process.kill('SIGTERM');
  const exit = await waitFor('the process to end', () => process.exited, { timeoutMs: 30_000 });
  expect(exit, process.output()).toEqual({ code: 0, signal: null });
}

describe('SIGTERM', () => {
  it('ends each process with exit code 0 while events come in, and no run is lost', async () => {
    await using deployment = await deploy({
      bots: [
        {
          name: 'Label pull requests',
          filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
          operations: [{ 'pull-request-labels': { scheme: 'branches' } }],
        },
      ],
      jobs: [
        {
          name: 'Close stale issues',
          every: '1 second',
          operations: [{ 'close-stale': { 'close-issues': true, 'stale-expiration': '60 days' } }],
        },
      ],
    });
    const { github } = deployment;
    // Slow enough that a worker is always in the middle of something.
    github.slowDown({ path: /\/labels/, ms: 200 });
    const [ingress, firstWorker, secondWorker, scheduler] = await Promise.all([
      deployment.start('ingress'),
      deployment.start('worker'),
      deployment.start('worker'),
      deployment.start('scheduler'),
    ]);

    const numbers: number[] = [];
    for (let index = 0; index < pulls; index++) {
      numbers.push((await github.openPullRequest({ ...place, head: `feature/${index}` })).number);
      if (index === 4) void stopWithSigterm(firstWorker);
    }
    const accepted = await waitFor('every opened pull request to be delivered', () => {
      const opened = github.deliveries().filter(({ event, action }) => event === 'pull_request' && action === 'opened');
      return opened.length === pulls && opened;
    });
    expect(accepted.map(({ status }) => status)).toEqual(Array(pulls).fill(202));

    await Promise.all([ingress, secondWorker, scheduler].map(stopWithSigterm));
    expect(await firstWorker.exited).toEqual({ code: 0, signal: null });

    await deployment.start('worker');
    for (const number of numbers) {
      await waitFor(
        `#${number} to be labelled`,
        async () => (await github.issue(place.owner, place.repo, number)).labels.includes('feature'),
        { timeoutMs: 60_000 },
      );
    }
  });
});
