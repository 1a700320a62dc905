import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;

const jobs = `
  jobs:
    - name: Close stale issues
      every: 1 second
      operations:
        - close-stale:
            close-issues: true
            stale-expiration: 60 days
`;

describe('a background job that sweeps the same repositories again and again', () => {
  it('is told by GitHub that nothing is new, which costs nothing of the rate limit, and sees what is', async () => {
    await using deployment = await deploy({ jobs });
    await Promise.all((['worker', 'worker', 'scheduler'] as const).map((role) => deployment.start(role)));
    const { github } = deployment;
    const unchanged = () =>
      github.requests().filter(({ status, token }) => status === 304 && token === 'installation').length;
    await waitFor('sweeps that find nothing new', () => unchanged() >= 5, { timeoutMs: 60_000 });
    expect(deployment.workerLog().some(({ level }) => level === 'error')).toBe(false);

    const { number } = await github.createIssue({ ...place, title: 'Old', updatedAt: new Date('2020-01-01') });
    await waitFor('the issue to be closed', async () => {
      return (await github.issue(place.owner, place.repo, number)).state === 'closed';
    });
  });
});
