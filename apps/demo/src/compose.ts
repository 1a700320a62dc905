import { startGitHub, writeDeployment } from '@octo-bots/testing';
import { answerWithinMs, DemoFailure, showPullRequest, showStaleIssue, within } from './answers.ts';
import { definitions, openStaleIssue, owner, repo } from './deployment.ts';
import type { Story } from './story.ts';

export interface ComposeDemoOptions {
  /** Where the other containers reach this one, for instance `http://github:4000`; its port is the one to listen on. */
  readonly url: URL;
  /** Where the other containers find their configuration. */
  readonly configDir: string;
  /** The ingress, as this container reaches it. */
  readonly ingress: string;
  /** What people on the host put before a path of the emulated GitHub's API and of the dashboard. */
  readonly outside: { readonly github: string; readonly dashboard: string };
}

/** Closes and comments on what has another name: something to see, beyond labels, on pull requests of your own. */
const namingBot = {
  name: 'Branch names',
  operations: [
    {
      'pull-request-naming-enforcer': {
        'enforced-names': ['feature/*', 'fix/*'],
        'enforcing-comment': 'Closed: please name the branch feature/… or fix/….',
        'enforcing-action': 'closed',
      },
    },
  ],
  filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened', 'reopened'] }] } }],
};

/** Redis may still have the schedule of a demo before this one, and it stands: its next tick must come while the story waits for it. */
const jobs = definitions.jobs.map((job) => ({ ...job, every: `${answerWithinMs / 2000} seconds` }));

/**
 * An emulated GitHub for the containers of docker-compose.yml, and their configuration; then the story on them.
 * @param onReady called once the others may start.
 * @param untilAsked settles when it is time to end.
 * @returns the exit code: 0 when GitHub has every answer, else 1.
 */
export async function playInCompose(
  options: ComposeDemoOptions,
  story: Story,
  { onReady, untilAsked }: { onReady: () => Promise<void>; untilAsked: () => Promise<void> },
): Promise<number> {
  const { url } = options;
  await using github = await startGitHub({
    listen: { host: '0.0.0.0', port: Number(url.port), url: url.origin },
    webhookUrl: `${options.ingress}/events`,
  });
  const stale = await openStaleIssue(github);
  await writeDeployment({
    dir: options.configDir,
    github,
    jobs,
    bots: [...definitions.bots, namingBot],
  });
  await onReady();
  story.step('An emulated GitHub, with the App installed on octo-org and mona');
  story.detail('API', `${url.origin}  (from this machine: ${options.outside.github})`);
  story.step(`Issue #${stale.number} "${stale.title}", untouched for 90 days`);
  try {
    await within('the ingress to be ready', () => isReady(options.ingress), 180_000);
    story.step('The ingress is ready');
    await showPullRequest(github, story);
    await showStaleIssue(github, stale.number, story);
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    story.failure(error.message);
    return 1;
  }
  showWhereToLook(options, story);
  await untilAsked();
  return 0;
}

async function isReady(ingress: string): Promise<boolean> {
  const answer = await fetch(`${ingress}/readyz`);
  await answer.body?.cancel();
  return answer.ok;
}

function showWhereToLook({ outside }: ComposeDemoOptions, story: Story): void {
  story.heading('All of it was read back from GitHub. It stays up until you end it. Where to look next:');
  story.pointer('the labels', `curl -s ${outside.github}/repos/${owner}/${repo}/issues/2/labels`);
  story.pointer('dashboard', `${outside.dashboard}/dashboard  (octo-bots / octo-bots)`);
  story.pointer('your own GitHub App', 'docs/how-to/docker-compose.md');
  story.blank();
}
