import { Duration, Filters, Options } from '@octo-bots/core';
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { optionsOf } from './option-list.ts';

const pathsOf = (schema: Parameters<typeof optionsOf>[0]) => optionsOf(schema).map(({ path }) => path);

test('an option is told as a message tells it, with its default and what it means', () => {
  const schema = Options({
    after: Duration({ default: '60 days', description: 'How long.' }),
    labels: Type.Array(Type.String({ minLength: 1 })),
    action: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
    'repo-filter': Filters({ description: 'Which repositories.' }),
  });
  expect(optionsOf(schema)).toEqual([
    {
      path: 'after',
      allowed: 'a duration with a unit, such as "30 minutes", "12 hours" or "60 days"',
      required: false,
      default: '60 days',
      description: 'How long.',
      onlyWith: [],
    },
    { path: 'labels', allowed: 'a list, each item a text that is not empty', required: true, onlyWith: [] },
    { path: 'action', allowed: 'open or closed', required: false, onlyWith: [] },
    {
      path: 'repo-filter',
      allowed: 'a list, each item the name of a known filter, or a map of it to its options',
      required: false,
      default: [],
      description: 'Which repositories.',
      onlyWith: [],
    },
  ]);
});

test('what is below an option has its place in its path', () => {
  const schema = Options({
    backoff: Type.Object({ delay: Duration() }, { default: {}, additionalProperties: false }),
    events: Type.Array(Options({ name: Type.String(), of: Options({ who: Type.Array(Type.String()) }) })),
    colours: Type.Record(Type.String(), Options({ hex: Type.String() })),
  });
  expect(pathsOf(schema)).toEqual([
    'backoff',
    'backoff.delay',
    'events',
    'events[].name',
    'events[].of',
    'events[].of.who',
    'colours',
    'colours.<any key>',
    'colours.<any key>.hex',
  ]);
  expect(optionsOf(schema).map(({ allowed }) => allowed)).toEqual([
    'a map',
    expect.stringContaining('a duration'),
    'a list of maps',
    'a text',
    'a map',
    'a list, each item a text',
    'a map',
    'a map',
    'a text',
  ]);
});

test('a choice between maps is one list of options, each with what tells the maps that have it', () => {
  const schema = Options({
    scheme: Type.Union([
      Type.Literal('branches'),
      Options({ name: Type.Literal('top', { description: 'Who.' }), top: Type.Integer({ description: 'How many.' }) }),
      Options({ name: Type.Literal('owners', { description: 'Who.' }) }),
      Options({ name: Type.Literal('turns'), top: Type.String({ description: 'Of whom.' }) }),
    ]),
    rules: Type.Union([Type.String(), Type.Array(Options({ head: Type.String() }))]),
  });
  expect(
    optionsOf(schema).map(({ path, allowed, required, description, onlyWith }) => [
      path,
      allowed,
      required,
      description,
      onlyWith,
    ]),
  ).toEqual([
    ['scheme', 'branches or a map', true, undefined, []],
    ['scheme.name', 'top, owners or turns', true, 'Who.', []],
    ['scheme.top', 'a whole number', true, 'How many.', ['`name: top`']],
    ['scheme.top', 'a text', true, 'Of whom.', ['`name: turns`']],
    ['rules', 'a text or a list of maps', true, undefined, []],
    ['rules[].head', 'a text', true, undefined, []],
  ]);
});

test('maps of a choice that no value tells apart are told apart by what is said of them', () => {
  const schema = Type.Union([
    Options({ user: Type.String(), secret: Type.String() }, { description: 'A server of yours.' }),
    Options({ tenant: Type.String(), secret: Type.String() }, { description: 'The cloud.' }),
  ]);
  expect(optionsOf(schema).map(({ path, onlyWith }) => [path, onlyWith])).toEqual([
    ['user', ['A server of yours']],
    ['secret', []],
    ['tenant', ['The cloud']],
  ]);
});
