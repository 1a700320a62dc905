import { definePureFilter, filterOut, letThrough, matchingPattern, Options, TextPattern } from '@octo-bots/core';
import { Type } from 'typebox';
import { aboutNoConversation, conversationOf } from '../conversation.ts';

/** The labels are those that the payload shows: for `labeled` and `unlabeled`, those after the change. */
export const labelFilter = definePureFilter({
  type: 'label-filter',
  summary: 'Lets through pull requests, issues and discussions by their labels.',
  example: `label-filter:
  any-of: [bug, area/*]
  none-of: [wip, "do not merge"]
`,
  config: Options({
    'any-of': Type.Array(TextPattern(), {
      default: [],
      description: 'At least one label must match one of these; an empty list asks for none.',
    }),
    'all-of': Type.Array(TextPattern(), {
      default: [],
      description: 'Each of these must be matched by a label.',
    }),
    'none-of': Type.Array(TextPattern(), {
      default: [],
      description: 'No label may match one of these.',
    }),
  }),
  filter({ config: { 'any-of': anyOf, 'all-of': allOf, 'none-of': noneOf }, event }) {
    const conversation = conversationOf(event);
    if (conversation === undefined) return letThrough(aboutNoConversation(event));
    const { name, labels } = conversation;
    // GitHub leaves the list out where there are no labels.
    const has = `${name} has ${labels?.length ? `the labels ${labels.join(', ')}` : 'no labels'}`;
    for (const label of labels ?? []) {
      const unwanted = matchingPattern(label, noneOf);
      if (unwanted !== undefined) return filterOut(`${has}, and ${label} matches ${unwanted}`);
    }
    const missing = allOf.find((pattern) => !labels?.some((label) => matchingPattern(label, [pattern])));
    if (missing !== undefined) return filterOut(`${has}, and none matches ${missing}`);
    if (anyOf.length > 0 && !labels?.some((label) => matchingPattern(label, anyOf) !== undefined)) {
      return filterOut(`${has}, and none matches any of ${anyOf.join(', ')}`);
    }
    return letThrough(has);
  },
});
