import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parsePatch } from 'diff';
import type { Checkout } from '../checkout.ts';
import { ProgramLimitError, runProgram } from '../run-program.ts';
import { IgnoreFile, ignoreFileName, nearest } from './ignore-file.ts';

/** clang-format knows both names. */
export const styleFileNames = ['.clang-format', '_clang-format'];

/** A style or a file that somebody made to take ages. */
const timeForFileMs = 60_000;
/** So many at once: a worker has other runs. */
const atOnce = 2;
/** Characters of all diffs together: far more than a check run shows, and no more than a worker has room for. */
const mostKeptOfDiffs = 16 * 1024 * 1024;
/** A larger ignore file is none that a person wrote. */
const longestIgnoreFile = 64 * 1024;

/** Some lines of a file that clang-format would write in another way; numbers from 1. */
export interface Change {
  readonly startLine: number;
  readonly endLine: number;
  /** What clang-format would write there, without line ends. */
  readonly replacement: readonly string[];
}

export type FormatResult =
  | { readonly path: string; readonly kind: 'formatted' }
  /** Without diff and changes when those of the files before took all the room. */
  | { readonly path: string; readonly kind: 'unformatted'; readonly diff: string; readonly changes: readonly Change[] }
  /** clang-format could not say: a style that it cannot read, or too much for it. */
  | { readonly path: string; readonly kind: 'unknown'; readonly why: string };

/** Lets clang-format format each of these files with the style of its own folder, and compares. @returns in their order. */
export async function formatFiles(
  checkout: Checkout,
  paths: readonly string[],
  { signal, mostKept = mostKeptOfDiffs }: { signal: AbortSignal; mostKept?: number },
): Promise<FormatResult[]> {
  await standAlone(checkout);
  const results: FormatResult[] = [];
  const waiting = paths.entries();
  const failing = new AbortController();
  const whileAll = AbortSignal.any([signal, failing.signal]);
  let kept = 0;
  const worker = async () => {
    for (const [index, path] of waiting) {
      const result = await formatFile(checkout, path, index, whileAll);
      const isFull = result.kind === 'unformatted' && kept > mostKept;
      results[index] = isFull ? { ...result, diff: '', changes: [] } : result;
      if (result.kind === 'unformatted') kept += result.diff.length;
    }
  };
  const workers = Array.from({ length: atOnce }, () =>
    worker().catch((error: unknown) => {
      failing.abort(error);
      throw error;
    }),
  );
  // All of them end before the folder is removed.
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return results;
}

/** @returns those of these files that have a style and are not ignored. */
export async function styledFiles(
  { root, files }: Checkout,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const ignoreFiles = new Map<string, IgnoreFile>();
  const ignoreFileOf = async (path: string) => {
    const at = nearest(path, [ignoreFileName], files);
    if (at === undefined) return undefined;
    const content = ignoreFiles.has(at) ? '' : await readFile(join(root, at), 'utf8');
    const read = ignoreFiles.get(at) ?? new IgnoreFile(at, content.length > longestIgnoreFile ? '' : content);
    ignoreFiles.set(at, read);
    return read;
  };
  const styled: string[] = [];
  for (const path of paths) {
    // Patterns are others' work: between two files the worker does something else.
    await setImmediate();
    signal.throwIfAborted();
    if (nearest(path, styleFileNames, files) === undefined) continue;
    if (!(await ignoreFileOf(path))?.ignores(path)) styled.push(path);
  }
  return styled;
}

/** clang-format looks for its files in the folders above as well; those of this machine are nobody's. */
async function standAlone({ root }: Checkout): Promise<void> {
  const above = dirname(root);
  await writeFile(join(above, '.clang-format'), 'DisableFormat: true\n');
  await writeFile(join(above, ignoreFileName), '');
}

async function formatFile(checkout: Checkout, path: string, index: number, signal: AbortSignal): Promise<FormatResult> {
  const { root } = checkout;
  try {
    const { code, stdout, stderr } = await runProgram({
      program: 'clang-format',
      // With "./" no name of a file is an option.
      args: ['--style=file', '--fallback-style=none', `./${path}`],
      cwd: root,
      signal,
      limits: { timeMs: timeForFileMs, outputBytes: 32 * 1024 * 1024 },
    });
    if (code !== 0) return { path, kind: 'unknown', why: wordsOf(stderr, code, root) };
    const original = await readFile(join(root, path));
    // It writes nothing for a file that it takes for ignored.
    if (stdout.byteLength === 0 || stdout.equals(original)) return { path, kind: 'formatted' };
    return await compare(checkout, { path, index, formatted: stdout }, signal);
  } catch (error) {
    if (error instanceof ProgramLimitError) return { path, kind: 'unknown', why: error.message };
    throw error;
  }
}

/** Git's own diff, in a process of its own: two large files may differ in every line. */
async function compare(
  { root, work }: Checkout,
  { path, index, formatted }: { path: string; index: number; formatted: Buffer },
  signal: AbortSignal,
): Promise<FormatResult> {
  const other = join(work, `formatted-${index}`);
  await writeFile(other, formatted);
  const { code, stdout, stderr } = await runProgram({
    program: 'git',
    args: [
      'diff',
      '--no-index',
      '--no-color',
      '--no-ext-diff',
      '--no-textconv',
      '--text',
      '--',
      join(root, path),
      other,
    ],
    cwd: work,
    env: {
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CEILING_DIRECTORIES: dirname(work),
    },
    signal,
    limits: { timeMs: timeForFileMs },
  });
  if (code !== 1) return { path, kind: 'unknown', why: wordsOf(stderr, code, root) };
  const text = stdout.toString('utf8');
  const start = text.indexOf('\n@@ ') + 1;
  const hunks = start === 0 ? '' : text.slice(start);
  return { path, kind: 'unformatted', diff: hunks, changes: changesOf(hunks) };
}

function changesOf(hunks: string): Change[] {
  const changes: Change[] = [];
  for (const hunk of parsePatch(`--- a\n+++ b\n${hunks}`).flatMap((file) => file.hunks)) {
    let line = hunk.oldStart;
    let open: { startLine: number; removed: number; replacement: string[] } | undefined;
    const close = () => {
      if (open) changes.push(changeOf(open));
      open = undefined;
    };
    for (const text of hunk.lines) {
      if (text.startsWith('\\')) continue;
      if (text.startsWith(' ')) close();
      else open ??= { startLine: line, removed: 0, replacement: [] };
      if (text.startsWith('+')) open?.replacement.push(text.slice(1));
      else line++;
      if (open && text.startsWith('-')) open.removed++;
    }
    close();
  }
  return changes;
}

/** What is only added stands between two lines: it is shown on the one before. */
function changeOf({
  startLine,
  removed,
  replacement,
}: {
  startLine: number;
  removed: number;
  replacement: string[];
}): Change {
  if (removed > 0) return { startLine, endLine: startLine + removed - 1, replacement };
  const line = Math.max(1, startLine - 1);
  return { startLine: line, endLine: line, replacement };
}

/** What a program said, without the paths of this machine. */
function wordsOf(stderr: string, code: number | undefined, root: string): string {
  const said = stderr
    .replaceAll(`${root}/`, '')
    .replaceAll(`${dirname(root)}/`, '')
    .trim()
    .slice(0, 2000);
  return said === ''
    ? code === undefined
      ? 'it was ended: it took too much memory, or crashed'
      : `exit code ${code}`
    : said;
}
