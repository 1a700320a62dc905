import { dirname } from 'node:path/posix';
import { matchesPath } from './path-pattern.ts';

export const ignoreFileName = '.clang-format-ignore';

interface Pattern {
  readonly text: string;
  readonly negated: boolean;
  /** It starts with a slash: from the root of the repository, not from the folder of the file. */
  readonly fromRoot: boolean;
}

/**
 * A `.clang-format-ignore`, as clang-format's documentation has it: one pattern a line; blank lines and those that start with
 * `#` count for nothing; blanks around a pattern are dropped; `!` says that what does *not* match is ignored.
 * Read here since clang-format itself knows it only from version 18 on.
 */
export class IgnoreFile {
  readonly #folder: string;
  readonly #patterns: readonly Pattern[];

  /** @param path of the file itself in the repository. */
  constructor(path: string, content: string) {
    this.#folder = dirname(path);
    this.#patterns = content.split('\n').flatMap((line) => patternOf(line.trim()));
  }

  /** @param path of a file at or below its folder, from the root of the repository. */
  ignores(path: string): boolean {
    const relative = this.#folder === '.' ? path : path.slice(this.#folder.length + 1);
    return this.#patterns.some(
      ({ text, negated, fromRoot }) => matchesPath(fromRoot ? path : relative, text) !== negated,
    );
  }
}

function patternOf(line: string): Pattern[] {
  if (line === '' || line.startsWith('#')) return [];
  const negated = line.startsWith('!');
  const text = negated ? line.slice(1).trim() : line;
  if (text === '') return [];
  const fromRoot = text.startsWith('/');
  return [{ text: fromRoot ? text.slice(1) : text, negated, fromRoot }];
}

/** @returns the file that counts for this path: the nearest in its folder and those above. */
export function nearest(path: string, names: readonly string[], there: ReadonlySet<string>): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    for (const name of names) {
      const candidate = folder === '.' ? name : `${folder}/${name}`;
      if (there.has(candidate)) return candidate;
    }
    if (folder === '.') return undefined;
  }
}
