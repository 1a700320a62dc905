import { defineCompositeFilter, filterOut, letThrough, OneFilter } from '@octo-bots/core';

/**
 * Turns a verdict round, whatever it rests on: a filter that lets an event through because it is not about what it looks at, such as
 * branch-filter an `issues` event, filters it out in here. An `events-filter` beside it says which events are meant.
 */
export const not = defineCompositeFilter({
  type: 'not',
  summary: 'Lets through what its filter filters out, and the other way round.',
  example: `not:
  label-filter:
    any-of: [wip, "do not merge"]
`,
  config: OneFilter({
    description:
      'The filter to turn round. It is one alone, since "not a and b" can be meant in two ways: write several `not`, or one with `any-of` or `all-of` in it.',
  }),
  filters: (filter) => [filter],
  settledBy: () => true,
  combine([verdict]) {
    // OneFilter is one: the list is never empty.
    const { type, filteredOut, reason } = verdict ?? { type: 'nothing', filteredOut: true, reason: 'it has no filter' };
    return filteredOut
      ? letThrough(`${type} filters it out: ${reason}`)
      : filterOut(`${type} lets it through: ${reason}`);
  },
});
