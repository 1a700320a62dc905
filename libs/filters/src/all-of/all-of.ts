import { defineCompositeFilter, Filters, filterOut, letThrough } from '@octo-bots/core';

/** What the list under `filters:` is by itself; for use within `any-of` and `not`. */
export const allOf = defineCompositeFilter({
  type: 'all-of',
  summary: 'Lets through what every one of its filters lets through.',
  example: `all-of:
  - branch-filter:
      base-branches: [main]
  - author-filter:
      bots: only
`,
  config: Filters({
    minItems: 1,
    description: 'The filters. Those that need not ask GitHub decide first.',
  }),
  filters: (filters) => filters,
  onlyEvents(filters) {
    const [first, ...others] = filters.map(({ onlyEvents }) => onlyEvents).filter((known) => known !== undefined);
    return first?.filter((name) => others.every((names) => names.includes(name)));
  },
  settledBy: ({ filteredOut }) => filteredOut,
  combine(verdicts) {
    const refusing = verdicts.find(({ filteredOut }) => filteredOut);
    if (refusing !== undefined) return filterOut(`${refusing.type} filters it out: ${refusing.reason}`);
    const reasons = verdicts.map(({ type, reason }) => `${type}: ${reason}`);
    return letThrough(`all of its filters let it through: ${reasons.join('; ')}`);
  },
});
