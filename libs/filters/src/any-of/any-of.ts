import { defineCompositeFilter, Filters, filterOut, letThrough } from '@octo-bots/core';

/** What one filter lets through is let through, whatever the others say; those after it are not asked. */
export const anyOf = defineCompositeFilter({
  type: 'any-of',
  summary: 'Lets through what at least one of its filters lets through.',
  example: `any-of:
  - label-filter:
      any-of: [deploy]
  - branch-filter:
      head-branches: [release/*]
`,
  config: Filters({
    minItems: 1,
    description: 'The filters. Those that need not ask GitHub decide first.',
  }),
  filters: (filters) => filters,
  onlyEvents(filters) {
    const names = filters.map(({ onlyEvents }) => onlyEvents);
    return names.every((known) => known !== undefined) ? [...new Set(names.flat())] : undefined;
  },
  settledBy: ({ filteredOut }) => !filteredOut,
  combine(verdicts) {
    const passing = verdicts.find(({ filteredOut }) => !filteredOut);
    if (passing !== undefined) return letThrough(`${passing.type} lets it through: ${passing.reason}`);
    const reasons = verdicts.map(({ type, reason }) => `${type}: ${reason}`);
    return filterOut(`none of its filters lets it through: ${reasons.join('; ')}`);
  },
});
