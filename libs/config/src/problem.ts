import { isAbsolute, relative, sep } from 'node:path';
import type { SourceLocation } from '@octo-bots/core';

/** A place in a file, or the file as a whole. */
export type Place = SourceLocation | { readonly file: string; readonly line?: undefined; readonly column?: undefined };

/** One mistake in the configuration. No part of it ever holds a secret. */
export interface ConfigProblem {
  /** Absolute file; line and column from 1, unless the mistake is the file itself. */
  readonly place: Place;
  /** What stands there. */
  readonly arrived: string;
  /** A second place that belongs to it, such as where a name was used first. */
  readonly related?: { readonly label: string; readonly place: Place };
  /** What may stand there. */
  readonly allowed: string;
  /** What to do: one sentence. */
  readonly advice: string;
}

/** @returns `file:line:column what arrived; what is allowed. What to do`, with files relative to `cwd` where they lie in it. */
export function formatProblem(problem: ConfigProblem, { cwd }: { cwd: string }): string {
  const { place, arrived, related, allowed, advice } = problem;
  const aside = related ? ` (${related.label} ${formatPlace(related.place, cwd)})` : '';
  return `${formatPlace(place, cwd)} ${arrived}${aside}; ${allowed}. ${advice}`;
}

function formatPlace({ file, line, column }: Place, cwd: string): string {
  const fromHere = relative(cwd, file);
  const outside = fromHere === '' || fromHere === '..' || fromHere.startsWith(`..${sep}`) || isAbsolute(fromHere);
  const path = outside ? file : fromHere;
  return line === undefined ? path : `${path}:${line}:${column}`;
}

/** @returns the problems by file, in the order in which the files were read, then from top to bottom, each once. */
export function sortProblems(problems: readonly ConfigProblem[], files: readonly string[]): ConfigProblem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()].sort(
    (a, b) =>
      files.indexOf(a.place.file) - files.indexOf(b.place.file) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0),
  );
}

/** @returns `a, b or c` */
export function oneOf(words: readonly string[]): string {
  return joined(words, 'or');
}

/** @returns `a, b and c` */
export function allOf(words: readonly string[]): string {
  return joined(words, 'and');
}

function joined(words: readonly string[], last: string): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}
