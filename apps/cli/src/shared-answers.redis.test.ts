import { type Client, silentLog, type WebhookEvent } from '@octo-bots/core';
import { type GitHubClient, githubAppCredentials } from '@octo-bots/github';
import { RedisCache } from '@octo-bots/queue';
import { type EmulatedGitHub, startGitHub, startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';

const repo = { owner: 'octo-org', repo: 'hello-world' };

/** What a worker process has: a connection to Redis, and a client with tokens of its own. */
async function startWorker(github: EmulatedGitHub, redisUrl: string) {
  const cache = new RedisCache({ redisUrl, log: silentLog });
  await waitFor('the cache to be connected', async () => {
    await cache.set('connected?', Buffer.from('yes'), 60_000);
    return (await cache.get('connected?')) !== undefined;
  });
  const { id, clientId, clientSecret, privateKey, webhookSecret } = github.app;
  const client = await githubAppCredentials
    .create({
      config: { 'api-url': github.url },
      secrets: {
        'app-id': id,
        'client-id': clientId,
        'client-secret': clientSecret,
        'private-key': privateKey,
        'webhook-secret': webhookSecret,
      },
      log: silentLog,
    })
    .createAuthenticatedClient(600_000, cache);
  return { octokit: await inOrganisation(client, github), [Symbol.dispose]: () => cache.close() };
}

async function inOrganisation(client: Client, github: EmulatedGitHub): Promise<GitHubClient> {
  const installation = github.installations.find(({ account }) => account === repo.owner);
  const event: WebhookEvent<unknown> = {
    delivery: 'd',
    name: 'push',
    action: undefined,
    headers: {},
    receivedAt: '2026-01-01T00:00:00Z',
    payload: { installation: { id: installation?.id } },
  };
  const run = { id: 'a-run', kind: 'bot', name: 'a bot', attempt: 1, delivery: 'd' } as const;
  const scope = { run, log: silentLog, signal: new AbortController().signal };
  // The contract of core says `unknown`, as it knows no GitHub.
  return (await client.forEvent(event, scope)) as GitHubClient;
}

const issuesSeenBy = async ({ octokit }: Awaited<ReturnType<typeof startWorker>>) =>
  (await octokit.paginate(octokit.rest.issues.listForRepo, { ...repo, per_page: 2 })).map(({ title }) => title);

const statusesOf = (github: EmulatedGitHub) =>
  github
    .requests()
    .filter(({ method, token, path }) => method === 'GET' && token === 'installation' && path.includes('/issues'))
    .map(({ status }) => status);

test('workers that share a Redis ask GitHub only for what is new, page by page, and see every change', async () => {
  await using redis = await startRedis();
  await using github = await startGitHub();
  for (const title of ['one', 'two', 'three']) await github.createIssue({ ...repo, title });
  using first = await startWorker(github, redis.url);
  using second = await startWorker(github, redis.url);

  // On GitHub an ETag is that of a token, and each worker has a token of its own: it is told everything once.
  for (const worker of [first, second]) expect(await issuesSeenBy(worker)).toEqual(['three', 'two', 'one']);
  expect(statusesOf(github)).toEqual([200, 200, 200, 200]);
  for (const worker of [first, second]) expect(await issuesSeenBy(worker)).toEqual(['three', 'two', 'one']);
  expect(statusesOf(github).slice(4)).toEqual([304, 304, 304, 304]);

  await github.createIssue({ ...repo, title: 'four' });
  for (const worker of [second, first]) expect(await issuesSeenBy(worker)).toEqual(['four', 'three', 'two', 'one']);
});

test('a Redis that goes away fails no request', async () => {
  await using redis = await startRedis();
  await using github = await startGitHub();
  await github.createIssue({ ...repo, title: 'one' });
  using worker = await startWorker(github, redis.url);
  expect(await issuesSeenBy(worker)).toEqual(['one']);
  await redis.crash();
  expect(await issuesSeenBy(worker)).toEqual(['one']);
  expect(statusesOf(github)).toEqual([200, 200]);
});
