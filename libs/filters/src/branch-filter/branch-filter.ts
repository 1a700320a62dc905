import { definePureFilter, filterOut, Glob, letThrough, matchesAny, Options } from '@octo-bots/core';
import { Type } from 'typebox';

export const branchFilter = definePureFilter({
  type: 'branch-filter',
  summary: 'Lets through pull requests by their head and base branch.',
  example: `branch-filter:
  head-branches: [release/*, hotfix/*]
  base-branches: [main]
`,
  config: Options({
    'head-branches': Type.Array(Glob(), {
      default: [],
      description: 'The head branch must match one of these; an empty list lets all through.',
    }),
    'base-branches': Type.Array(Glob(), {
      default: [],
      description: 'The base branch must match one of these; an empty list lets all through.',
    }),
  }),
  filter({ config, event }) {
    const { pull_request: pullRequest } = event.payload;
    // GitHub sends null as well as nothing for what an event does not have.
    if (!pullRequest) return letThrough(`the event "${event.name}" is about no pull request`);
    const sides = [
      { side: 'head', branch: pullRequest.head.ref, globs: config['head-branches'] },
      { side: 'base', branch: pullRequest.base.ref, globs: config['base-branches'] },
    ];
    const refusing = sides.find(({ branch, globs }) => globs.length > 0 && !matchesAny(branch, globs));
    if (refusing !== undefined) {
      const { side, branch, globs } = refusing;
      return filterOut(`the ${side} branch "${branch}" matches none of ${globs.join(', ')}`);
    }
    return letThrough(sides.map(lookedAt).join(', '));
  },
});

function lookedAt({ side, branch, globs }: { side: string; branch: string; globs: readonly string[] }): string {
  const against = globs.length > 0 ? `matches one of ${globs.join(', ')}` : 'may be any';
  return `the ${side} branch "${branch}" ${against}`;
}
