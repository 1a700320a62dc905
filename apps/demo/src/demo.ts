import { once } from 'node:events';
import {
  acquireRedis,
  type Delivery,
  type EmulatedGitHub,
  startGitHub,
  startProcess,
  type TestProcess,
  type Truthy,
  waitFor,
  writeDeployment,
} from '@octo-bots/testing';
import type { DemoOptions } from './options.ts';
import type { Story } from './story.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const day = 24 * 60 * 60 * 1000;
const answerWithinMs = 30_000;

const labelBot = { name: 'Label pull requests', labels: ['feature', 'prod'] } as const;
const staleComment = 'Closed: nothing happened here for 60 days. Thanks for your contributions.';

/** The demo did not come to what it should; its message says what was expected and what was seen instead. */
class DemoFailure extends Error {}

/**
 * Plays the story once on real parts and reads the bots' answers back from GitHub.
 * @returns the process's exit code: 0 when GitHub has every answer, else 1.
 */
export async function playDemo(options: DemoOptions, story: Story): Promise<number> {
  await using stack = new AsyncDisposableStack();
  try {
    const redis = stack.use(await acquireRedis());
    story.step('A Redis for the runs');
    story.detail(
      'address',
      redis.origin === 'own' ? `${redis.url}  (started for this demo)` : 'the one that REDIS_URL names',
    );

    const github = stack.use(await startGitHub());
    story.step('An emulated GitHub, with the App installed on octo-org and mona');
    story.detail('API', github.url);

    const stale = await openStaleIssue(github);
    story.step(`Issue #${stale.number} "${stale.title}", untouched for 90 days`);

    const server = stack.use(await startServer(github, redis.url, options, stack));
    story.step('octo-bots start: ingress, worker, scheduler and dashboard in one process');
    story.detail('webhooks', `${server.url}/events  (TLS, certificate made for this start)`);
    github.setWebhookUrl(`${server.url}/events`, { insecureTls: true });

    await showPullRequest(github, server, story);
    await showStaleIssue(github, stale.number, story);

    showWhereToLook(server, story, options);
    if (!options.once) await untilAsked();
    return 0;
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    story.failure(error.message);
    story.blank();
    return 1;
  }
}

function openStaleIssue(github: EmulatedGitHub) {
  return github.createIssue({
    owner,
    repo,
    title: 'The login page is slow',
    updatedAt: new Date(Date.now() - 90 * day),
  });
}

async function startServer(
  github: EmulatedGitHub,
  redisUrl: string,
  options: DemoOptions,
  stack: AsyncDisposableStack,
): Promise<TestProcess> {
  const deployment = stack.use(
    await writeDeployment({
      github: {
        url: github.url,
        app: { ...github.app, webhookSecret: options.webhookSecret ?? github.app.webhookSecret },
      },
      bots: [
        {
          name: labelBot.name,
          operations: [{ 'pull-request-labels': { scheme: 'branches' } }],
          filters: [
            { 'events-filter': { events: [{ name: 'pull_request', actions: ['opened', 'edited', 'synchronize'] }] } },
          ],
        },
      ],
      jobs: [
        {
          name: 'Close stale issues',
          every: '30 minutes',
          operations: [
            { 'close-stale': { 'close-issues': true, 'stale-expiration': '60 days', 'stale-comment': staleComment } },
          ],
        },
      ],
    }),
  );
  return startProcess({
    args: ['start', '--config', deployment.configPath, '--redis-url', redisUrl, '--host', '127.0.0.1', '--port', '0'],
  });
}

async function showPullRequest(github: EmulatedGitHub, server: TestProcess, story: Story): Promise<void> {
  const pull = await github.openPullRequest({
    owner,
    repo,
    head: 'feature/login',
    base: 'main',
    title: 'A faster login',
  });
  story.step(`Pull request #${pull.number} "${pull.title}": ${pull.head.ref} into ${pull.base.ref}`);

  const delivery = await within('GitHub to deliver pull_request.opened', () =>
    github.deliveries().find(({ event, action }) => event === 'pull_request' && action === 'opened'),
  );
  story.step(
    `Webhook ${delivery.event}.${delivery.action}: ${statusOf(delivery)} after ${Math.round(delivery.duration * 1000)} ms`,
  );
  story.detail('delivery', delivery.delivery);
  if (delivery.status !== 202) throw new DemoFailure(explainRefusal(delivery));

  const ended = await within('the worker to end the run', () =>
    server.log().find((line) => line.msg === 'operation ended' && line.delivery === delivery.delivery),
  );
  story.step(`Bot "${labelBot.name}" ran ${ended.operation}: ${ended.outcome}`);
  story.detail('run', String(ended.run));
  story.detail('says', String(ended.reason));

  const labels = await within(`the labels ${labelBot.labels.join(', ')} on #${pull.number}`, async () => {
    const now = (await github.issue(owner, repo, pull.number)).labels;
    return labelBot.labels.every((label) => now.includes(label)) ? now : undefined;
  });
  story.step(`Read back from GitHub: #${pull.number} has the labels ${labels.join(', ')}`);
}

async function showStaleIssue(github: EmulatedGitHub, number: number, story: Story): Promise<void> {
  const issue = await within(`issue #${number} to be closed by the background job`, async () => {
    const now = await github.issue(owner, repo, number);
    return now.state === 'closed' ? now : undefined;
  });
  story.step(`Background job "Close stale issues": #${number} "${issue.title}" is closed`);
  const comment = (await github.commentsOf(owner, repo, number)).find(({ body }) => body.includes(staleComment));
  if (comment === undefined) throw new DemoFailure(`Issue #${number} is closed, but without the bot's comment.`);
  story.detail('comment', `${comment.author}: ${staleComment}`);
}

function statusOf(delivery: Delivery): string {
  return delivery.status === undefined ? `no answer (${delivery.error})` : `answered ${delivery.status}`;
}

function explainRefusal(delivery: Delivery): string {
  if (delivery.status === 401) {
    return 'The ingress refused the webhook: its signature does not fit the webhook secret that the server was given. Give both the same.';
  }
  return `The ingress did not take the webhook: ${statusOf(delivery)} ${delivery.answer}`;
}

function showWhereToLook(server: TestProcess, story: Story, options: DemoOptions): void {
  story.heading(
    options.once ? 'All of it was read back from GitHub.' : 'It stays up until you press Ctrl-C. Where to look next:',
  );
  if (!options.once) {
    story.pointer('dashboard', `${server.url}/dashboard`);
    story.pointer('metrics', `${server.url}/metrics`);
    story.pointer('health', `${server.url}/readyz`);
  }
  story.pointer('your own GitHub App', 'README.md, "With a real GitHub App"');
  story.pointer('a bot of your own', 'config/bots/ and README.md, "Bots"');
  story.blank();
}

async function untilAsked(): Promise<void> {
  // A server socket of ours keeps the process up; these signals end the wait, and disposing ends the rest.
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

async function within<T>(what: string, condition: () => T | Promise<T>): Promise<Truthy<T>> {
  try {
    return await waitFor(what, condition, { timeoutMs: answerWithinMs });
  } catch (error) {
    throw new DemoFailure(error instanceof Error ? error.message : String(error));
  }
}
