import picomatch from 'picomatch';

/** One line of a CODEOWNERS file. */
interface OwnedPattern {
  readonly matches: (path: string) => boolean;
  /** As they stand there: `@login`, `@organisation/team`, an e-mail address. Empty: what matches has no owner. */
  readonly owners: readonly string[];
}

/** `@login`, `@organisation/team` or an e-mail address. */
const ownerPattern = /^(@[\w-]+(\/[\w.-]+)?|[^@\s]+@[^@\s]+)$/;

/**
 * Reads a CODEOWNERS file as GitHub does (docs.github.com, "About code owners"): a line that GitHub does not understand (a
 * negation, a character range, an owner that is none) is skipped.
 */
export function parseCodeowners(text: string): readonly OwnedPattern[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [pattern, ...rest] = line.match(/(?:\\.|[^\s\\])+/g) ?? [];
    if (pattern === undefined || /^(#|!|\\#)/.test(pattern) || /[[\]]/.test(pattern)) return [];
    const comment = rest.findIndex((word) => word.startsWith('#'));
    const owners = comment === -1 ? rest : rest.slice(0, comment);
    if (!owners.every((owner) => ownerPattern.test(owner))) return [];
    return [{ matches: matcherOf(pattern.replaceAll('\\ ', ' ')), owners }];
  });
}

/** @returns the owners of these files, who owns most of them first. Of the lines that match a file the last one decides. */
export function ownersOf(files: readonly string[], lines: readonly OwnedPattern[]): readonly string[] {
  const counts = new Map<string, { owner: string; files: number }>();
  for (const file of files) {
    for (const owner of lines.findLast(({ matches }) => matches(file))?.owners ?? []) {
      const known = counts.get(owner.toLowerCase()) ?? { owner, files: 0 };
      counts.set(owner.toLowerCase(), { ...known, files: known.files + 1 });
    }
  }
  return [...counts.values()].toSorted((one, other) => other.files - one.files).map(({ owner }) => owner);
}

/**
 * As in .gitignore, with one difference: the pattern `docs/*` matches files right in `docs` and nothing further down. With a slash
 * at its start or in its middle a pattern begins at the root, else it matches at any depth.
 */
function matcherOf(pattern: string): (path: string) => boolean {
  const inside = pattern.replace(/^\//, '').replace(/\/$/, '');
  if (inside === '') return () => false;
  // What is special to picomatch alone is plain in CODEOWNERS, such as the parentheses of app/(login)/page.tsx.
  const glob = inside.replaceAll(/[(){}|+@!^$]/g, '\\$&');
  const from = pattern.startsWith('/') || inside.includes('/') ? glob : `**/${glob}`;
  const globs = pattern.endsWith('/') ? [`${from}/**`] : /(^|\/)\*$/.test(inside) ? [from] : [from, `${from}/**`];
  const options = { dot: true, nobrace: true, noextglob: true, nonegate: true, strictSlashes: true };
  return picomatch(globs, options);
}
