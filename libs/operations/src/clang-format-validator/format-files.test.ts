import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrograms, temporaryDirectory } from '@octo-bots/testing';
import { beforeAll, expect, it } from 'vitest';
import { formatFiles } from './format-files.ts';

beforeAll(() => ensurePrograms(['git', 'clang-format']), 600_000);

it('keeps no more of all diffs than it may, and still knows what is not formatted', { timeout: 60_000 }, async () => {
  await using folder = await temporaryDirectory();
  const [root, work] = [join(folder.path, 'files'), join(folder.path, 'work')];
  await mkdir(root);
  await mkdir(work);
  await writeFile(join(root, '.clang-format'), 'BasedOnStyle: LLVM\n');
  const paths = ['a.c', 'b.c', 'c.c', 'd.c', 'e.c'];
  for (const path of paths) await writeFile(join(root, path), 'int  a;\n');
  const checkout = { root, work, all: paths, files: new Set(['.clang-format', ...paths]), leftOut: [] };
  const options = { signal: new AbortController().signal, mostKept: 30 };
  const results = await formatFiles({ ...checkout, [Symbol.asyncDispose]: async () => {} }, paths, options);

  expect(results.map(({ kind }) => kind)).toEqual(paths.map(() => 'unformatted'));
  const kept = results.filter((result) => result.kind === 'unformatted' && result.diff !== '');
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(paths.length);
});
