import { definePureFilter, letThrough } from '@octo-bots/core';
import { decideAbout, People } from '../people.ts';

/** With `bots: ignore` a bot does not react to what bots do, and so never to itself. */
export const senderFilter = definePureFilter({
  type: 'sender-filter',
  summary: 'Lets through events by whose doing they are: who pushed, commented, labelled.',
  example: `sender-filter:
  bots: ignore
`,
  config: People,
  filter({ config, event }) {
    const { sender } = event.payload;
    if (!sender) return letThrough(`the event "${event.name}" has no sender`);
    return decideAbout(sender, `the sender of the event "${event.name}"`, config);
  },
});
