import { waitFor } from '@octo-bots/testing';
import { expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const { owner, repo } = place;

const jobs = [
  {
    name: 'Stale',
    every: '1 second',
    operations: [
      {
        'close-stale': {
          'stale-expiration': '4 seconds',
          'close-after': '5 seconds',
          issues: { 'close-label': 'closed as stale' },
        },
      },
    ],
  },
];

const bots = `
  bots:
    - name: Reopen
      filters:
        - events-filter:
            events: [{name: issue_comment, actions: [created]}]
      operations:
        - reopen-on-comment:
            remove-labels: [stale, closed as stale]
`;

it('an issue is marked, loses the mark by a comment, is marked and closed, and comes back by its author’s comment', {
  timeout: 120_000,
}, async () => {
  await using deployment = await deploy({ jobs, bots });
  const { github } = deployment;
  await Promise.all((['ingress', 'worker', 'scheduler'] as const).map((role) => deployment.start(role)));
  const { number } = await github.openIssue(place);
  const labels = () => github.labelsOf(owner, repo, number);
  const state = async () => (await github.issue(owner, repo, number)).state;
  const ours = async () =>
    (await github.commentsOf(owner, repo, number)).filter(({ author }) => author === 'octo-bots[bot]').length;

  await waitFor('the mark', async () => (await labels()).includes('stale'), { timeoutMs: 30_000 });
  expect(await ours()).toBe(1);
  await github.comment(owner, repo, number, 'Still needed!');
  await waitFor('the mark to be taken off', async () => !(await labels()).includes('stale'), { timeoutMs: 30_000 });
  expect(await state()).toBe('open');

  await waitFor('the mark again', async () => (await labels()).includes('stale'), { timeoutMs: 30_000 });
  expect(await ours()).toBe(2);
  await waitFor('the closing', async () => (await state()) === 'closed', { timeoutMs: 30_000 });
  expect(await labels()).toEqual(expect.arrayContaining(['stale', 'closed as stale']));
  expect(await ours()).toBe(3);

  await github.comment(owner, repo, number, 'I need it after all.');
  await waitFor('the issue to come back', async () => (await state()) === 'open', { timeoutMs: 30_000 });
  await waitFor('its labels to be gone', async () => !(await labels()).includes('closed as stale'));
});
