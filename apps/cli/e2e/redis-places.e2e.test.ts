import {
  type EmulatedGitHub,
  startGitHub,
  startProcess,
  startRedisCluster,
  startRedisSentinels,
  type TestProcess,
  waitFor,
  writeDeployment,
} from '@octo-bots/testing';
import { expect, test } from 'vitest';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const bots = [
  {
    name: 'Label pull requests',
    filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
    operations: [{ 'pull-request-labels': { scheme: 'branches' } }],
  },
];

/** One comment and a closing for each: what is done twice shows. */
const refusing = [{ ...bots[0], operations: [{ 'pull-request-naming-enforcer': { 'enforced-names': ['fix/*'] } }] }];

/** An ingress and a worker on a Redis that is not one server. */
async function serve(stack: AsyncDisposableStack, redisUrl: string, what: readonly object[] = bots) {
  const github = stack.use(await startGitHub());
  const { configPath } = stack.use(await writeDeployment({ bots: what, github }));
  const start = async (role: string): Promise<TestProcess> => {
    const running = stack.use(await startProcess({ args: [role, '--config', configPath, '--redis-url', redisUrl] }));
    await waitFor(`the ${role}`, () => ready(running), { timeoutMs: 20_000 });
    return running;
  };
  const [ingress, worker] = await Promise.all([start('ingress'), start('worker')]);
  github.setWebhookUrl(`${ingress.url}/events`);
  return { github, ingress, worker, start };
}

const ready = async (running: TestProcess) => (await running.request('/readyz')).status === 200;

/** @returns what the ingress answered to the opening of the pull request. */
async function open(github: EmulatedGitHub, head: string): Promise<{ number: number; status: number | undefined }> {
  const opened = () => github.deliveries().filter((one) => one.event === 'pull_request' && one.action === 'opened');
  const before = new Set(opened().map(({ id }) => id));
  const { number } = await github.openPullRequest({ ...place, head });
  const delivery = await waitFor(`the delivery of #${number}`, () => opened().find(({ id }) => !before.has(id)));
  return { number, status: delivery.status };
}

async function labelled(github: EmulatedGitHub, number: number): Promise<void> {
  await waitFor(
    `#${number} to be labelled`,
    async () => (await github.issue(place.owner, place.repo, number)).labels.includes('feature'),
    { timeoutMs: 60_000 },
  );
}

test('a Cluster: while the slot of the deployment has no node events are refused; what was accepted before is finished after', async () => {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(
    await startRedisCluster({ persistence: ['--appendonly', 'yes', '--appendfsync', 'always'] }),
  );
  const { github, ingress, worker, start } = await serve(stack, cluster.url);
  const before = await open(github, 'feature/before');
  expect(before.status).toBe(202);
  await labelled(github, before.number);
  // Nobody works on this one before the node is gone.
  worker.kill('SIGTERM');
  await worker.exited;
  const pending = await open(github, 'feature/pending');
  expect(pending.status).toBe(202);

  await cluster.crashNodeOf('{octo}');
  expect((await open(github, 'feature/during')).status).toBe(503);
  expect(await ready(ingress)).toBe(false);

  await cluster.start();
  await waitFor('the ingress to be ready again', () => ready(ingress), { timeoutMs: 30_000 });
  await start('worker');
  await labelled(github, pending.number);
  const after = await open(github, 'feature/after');
  expect(after.status).toBe(202);
  await labelled(github, after.number);
});

test('a Cluster with replicas: the processes follow the new node of the slot by themselves, and what it has is finished exactly once', async () => {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startRedisCluster({ replicas: true }));
  const { github, ingress, worker } = await serve(stack, cluster.url, refusing);
  const accepted: number[] = [];
  const trickle = async (name: string) => {
    const { number, status } = await open(github, `feature/${name}`);
    expect([202, 503]).toContain(status);
    if (status === 202) accepted.push(number);
    return status;
  };
  // Their operations end while the slot has no node.
  github.slowDown({ path: /\/comments/, ms: 1000, times: 4 });
  for (const name of ['one', 'two']) expect(await trickle(name)).toBe(202);

  await cluster.crashNodeOf('{octo}');
  for (const name of ['three', 'four']) await trickle(name);
  await cluster.failedOver('{octo}');
  await waitFor('both to follow', async () => (await ready(ingress)) && ready(worker));

  for (const name of ['five', 'six']) expect(await trickle(name)).toBe(202);
  const done = () => worker.log().filter(({ msg, status }) => msg === 'run ended' && status === 'done');
  // Long before a run would be taken for lost, and taken up again.
  await waitFor('every accepted run to end', () => done().length >= accepted.length, { timeoutMs: 20_000 });
  expect(new Set(done().map(({ run }) => run)).size).toBe(done().length);
  for (const number of accepted) {
    expect(await github.issue(place.owner, place.repo, number)).toMatchObject({ state: 'closed', comments: 1 });
  }
});

test('Sentinels: the processes follow the new primary by themselves, and what it has is finished', async () => {
  await using stack = new AsyncDisposableStack();
  const sentinels = stack.use(await startRedisSentinels());
  const { github, ingress, worker } = await serve(stack, sentinels.url);
  const accepted: number[] = [];
  const trickle = async (name: string) => {
    const { number, status } = await open(github, `feature/${name}`);
    expect([202, 503]).toContain(status);
    if (status === 202) accepted.push(number);
    return status;
  };
  for (const name of ['one', 'two', 'three']) expect(await trickle(name)).toBe(202);

  await sentinels.crashPrimary();
  for (const name of ['four', 'five']) await trickle(name);
  await sentinels.failedOver();
  await waitFor('both to follow', async () => (await ready(ingress)) && ready(worker), { timeoutMs: 30_000 });

  for (const name of ['six', 'seven']) expect(await trickle(name)).toBe(202);
  for (const number of accepted) await labelled(github, number);
});
