import { failsOnce, steady, waitsOnce } from './operations.ts';

const filters = [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }];
const queue = { attempts: 5, backoff: { type: 'fixed', delay: '200 ms' } };
const steps = [steady, failsOnce, waitsOnce].map(({ type }) => type);

export const inOrderBot = 'Steps in order';
export const parallelBot = 'Steps side by side';
export const productBot = 'What comes with Octo Bots';

/** A text that no other comment has. */
export const enforcingComment = 'The chaos suite does not allow this name.';

/** The bots that have steps, whose effects and calls are counted by name. */
export const stepBots = [
  { name: inOrderBot, parallel: false, operations: steps },
  { name: parallelBot, parallel: true, operations: steps.slice(0, 2) },
] as const;

export const bots = [
  ...stepBots.map(({ operations, ...bot }) => ({
    ...bot,
    filters,
    queue,
    operations: operations.map((type) => ({ [type]: {} })),
  })),
  {
    name: productBot,
    filters,
    queue,
    operations: [
      { 'pull-request-labels': { scheme: 'branches' } },
      {
        'pull-request-naming-enforcer': {
          'enforced-names': ['never/*'],
          'enforcing-comment': enforcingComment,
          'enforcing-action': 'open',
        },
      },
    ],
  },
];
