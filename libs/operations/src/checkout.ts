import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OctoError } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import type { CheckedPullRequest } from './checked-pull-request.ts';
import { GitObjects, type TreeEntry } from './git-objects.ts';
import { makeScratch } from './scratch.ts';

export interface CheckoutLimits {
  /** A larger file is left out. */
  readonly fileBytes: number;
  /** More than that in all is an error. */
  readonly totalBytes: number;
  readonly files: number;
}

const defaultLimits: CheckoutLimits = { fileBytes: 8 * 1024 * 1024, totalBytes: 1024 ** 3, files: 100_000 };

/** Files of a pull request's head on the disk of this worker. Disposing of it removes all of it. */
export interface Checkout extends AsyncDisposable {
  /** A folder that holds the files and nothing else. */
  readonly root: string;
  /** A folder beside it, for what a program writes. */
  readonly work: string;
  /** Every file of the commit, written or not, by its path; a symbolic link or a submodule is none. */
  readonly all: readonly string[];
  /** Paths of those that were selected and written. */
  readonly files: ReadonlySet<string>;
  /** Those that were selected and are not there, and why. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[];
}

/**
 * Fetches the head of a pull request, of a fork and of a private repository too, and writes the selected files into a scratch
 * folder. The head comes from the base repository, which the App is installed in: GitHub keeps it there as `refs/pull/N/head`.
 * @param select from the paths of all files; only their content is fetched.
 * @returns undefined when the commit is not there any more.
 */
export async function checkOut(options: {
  github: GitHubClient;
  pull: Pick<CheckedPullRequest, 'number' | 'head' | 'base'>;
  select(paths: readonly string[]): readonly string[];
  signal: AbortSignal;
  limits?: Partial<CheckoutLimits>;
}): Promise<Checkout | undefined> {
  const { github, pull, select, signal } = options;
  const sha = objectName(pull.head.sha);
  const { clone_url: cloneUrl, name } = pull.base.repo;
  const token = await readingToken(github, name);
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await makeScratch());
  const [root, work] = [join(scratch.path, 'files'), join(scratch.path, 'work')];
  await Promise.all([mkdir(root), mkdir(work)]);
  const authoritiesPath = await writeAuthorities(scratch.path, github.trustedAuthorities);
  const remote = { cloneUrl: httpUrl(cloneUrl), token, authoritiesPath };
  const objects = await GitObjects.init(join(scratch.path, 'objects'), remote, signal);
  if (!(await objects.fetchCommit(sha, `refs/pull/${Number(pull.number)}/head`))) return undefined;

  const files = (await objects.treeOf(sha)).filter(isFile);
  const byPath = new Map(files.map((entry) => [entry.path, entry]));
  const selected = select([...byPath.keys()]).flatMap((path) => byPath.get(path) ?? []);
  const written = await write({ objects, root, entries: selected, limits: { ...defaultLimits, ...options.limits } });
  const kept = stack.move();
  return { root, work, all: [...byPath.keys()], ...written, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function write(input: {
  objects: GitObjects;
  root: string;
  entries: readonly TreeEntry[];
  limits: CheckoutLimits;
}): Promise<Pick<Checkout, 'files' | 'leftOut'>> {
  const { objects, root, entries, limits } = input;
  const sizes = await objects.fetchBlobs(entries.map(({ sha }) => sha));
  const sizeOf = (sha: string) => sizes.get(sha) ?? Number.POSITIVE_INFINITY;
  const small = entries.filter(({ sha }) => sizeOf(sha) <= limits.fileBytes);
  const leftOut = entries
    .filter(({ sha }) => sizeOf(sha) > limits.fileBytes)
    .map(({ path }) => ({ path, why: `is larger than ${limits.fileBytes} bytes` }));
  const total = small.reduce((sum, { sha }) => sum + sizeOf(sha), 0);
  if (total > limits.totalBytes || small.length > limits.files) {
    const most = `${limits.files} files and ${limits.totalBytes} bytes`;
    const what = `there are ${small.length} files of ${total} bytes to check, more than the ${most} that a check may take`;
    throw new OctoError('PROGRAM_FAILED', what, { retryable: false });
  }
  const paths = Map.groupBy(small, ({ sha }) => sha);
  const files = new Set<string>();
  for await (const [sha, content] of objects.contents([...paths.keys()], sizes)) {
    for (const { path } of paths.get(sha) ?? []) {
      const problem = await writeInto(root, path, content);
      if (problem === undefined) files.add(path);
      else leftOut.push({ path, why: problem });
    }
  }
  return { files, leftOut };
}

/** @returns why this file cannot be on this machine. */
async function writeInto(root: string, path: string, content: Buffer): Promise<string | undefined> {
  const target = join(root, path);
  try {
    await mkdir(dirname(target), { recursive: true });
    // There are no links in `root`, and no file is written twice: nothing outside can be reached.
    await writeFile(target, content, { flag: 'wx' });
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENAMETOOLONG') return 'has a name that is too long for this machine';
    // A file system that takes `A.c` and `a.c` for one, or a hostile tree with a file that is a folder too.
    if (code === 'EEXIST' || code === 'ENOTDIR') return 'has the name of another file';
    throw error;
  }
}

/** Git itself refuses these parts of a path; whoever made the tree by hand did not ask it. */
function isFile({ mode, path }: TreeEntry): boolean {
  const parts = path.split('/');
  return (mode === '100644' || mode === '100755') && !parts.some((part) => ['', '.', '..'].includes(part));
}

/** For a GitHub Enterprise Server whose certificate is from an authority of its own. */
async function writeAuthorities(folder: string, authorities: string | undefined): Promise<string | undefined> {
  if (authorities === undefined) return undefined;
  const path = join(folder, 'authorities.pem');
  await writeFile(path, authorities);
  return path;
}

/** A token that can read this one repository, and nothing else. */
async function readingToken(github: GitHubClient, repository: string): Promise<string> {
  const options = { type: 'installation', repositoryNames: [repository], permissions: { contents: 'read' } };
  // Typed as unknown, since it depends on the kind of authentication; for an installation this is what it gives.
  const { token } = (await github.auth(options)) as { token: string };
  return token;
}

function objectName(sha: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) return sha;
  throw new OctoError('REQUEST_INVALID', 'the head of the pull request is no SHA');
}

function httpUrl(url: string): string {
  const { protocol, username } = new URL(url);
  if ((protocol === 'https:' || protocol === 'http:') && username === '') return url;
  throw new OctoError('REQUEST_INVALID', 'the clone URL of the repository is no HTTP address');
}
