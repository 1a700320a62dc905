import { OctoError } from '@octo-bots/core';
import { type ProgramLimits, type ProgramResult, runProgram } from './run-program.ts';

/** One entry of a commit's whole tree. */
export interface TreeEntry {
  /** `100644` and `100755` are files; `120000` is a symbolic link, `160000` a submodule. */
  readonly mode: string;
  readonly sha: string;
  /** With `/`, from the root of the repository. */
  readonly path: string;
}

export interface Remote {
  /** As GitHub tells it, without credentials. */
  readonly cloneUrl: string;
  readonly token: string;
  /** A PEM file of all certificate authorities to trust; undefined for those of the machine. */
  readonly authoritiesPath?: string | undefined;
}

/** Git may hold more of a large repository in its address space than a small worker has; windows keep that low. */
const limits: Partial<ProgramLimits> = { memoryBytes: 4 * 1024 ** 3, fileBytes: 1024 ** 3 };
/** So much of the content of files at once. */
const batchBytes = 16 * 1024 * 1024;

/** Taken over from the worker: how the network and the certificates of its machine are. */
const networkVariables = [
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/**
 * A bare repository in a scratch folder with one commit, fetched from somebody else's repository. Git is asked for objects
 * alone, never for a work tree: so there are no hooks, no filters (LFS), no submodules and no symbolic links to be careful with.
 */
export class GitObjects {
  readonly #folder: string;
  readonly #remote: Remote;
  readonly #signal: AbortSignal;

  private constructor(folder: string, remote: Remote, signal: AbortSignal) {
    this.#folder = folder;
    this.#remote = remote;
    this.#signal = signal;
  }

  /** @param folder where the repository is to be made; nothing is there yet. */
  static async init(folder: string, remote: Remote, signal: AbortSignal): Promise<GitObjects> {
    const objects = new GitObjects(folder, remote, signal);
    await objects.#git(['init', '--quiet', '--bare', '--template=', folder], { cwd: '/' });
    return objects;
  }

  /**
   * Fetches this one commit and its folders, without the content of files, where the server can leave that out.
   * @param ref where the commit is to be looked for when the server gives out no commits by their SHA.
   * @returns whether it is there.
   */
  async fetchCommit(sha: string, ref: string): Promise<boolean> {
    const fetch = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--filter=blob:none'];
    for (const wanted of [sha, ref]) {
      const { code, stderr } = await this.#git([...fetch, '--', 'origin', wanted], { online: true, anyCode: true });
      // What came is looked at below: whoever the server is, it cannot give another commit for this SHA.
      if (code === 0 && (await this.#has(sha))) return true;
      if (code !== 0 && !/not our ref|remote ref|unadvertised object|allow request/i.test(stderr)) {
        throw failure('fetch', code, stderr);
      }
    }
    return false;
  }

  /** Every file, link and submodule of the commit; a name that is no UTF-8 is left out. */
  async treeOf(sha: string): Promise<TreeEntry[]> {
    const { stdout } = await this.#git(['ls-tree', '-r', '-z', '--full-tree', sha]);
    const entries: TreeEntry[] = [];
    for (const record of splitAt(stdout, 0)) {
      const tab = record.indexOf(0x09);
      const [mode = '', , entrySha = ''] = record.subarray(0, tab).toString('latin1').split(' ');
      const name = record.subarray(tab + 1);
      const path = name.toString('utf8');
      if (Buffer.from(path).equals(name)) entries.push({ mode, sha: entrySha, path });
    }
    return entries;
  }

  /** Fetches those of these blobs that are not there yet. @returns the size of each in bytes. */
  async fetchBlobs(shas: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const known = await this.#local();
    const missing = [...new Set(shas)].filter((sha) => !known.has(sha));
    if (missing.length === 0) return known;
    const fetch = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--filter=blob:none', '--stdin', 'origin'];
    await this.#git(fetch, { online: true, stdin: `${missing.join('\n')}\n` });
    return this.#local();
  }

  /** The content of blobs that are there, a bounded part of them at a time. @param sizes of fetchBlobs. */
  async *contents(shas: readonly string[], sizes: ReadonlyMap<string, number>): AsyncGenerator<[string, Buffer]> {
    for (let at = 0; at < shas.length; ) {
      const batch: string[] = [];
      let total = 0;
      do {
        const sha = shas[at++] ?? '';
        batch.push(sha);
        total += sizes.get(sha) ?? 0;
      } while (at < shas.length && total + (sizes.get(shas[at] ?? '') ?? 0) <= batchBytes);
      const { stdout } = await this.#git(['cat-file', '--batch'], { stdin: `${batch.join('\n')}\n` });
      let from = 0;
      for (const sha of batch) {
        const start = stdout.indexOf(0x0a, from) + 1;
        const end = start + (sizes.get(sha) ?? 0);
        yield [sha, stdout.subarray(start, end)];
        from = end + 1;
      }
    }
  }

  async #has(sha: string): Promise<boolean> {
    return (await this.#git(['cat-file', '-e', `${sha}^{commit}`], { anyCode: true })).code === 0;
  }

  /** Blobs that are there, with their sizes; it never asks the server. */
  async #local(): Promise<Map<string, number>> {
    const format = '--batch-check=%(objectname) %(objecttype) %(objectsize)';
    const { stdout } = await this.#git(['cat-file', '--batch-all-objects', '--unordered', format]);
    const sizes = new Map<string, number>();
    for (const line of stdout.toString('latin1').split('\n')) {
      const [sha = '', type, size] = line.split(' ');
      if (type === 'blob') sizes.set(sha, Number(size));
    }
    return sizes;
  }

  async #git(
    args: readonly string[],
    options: { cwd?: string; online?: boolean; anyCode?: boolean; stdin?: string } = {},
  ): Promise<ProgramResult> {
    const { cwd = this.#folder, online = false, anyCode = false, stdin } = options;
    const result = await runProgram({
      program: 'git',
      args,
      cwd,
      env: { ...environment(online), ...(online ? networkOf(this.#remote) : {}) },
      signal: this.#signal,
      limits,
      ...(stdin === undefined ? {} : { stdin }),
    });
    if (result.code !== 0 && !anyCode) throw failure(args[0] ?? '', result.code, result.stderr);
    return result;
  }
}

/** Nothing of the machine's and its users' configuration counts, nothing is asked for, nothing is run. */
function environment(online: boolean): Record<string, string> {
  return {
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: online ? 'https:http' : 'none',
  };
}

/** The token goes to this host alone and stands in no argument and no file, where other processes or a leftover would show it. */
function networkOf({ cloneUrl, token, authoritiesPath }: Remote): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const settings: [string, string][] = [
    ['remote.origin.url', cloneUrl],
    [`http.${new URL(cloneUrl).origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['core.hooksPath', '/dev/null'],
    ['core.packedGitWindowSize', '32m'],
    ['core.packedGitLimit', '512m'],
    ['fetch.negotiationAlgorithm', 'noop'], // Else Git tells the server what it has, object by object.
    ['fetch.recurseSubmodules', 'false'],
    ['fetch.unpackLimit', '1'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['pack.threads', '1'],
    ['transfer.bundleURI', 'false'],
  ];
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  for (const name of networkVariables) {
    const value = process.env[name];
    if (value !== undefined) variables[name] = value;
  }
  if (authoritiesPath !== undefined) variables.GIT_SSL_CAINFO = authoritiesPath;
  return variables;
}

/** @param stderr names the URL, and never the token. */
function failure(command: string, code: number | undefined, stderr: string): OctoError {
  const lastWords = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  const how = code === undefined ? 'was ended by a signal' : `ended with exit code ${code}`;
  return new OctoError('PROGRAM_FAILED', `git ${command} ${how}: ${lastWords}`);
}

function* splitAt(buffer: Buffer, separator: number): Generator<Buffer> {
  for (let from = 0; from < buffer.byteLength; ) {
    const end = buffer.indexOf(separator, from);
    const to = end < 0 ? buffer.byteLength : end;
    yield buffer.subarray(from, to);
    from = to + 1;
  }
}
