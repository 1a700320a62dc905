import type { DeploymentInput, EmulatedGitHub, IssueView } from '@octo-bots/testing';

export const owner = 'octo-org';
export const repo = 'hello-world';
const day = 24 * 60 * 60 * 1000;

export const labelBot = { name: 'Label pull requests', labels: ['feature', 'prod'] } as const;
export const staleComment = 'Closed: nothing happened here for 60 days. Thanks for your contributions.';

/** The bot and the background job whose answers the story shows. */
export const definitions = {
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
} satisfies Pick<DeploymentInput, 'bots' | 'jobs'>;

/** An issue that the background job finds on its first tick. */
export function openStaleIssue(github: EmulatedGitHub): Promise<IssueView> {
  return github.createIssue({
    owner,
    repo,
    title: 'The login page is slow',
    updatedAt: new Date(Date.now() - 90 * day),
  });
}
