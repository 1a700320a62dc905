import { definePureFilter, letThrough } from '@octo-bots/core';
import { aboutNoConversation, conversationOf } from '../conversation.ts';
import { decideAbout, People } from '../people.ts';

/**
 * The author is who opened the pull request, issue or discussion, also when the event is a comment or a push of somebody else: for
 * that one there is `sender-filter`.
 */
export const authorFilter = definePureFilter({
  type: 'author-filter',
  summary: 'Lets through pull requests, issues and discussions by who opened them.',
  example: `author-filter:
  ignore: ["dependabot[bot]", "renovate[bot]"]
`,
  config: People,
  filter({ config, event }) {
    const conversation = conversationOf(event);
    if (conversation === undefined) return letThrough(aboutNoConversation(event));
    const { author, name } = conversation;
    // A deleted account, which GitHub shows as @ghost, matches nothing that anybody asks for.
    if (author === null) return decideAbout({ login: 'ghost', type: 'User' }, `the author of ${name}`, config);
    if (author === undefined) return letThrough(`the event "${event.name}" does not say who opened ${name}`);
    return decideAbout(author, `the author of ${name}`, config);
  },
});
