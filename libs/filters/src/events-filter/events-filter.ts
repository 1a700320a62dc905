import { definePureFilter, filterOut, letThrough, Options } from '@octo-bots/core';
import { Type } from 'typebox';

const Entry = Options({
  name: Type.String({ minLength: 1, description: 'The name of the event: its `X-GitHub-Event` header.' }),
  actions: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), { description: 'The actions to let through; left out: every action.' }),
  ),
});

/**
 * The actions belong to the entry that lists them, never to another entry; entries of the same name add up. An event
 * whose payload has no action, such as `push`, has nothing that an entry could refuse.
 */
export const eventsFilter = definePureFilter({
  type: 'events-filter',
  summary: 'Lets through the events that it lists, by name and action.',
  example: `events-filter:
  events:
    - name: pull_request
      actions: [opened, reopened, synchronize]
    - name: push
`,
  config: Options({
    events: Type.Array(Entry, {
      minItems: 1,
      description: 'The events to let through. An event whose payload has no action passes by its name alone.',
    }),
  }),
  onlyEvents: ({ events }) => [...new Set(events.map((entry) => entry.name))],
  filter({ config, event }) {
    const entries = config.events.filter((entry) => entry.name === event.name);
    if (entries.length === 0) {
      const names = [...new Set(config.events.map((entry) => entry.name))];
      return filterOut(`the event "${event.name}" is none of ${names.join(', ')}`);
    }
    const { action } = event;
    if (action === undefined) return letThrough(`the event "${event.name}" is listed`);
    if (entries.some(({ actions }) => actions === undefined || actions.includes(action))) {
      return letThrough(`the event "${event.name}" is listed with the action "${action}"`);
    }
    const listed = [...new Set(entries.flatMap(({ actions }) => actions ?? []))];
    return filterOut(
      `the action "${action}" of the event "${event.name}" is none of ${listed.join(', ') || 'an empty list'}`,
    );
  },
});
