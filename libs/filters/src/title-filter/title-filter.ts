import { definePureFilter, filterOut, letThrough, matchingPattern, Options, TextPattern } from '@octo-bots/core';
import { Type } from 'typebox';
import { aboutNoConversation, conversationOf } from '../conversation.ts';

export const titleFilter = definePureFilter({
  type: 'title-filter',
  summary: 'Lets through pull requests, issues and discussions by their title.',
  example: `title-filter:
  match: ['/^(feat|fix)(\\(.+\\))?: /']
  ignore: ["[WIP]*"]
`,
  config: Options({
    match: Type.Array(TextPattern(), {
      default: [],
      description: 'The title must match one of these; an empty list lets all through.',
    }),
    ignore: Type.Array(TextPattern(), {
      default: [],
      description: 'The title may match none of these.',
    }),
  }),
  filter({ config: { match, ignore }, event }) {
    const conversation = conversationOf(event);
    if (conversation === undefined) return letThrough(aboutNoConversation(event));
    const { name, title } = conversation;
    if (title === undefined) return letThrough(`the event "${event.name}" does not say the title of ${name}`);
    const subject = `the title "${title}" of ${name}`;
    const ignored = matchingPattern(title, ignore);
    if (ignored !== undefined) return filterOut(`${subject} matches ${ignored}, which is ignored`);
    if (match.length === 0) return letThrough(`${subject} may be any${ignore.length > 0 ? ' other' : ''}`);
    const matched = matchingPattern(title, match);
    return matched === undefined
      ? filterOut(`${subject} matches none of ${match.join(', ')}`)
      : letThrough(`${subject} matches ${matched}`);
  },
});
