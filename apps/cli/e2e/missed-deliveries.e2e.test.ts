import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;

describe('an outage of the ingress', () => {
  it('loses nothing: what was opened meanwhile is labelled once it is back', async () => {
    await using deployment = await deploy({
      bots: [
        {
          name: 'Label pull requests',
          filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
          operations: [{ 'pull-request-labels': { scheme: 'branches' } }],
        },
      ],
    });
    const { github } = deployment;
    const [ingress, scheduler] = await Promise.all([
      deployment.start('ingress'),
      deployment.start('scheduler'),
      deployment.start('worker'),
    ]);
    ingress.kill('SIGKILL');
    await ingress.exited;

    const numbers: number[] = [];
    for (const head of ['feature/one', 'feature/two', 'feature/three']) {
      numbers.push((await github.openPullRequest({ ...place, head })).number);
    }
    const attemptsOf = (number: number) =>
      github
        .deliveries()
        .filter(({ event, action }) => event === 'pull_request' && action === 'opened')
        .filter(({ body }) => JSON.parse(body).number === number);
    await waitFor('all deliveries to fail', () => numbers.every((number) => attemptsOf(number).length > 0));
    for (const number of numbers) expect(attemptsOf(number)[0]?.status).toBeUndefined();

    await deployment.start('ingress');
    for (const number of numbers) {
      await waitFor(
        `#${number} to be labelled`,
        async () => (await github.issue(place.owner, place.repo, number)).labels.includes('feature'),
        { timeoutMs: 100_000 },
      );
      expect(attemptsOf(number).filter(({ status }) => status === 202)).toHaveLength(1);
    }
    expect((await scheduler.request('/metrics')).body).toMatch(
      /^octo_bots_missed_deliveries_total\{result="found"\} \d+/m,
    );
  });
});
