import { waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentProcesses, deploy, endedRuns } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const day = 24 * 60 * 60 * 1000;

const bots = `
  bots:
    - name: Label pull requests
      filters:
        - events-filter:
            events:
              - name: pull_request
                actions: [opened, edited, synchronize]
      operations:
        - pull-request-labels:
            scheme: branches
    - name: Enforce branch names
      filters:
        - events-filter:
            events:
              - name: pull_request
                actions: [opened, reopened]
        - branch-filter:
            base-branches: [main]
        - file-filter:
            exists: [README.md]
      operations:
        - pull-request-naming-enforcer:
            enforced-names: [feature/*, fix/*, release/*]
            enforcing-comment: "Closed: please name the branch feature/… or fix/…"
            enforcing-action: closed
    - name: Only where there is a licence
      filters:
        - events-filter:
            events: [{name: pull_request}]
        - file-filter:
            exists: [LICENSE]
      operations:
        - pull-request-naming-enforcer:
            enforced-names: [nothing-is-called-like-this]
`;

const jobs = `
  jobs:
    - name: Close stale issues and pull requests
      every: 1 second
      operations:
        - close-stale:
            close-issues: true
            close-prs: true
            stale-expiration: 60 days
            stale-comment: Closed as stale.
            exempt-labels: [hotfix]
`;

describe('a deployment of one ingress, two workers and one scheduler', () => {
  let deployment: DeploymentProcesses;

  beforeAll(async () => {
    deployment = await deploy({ bots, jobs });
    await Promise.all((['ingress', 'worker', 'worker', 'scheduler'] as const).map((role) => deployment.start(role)));
  });

  afterAll(() => deployment?.[Symbol.asyncDispose]());

  const labelsOf = async (number: number) => (await deployment.github.issue(place.owner, place.repo, number)).labels;

  const labelled = (number: number, ...labels: string[]) =>
    waitFor(
      `#${number} to have the labels ${labels.join(', ')}`,
      async () => {
        const now = await labelsOf(number);
        return labels.every((label) => now.includes(label)) && now;
      },
      { timeoutMs: 30_000 },
    );

  const deliveryOf = (action: string, number: number) =>
    waitFor(`the delivery of pull_request.${action} for #${number}`, () =>
      deployment.github
        .deliveries()
        .find(
          ({ event, action: its, body }) =>
            event === 'pull_request' && its === action && JSON.parse(body).number === number,
        ),
    );

  it('labels a pull request that is opened, and says to GitHub which runs that took', async () => {
    const { number } = await deployment.github.openPullRequest({ ...place, head: 'feature/one' });
    expect(await labelled(number, 'prod', 'feature')).toHaveLength(2);
    const delivery = await deliveryOf('opened', number);
    expect(delivery.status).toBe(202);
    expect(JSON.parse(delivery.answer)).toMatchObject({
      delivery: delivery.delivery,
      runs: expect.arrayContaining([{ bot: 'Label pull requests', id: `${delivery.delivery}.label-pull-requests` }]),
    });
  });

  it('labels it anew when it is edited to another base, and leaves what people set', async () => {
    const { number } = await deployment.github.openPullRequest({ ...place, head: 'fix/two', base: 'dev/next' });
    await labelled(number, 'dev', 'wip');
    await deployment.github.api(place.owner, 'POST', `/repos/octo-org/hello-world/issues/${number}/labels`, {
      labels: ['by-a-person'],
    });
    await deployment.github.editPullRequest(place.owner, place.repo, number, { base: 'main' });
    expect(await labelled(number, 'prod', 'fix')).toContain('by-a-person');
  });

  it('puts a label back when a commit is pushed', async () => {
    const { number } = await deployment.github.openPullRequest({ ...place, head: 'release/1.0' });
    await labelled(number, 'release');
    await deployment.github.api(place.owner, 'DELETE', `/repos/octo-org/hello-world/issues/${number}/labels/release`);
    expect(await labelsOf(number)).not.toContain('release');
    await deployment.github.pushCommit({ ...place, branch: 'release/1.0' });
    await labelled(number, 'release');
    expect((await deliveryOf('synchronize', number)).status).toBe(202);
  });

  it('closes a pull request whose branch has a name that is not allowed, with one comment, however often it is delivered', async () => {
    const { number } = await deployment.github.openPullRequest({ ...place, head: 'my-stuff' });
    await waitFor(
      `#${number} to be closed`,
      async () => (await deployment.github.issue(place.owner, place.repo, number)).state === 'closed',
      { timeoutMs: 30_000 },
    );
    const delivery = await deliveryOf('opened', number);
    const again = await deployment.github.redeliver(delivery.delivery);
    expect(again.status).toBe(202);
    const runs = () =>
      endedRuns(deployment.workerLog()).filter(({ run }) => run === `${delivery.delivery}.enforce-branch-names`);
    await waitFor('the run to end', () => runs().length > 0);
    // What comes after the redelivery in the same queue has run, so the redelivery had its chance.
    const { number: next } = await deployment.github.openPullRequest({ ...place, head: 'my-other-stuff' });
    await waitFor(
      `#${next} to be closed`,
      async () => (await deployment.github.issue(place.owner, place.repo, next)).state === 'closed',
      { timeoutMs: 30_000 },
    );
    expect(runs()).toHaveLength(1);
    const comments = await deployment.github.commentsOf(place.owner, place.repo, number);
    expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('please name the branch feature/')]);
  });

  it('passes over a bot whose file-filter finds no such file in the repository, and says which', async () => {
    const { number } = await deployment.github.openPullRequest({ ...place, head: 'feature/unlicensed' });
    const { delivery } = await deliveryOf('opened', number);
    const line = await waitFor('the filter to decide', () =>
      deployment
        .workerLog()
        .find(({ msg, run }) => msg === 'event filtered out' && run === `${delivery}.only-where-there-is-a-licence`),
    );
    expect(line).toMatchObject({ filter: 'file-filter', reason: expect.stringContaining('LICENSE') });
    expect((await deployment.github.issue(place.owner, place.repo, number)).state).toBe('open');
  });

  it('answers an event that matches no bot, without a run', async () => {
    const delivery = await deployment.github.deliver({
      event: 'star',
      payload: { action: 'created', repository: { name: 'hello-world', full_name: 'octo-org/hello-world' } },
    });
    expect(delivery.status).toBe(202);
    expect(JSON.parse(delivery.answer)).toEqual({ delivery: delivery.delivery, runs: [] });
  });

  it('closes what is stale in every installation, and leaves what is fresh or exempt', async () => {
    const updatedAt = new Date(Date.now() - 90 * day);
    const open = (owner: string, repo: string, rest: { labels?: string[]; updatedAt?: Date }) =>
      deployment.github.createIssue({ owner, repo, ...rest });
    const fresh = await open('octo-org', 'hello-world', {});
    const exempt = await open('octo-org', 'hello-world', { labels: ['hotfix'], updatedAt });
    const stale = await Promise.all([
      open('octo-org', 'hello-world', { updatedAt }),
      open('mona', 'notes', { updatedAt }),
    ]);
    for (const { owner, repo, number } of stale) {
      await waitFor(
        `${owner}/${repo}#${number} to be closed`,
        async () => (await deployment.github.issue(owner, repo, number)).state === 'closed',
        { timeoutMs: 30_000 },
      );
      const comments = await deployment.github.commentsOf(owner, repo, number);
      expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('Closed as stale.')]);
    }
    for (const { owner, repo, number } of [fresh, exempt]) {
      expect((await deployment.github.issue(owner, repo, number)).state).toBe('open');
    }
  });
});
