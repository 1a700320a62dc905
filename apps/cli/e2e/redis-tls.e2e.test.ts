import {
  protectRedis,
  startGitHub,
  startProcess,
  startRedisCluster,
  startRedisSentinels,
  startRedisTls,
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

/** Sentinels and Cluster by name, which is all that their certificates are for. */
const places = {
  'one server': async (stack: AsyncDisposableStack) => stack.use(await startRedisTls()),
  Sentinels: async (stack: AsyncDisposableStack) =>
    stack.use(await startRedisSentinels({ protection: stack.use(await protectRedis('localhost')) })),
  'a Cluster': async (stack: AsyncDisposableStack) =>
    stack.use(await startRedisCluster({ protection: stack.use(await protectRedis('localhost')) })),
};

test.each(Object.entries(places))(
  'an event goes all the way over TLS to %s, with a user, a password and an authority of one’s own',
  async (_form, begin) => {
    await using stack = new AsyncDisposableStack();
    const redis = await begin(stack);
    await using github = await startGitHub();
    await using written = await writeDeployment({ bots, github });
    const env = { HOST: '127.0.0.1', PORT: '0', REDIS_URL: redis.url };
    await using ingress = await startProcess({ args: ['ingress', '--config', written.configPath], env });
    await using worker = await startProcess({ args: ['worker', '--config', written.configPath], env });
    for (const one of [ingress, worker]) {
      await waitFor('it to be ready', async () => (await one.request('/readyz')).status === 200, { timeoutMs: 20_000 });
    }
    github.setWebhookUrl(`${ingress.url}/events`);

    const { number } = await github.openPullRequest({ ...place, head: 'feature/tls' });

    await waitFor('the label', async () =>
      (await github.issue(place.owner, place.repo, number)).labels.includes('feature'),
    );
    expect(ingress.output() + worker.output()).not.toMatch(/p4ss-of-octo|w0rd\+of/);
  },
);

test('what is wrong with the way to Redis is logged and told by /readyz, without a password', async () => {
  await using redis = await startRedisTls();
  await using github = await startGitHub();
  await using written = await writeDeployment({ bots, github });
  const { port } = redis;
  const { user, password, authorityPath, strangerPath } = redis.protection;
  const at = `127.0.0.1:${port}`;
  const wrong = [
    [`rediss://${user}:${password}@${at}?certificate-path=${strangerPath}`, /certificate/i],
    [`rediss://${user}:wr0ng-word@${at}?certificate-path=${authorityPath}`, /WRONGPASS/],
    [`redis://${user}:${password}@${at}`, /trouble with Redis/],
  ] as const;
  for (const [REDIS_URL, says] of wrong) {
    const env = { HOST: '127.0.0.1', PORT: '0', REDIS_URL };
    await using worker = await startProcess({ args: ['worker', '--config', written.configPath], env });
    await worker.waitForLine(says, { timeoutMs: 20_000 });
    expect((await worker.request('/readyz')).status).toBe(503);
    expect(worker.output()).not.toMatch(/wr0ng-word|p4ss-of-octo/);
  }
});
