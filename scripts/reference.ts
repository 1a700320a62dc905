/**
 * Writes the pages that are made from declarations, or with `--check` says which are not as the declarations have them.
 *
 *   node scripts/reference.ts [--check] [workspace root]
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { extensions } from '@octo-bots/cli';
import { referencePages } from './reference-pages.ts';

/** What is wrong with one page. */
export interface Drift {
  readonly path: string;
  readonly what: 'is missing' | 'is not what the declarations say' | 'is of nothing that is declared';
}

/** Where each page stands, and those of what is declared no more. */
const pagesOfExtensions = 'libs/{operations,filters}/src/*/README.md';

export function findDrift(root: string, pages: ReadonlyMap<string, string>): readonly Drift[] {
  const wrong = [...pages].flatMap(([path, content]): Drift[] => {
    const there = read(join(root, path));
    if (there === undefined) return [{ path, what: 'is missing' }];
    return there === content ? [] : [{ path, what: 'is not what the declarations say' }];
  });
  const left = globSync(pagesOfExtensions, { cwd: root }).filter((path) => !pages.has(path));
  return [...wrong, ...left.map((path): Drift => ({ path, what: 'is of nothing that is declared' }))];
}

/** @returns what was wrong before. */
export function mendDrift(root: string, pages: ReadonlyMap<string, string>): readonly Drift[] {
  const drift = findDrift(root, pages);
  for (const { path } of drift) {
    const content = pages.get(path);
    if (content === undefined) rmSync(join(root, path));
    else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  }
  return drift;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const [given] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const root = resolve(given ?? dirname(import.meta.dirname));
  const pages = referencePages(extensions);
  if (process.argv.includes('--check')) {
    const drift = findDrift(root, pages);
    for (const { path, what } of drift) console.error(`${path} ${what}; run: npm run reference`);
    if (drift.length > 0) process.exitCode = 1;
  } else {
    const mended = mendDrift(root, pages);
    for (const { path } of mended) console.log(pages.has(path) ? `written  ${path}` : `removed  ${path}`);
    console.log(`${pages.size} pages are as the declarations have them.`);
  }
}
