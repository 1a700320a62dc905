import { matchesAny } from '@octo-bots/core';

/** Labels for the pull requests whose branches match all that the rule names; globs. */
export interface LabelRule {
  readonly head?: readonly string[];
  readonly exceptHead?: readonly string[];
  readonly base?: readonly string[];
  readonly labels: readonly string[];
}

const mainLine = ['master', 'main'];
const release = ['release/*'];

/** `scheme: branches`. Every rule that matches counts, so the labels add up. */
export const branchesScheme: readonly LabelRule[] = [
  { base: [...mainLine, 'staging'], head: release, labels: ['release'] },
  { base: mainLine, exceptHead: release, labels: ['prod'] },
  { base: ['staging'], exceptHead: release, labels: ['pre-prod'] },
  { base: [...mainLine, 'staging'], head: ['feature/*'], labels: ['feature'] },
  { base: [...mainLine, 'staging'], head: ['fix/*'], labels: ['fix'] },
  { base: [...mainLine, 'staging'], head: ['bug/*'], labels: ['bug'] },
  { base: release, labels: ['release'] },
  { base: release, head: ['hotfix/*'], labels: ['hotfix'] },
  { head: ['dev/*'], labels: ['dev', 'wip'] },
  { base: ['dev/*'], labels: ['dev', 'wip'] },
];

/** @returns the labels of every rule that matches, each once, in the order of the rules. */
export function labelsFor(branches: { head: string; base: string }, rules: readonly LabelRule[]): readonly string[] {
  const matching = rules.filter(
    ({ head, exceptHead, base }) =>
      (head === undefined || matchesAny(branches.head, head)) &&
      (exceptHead === undefined || !matchesAny(branches.head, exceptHead)) &&
      (base === undefined || matchesAny(branches.base, base)),
  );
  return [...new Set(matching.flatMap(({ labels }) => labels))];
}

/** GitHub takes `Release` and `release` for one label. */
export function withoutLabels(wanted: readonly string[], present: readonly string[]): readonly string[] {
  const known = new Set(present.map((name) => name.toLowerCase()));
  return wanted.filter((name) => !known.has(name.toLowerCase()));
}
