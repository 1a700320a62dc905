import { matchesAny } from '@octo-bots/core';

/** Labels for the pull requests that match all that the rule names; globs. */
export interface LabelRule {
  readonly head?: readonly string[];
  readonly exceptHead?: readonly string[];
  readonly base?: readonly string[];
  /** One file that is changed must match one of these. */
  readonly files?: readonly string[];
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

interface Branches {
  readonly head: string;
  readonly base: string;
}

/** Whether the changed files decide anything: they cost requests. */
export function needsFiles(branches: Branches, rules: readonly LabelRule[]): boolean {
  return rules.some((rule) => rule.files !== undefined && branchesMatch(branches, rule));
}

/** @returns the labels of every rule that matches, each once, in the order of the rules. */
export function labelsFor(
  pull: Branches & { readonly files?: readonly string[] },
  rules: readonly LabelRule[],
): readonly string[] {
  const changed = pull.files ?? [];
  const matching = rules.filter(
    (rule) => branchesMatch(pull, rule) && (rule.files === undefined || anyMatches(changed, rule.files)),
  );
  return eachOnce(matching.flatMap(({ labels }) => labels));
}

function branchesMatch(branches: Branches, { head, exceptHead, base }: LabelRule): boolean {
  return (
    (head === undefined || matchesAny(branches.head, head)) &&
    (exceptHead === undefined || !matchesAny(branches.head, exceptHead)) &&
    (base === undefined || matchesAny(branches.base, base))
  );
}

function anyMatches(paths: readonly string[], globs: readonly string[]): boolean {
  return paths.some((path) => matchesAny(path, globs));
}

/** GitHub takes `Release` and `release` for one label: the first spelling stays. */
function eachOnce(labels: readonly string[]): readonly string[] {
  const kept = new Map<string, string>();
  for (const label of labels) if (!kept.has(label.toLowerCase())) kept.set(label.toLowerCase(), label);
  return [...kept.values()];
}

/** GitHub takes `Release` and `release` for one label. */
export function withoutLabels(wanted: readonly string[], present: readonly string[]): readonly string[] {
  const known = new Set(present.map((name) => name.toLowerCase()));
  return wanted.filter((name) => !known.has(name.toLowerCase()));
}

/** @returns those that are present and that the rules name, but do not want now. */
export function unmatchedLabels(
  present: readonly string[],
  { rules, wanted }: { rules: readonly LabelRule[]; wanted: readonly string[] },
): readonly string[] {
  const named = rules.flatMap(({ labels }) => labels).map((name) => name.toLowerCase());
  return withoutLabels(present, wanted).filter((name) => named.includes(name.toLowerCase()));
}
