import { definePureFilter, filterOut, letThrough, Options } from '@octo-bots/core';
import { Type } from 'typebox';
import { conversationOf } from '../conversation.ts';

/** A bot that passes over drafts wants the action `ready_for_review` in its `events-filter`: nothing else tells it that the time has come. */
export const draftFilter = definePureFilter({
  type: 'draft-filter',
  summary: 'Lets through pull requests that are no drafts, or drafts alone.',
  example: 'draft-filter\n',
  config: Options({
    drafts: Type.Union([Type.Literal('ignore'), Type.Literal('only')], {
      default: 'ignore',
      description: 'Whether drafts are filtered out, or all that are no drafts.',
    }),
  }),
  filter({ config: { drafts }, event }) {
    const conversation = conversationOf(event);
    if (conversation?.kind !== 'pull request') return letThrough(`the event "${event.name}" is about no pull request`);
    const { draft, name } = conversation;
    if (draft === undefined) return letThrough(`the event "${event.name}" does not say whether ${name} is a draft`);
    const reason = `${name} is ${draft ? 'a draft' : 'no draft'}`;
    if (draft === (drafts === 'only')) return letThrough(reason);
    return filterOut(`${reason}, and ${drafts === 'only' ? 'only drafts are let through' : 'drafts are ignored'}`);
  },
});
