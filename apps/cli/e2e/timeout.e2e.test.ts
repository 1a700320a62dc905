import { waitFor } from '@octo-bots/testing';
import { expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;

it('a run whose request to GitHub hangs is ended at its queue.timeout, and does its work in the next attempt', async () => {
  await using deployment = await deploy({
    bots: [
      {
        name: 'Label pull requests',
        filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
        operations: [{ 'pull-request-labels': { scheme: 'branches' } }],
        queue: { attempts: 2, backoff: { type: 'fixed', delay: '100 ms' }, timeout: '2 seconds' },
      },
    ],
  });
  const { github } = deployment;
  await Promise.all([deployment.start('ingress'), deployment.start('worker')]);
  // Far longer than an operation is waited for once its signal told it to stop.
  github.slowDown({ path: /\/labels/, ms: 600_000, times: 1 });

  const { number } = await github.openPullRequest({ ...place, head: 'feature/hangs' });

  await waitFor(
    'the label',
    async () => (await github.issue(place.owner, place.repo, number)).labels.includes('feature'),
    { timeoutMs: 30_000 },
  );
  const ends = await waitFor('both attempts to end', () => {
    const lines = deployment.workerLog().filter(({ msg }) => msg === 'run ended');
    return lines.length === 2 && lines;
  });
  expect(ends).toMatchObject([
    { attempt: 1, status: 'failed', retryable: true },
    { attempt: 2, status: 'done' },
  ]);
  expect(Number(ends[0]?.durationMs)).toBeLessThan(4500);
  expect(deployment.workerLog()).toContainEqual(
    expect.objectContaining({ msg: 'operation ended', attempt: 1, code: 'RUN_TIMED_OUT' }),
  );
  // The signal reached the request itself: nothing had to be given up on.
  expect(deployment.workerLog().map(({ msg }) => msg)).not.toContain('operation ignores its signal');
});
