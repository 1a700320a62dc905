import { Glob, Options } from '@octo-bots/core';
import { type Static, Type } from 'typebox';
import { type LabelLook, lookOf } from './label-looks.ts';
import { branchesScheme, type LabelRule } from './label-rules.ts';

/** GitHub's own bounds. */
const longestName = 50;
const longestDescription = 100;

const name = () => Type.String({ minLength: 1, maxLength: longestName, description: 'The label.' });

const Label = Type.Union([
  name(),
  Options({
    name: name(),
    color: Type.Optional(
      Type.String({
        pattern: '^#?[0-9a-fA-F]{6}$',
        'x-expects': 'six hexadecimal digits in quotes, such as "d73a4a"',
        description: 'Its colour when it has to be made. Left out: one that its name decides.',
      }),
    ),
    description: Type.Optional(
      Type.String({ maxLength: longestDescription, description: 'Its description when it has to be made.' }),
    ),
  }),
]);

const globs = (description: string) =>
  Type.Optional(Type.Union([Glob(), Type.Array(Glob(), { minItems: 1 })], { description }));

/** `scheme: {rules: …}`. */
export const RulesScheme = Options(
  {
    rules: Type.Array(
      Options({
        head: globs('The head branch must match this, or one of these.'),
        base: globs('The base branch must match this, or one of these.'),
        files: globs('A file that the pull request changes must match this, or one of these.'),
        labels: Type.Array(Label, {
          minItems: 1,
          description: 'What a pull request gets that matches all of the rule.',
        }),
      }),
      { minItems: 1, description: 'Every rule that matches counts, so the labels add up.' },
    ),
    'remove-unmatched': Type.Boolean({
      default: false,
      description:
        'Whether a label that a rule names is taken off again when no rule with it matches any more. What a person set ' +
        'stays, and so do labels that no rule names.',
    }),
  },
  { description: 'Rules of your own.' },
);

export interface LabelScheme {
  readonly rules: readonly LabelRule[];
  readonly removeUnmatched: boolean;
  /** As in "no rule of …". */
  readonly inWords: string;
  /** How a label looks when it has to be made. */
  lookOf(label: string): LabelLook;
}

export function schemeOf(config: 'branches' | Static<typeof RulesScheme>): LabelScheme {
  if (config === 'branches') {
    return { rules: branchesScheme, removeUnmatched: false, inWords: 'the branches scheme', lookOf };
  }
  const labels = config.rules
    .flatMap((rule) => rule.labels)
    .map((label) => (typeof label === 'string' ? { name: label } : label));
  return {
    rules: config.rules.map(({ head, base, files, labels: own }) => ({
      ...(head === undefined ? {} : { head: listOf(head) }),
      ...(base === undefined ? {} : { base: listOf(base) }),
      ...(files === undefined ? {} : { files: listOf(files) }),
      labels: own.map((label) => (typeof label === 'string' ? label : label.name)),
    })),
    removeUnmatched: config['remove-unmatched'],
    inWords: 'the scheme',
    lookOf: (label) => {
      const same = labels.filter(({ name: its }) => its.toLowerCase() === label.toLowerCase());
      const color = same
        .find((one) => one.color !== undefined)
        ?.color?.replace('#', '')
        .toLowerCase();
      const description = same.find((one) => one.description !== undefined)?.description;
      const usual = lookOf(label);
      return { color: color ?? usual.color, description: description ?? usual.description };
    },
  };
}

function listOf(globsOrOne: string | readonly string[]): readonly string[] {
  return typeof globsOrOne === 'string' ? [globsOrOne] : globsOrOne;
}
