import {
  acquireRedis,
  type EmulatedGitHub,
  startGitHub,
  startProcess,
  type TestProcess,
  writeDeployment,
} from '@octo-bots/testing';
import { DemoFailure, showPullRequest, showStaleIssue } from './answers.ts';
import { definitions, openStaleIssue } from './deployment.ts';
import type { DemoOptions } from './options.ts';
import type { Story } from './story.ts';
import { untilAsked } from './until-asked.ts';

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

    await showPullRequest(github, story, (delivery) =>
      server.log().find((line) => line.msg === 'operation ended' && line.delivery === delivery),
    );
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

async function startServer(
  github: EmulatedGitHub,
  redisUrl: string,
  options: DemoOptions,
  stack: AsyncDisposableStack,
): Promise<TestProcess> {
  const deployment = stack.use(
    await writeDeployment({
      ...definitions,
      github: {
        url: github.url,
        app: { ...github.app, webhookSecret: options.webhookSecret ?? github.app.webhookSecret },
      },
    }),
  );
  return startProcess({
    args: ['start', '--config', deployment.configPath, '--redis-url', redisUrl, '--host', '127.0.0.1', '--port', '0'],
  });
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
