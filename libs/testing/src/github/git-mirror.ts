import { createHash } from 'node:crypto';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { runCommand } from '../executable.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../temporary-directory.ts';
import { type JsonObject, objectAt, objectsOf, textAt } from './json.ts';
import type { Overlay } from './overlay.ts';
import type { Upstream } from './upstream.ts';

type ObjectType = 'blob' | 'tree' | 'commit';

const deflated = promisify(deflate);

/**
 * Real bare Git repositories with what the emulator has. Its objects are Git's own, so each is written under the very SHA that
 * the REST API tells; one that would come out under another SHA is an error.
 */
export class GitMirror {
  readonly #upstream: Upstream;
  readonly #overlay: Overlay;
  #root: Promise<TemporaryDirectory> | undefined;
  /** The last bringing up to date of each repository: one after another. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Objects that are there, with all they lead to. */
  readonly #complete = new Map<string, Set<string>>();

  constructor(upstream: Upstream, overlay: Overlay) {
    this.#upstream = upstream;
    this.#overlay = overlay;
  }

  /** Where all repositories are. */
  async root(): Promise<string> {
    this.#root ??= temporaryDirectory();
    return (await this.#root).path;
  }

  /** @returns the folder of the bare repository, with every branch and `refs/pull/N/head` as they are now. */
  async upToDate(repository: string): Promise<string> {
    const before = this.#turns.get(repository);
    const turn = Promise.resolve(before)
      .catch(() => undefined)
      .then(() => this.#update(repository));
    this.#turns.set(repository, turn);
    return turn;
  }

  async close(): Promise<void> {
    if (this.#root) await (await this.#root)[Symbol.asyncDispose]();
  }

  async #update(repository: string): Promise<string> {
    const folder = join(await this.root(), `${repository}.git`);
    await initialise(folder);
    const refs = new Map<string, { sha: string; from: string }>();
    for (const branch of await this.#upstream.all(`/repos/${repository}/branches?`)) {
      refs.set(`refs/heads/${branch.name}`, { sha: textAt(branch, 'commit', 'sha') ?? '', from: repository });
    }
    for (const pull of await this.#upstream.all(`/repos/${repository}/pulls?state=all`)) {
      const head = objectAt(this.#overlay.showObject(pull), 'head');
      const from = textAt(head, 'repo', 'full_name') ?? repository;
      refs.set(`refs/pull/${pull.number}/head`, { sha: textAt(head, 'sha') ?? '', from });
    }
    for (const { sha, from } of refs.values()) await this.#commit(folder, from, sha);
    await rm(join(folder, 'refs'), { recursive: true, force: true });
    for (const [ref, { sha }] of refs) await put(join(folder, ref), `${sha}\n`);
    await mkdir(join(folder, 'refs', 'heads'), { recursive: true });
    return folder;
  }

  async #commit(folder: string, repository: string, tip: string): Promise<void> {
    const waiting = [tip];
    for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
      if (this.#has(folder, sha)) continue;
      const commit = await this.#get(repository, 'commits', sha);
      const parents = objectsOf(commit.parents).map((parent) => textAt(parent, 'sha') ?? '');
      const tree = textAt(commit, 'tree', 'sha') ?? '';
      await this.#tree(folder, repository, tree);
      const lines = [
        `tree ${tree}`,
        ...parents.map((parent) => `parent ${parent}`),
        `author ${identity(objectAt(commit, 'author'))}`,
        `committer ${identity(objectAt(commit, 'committer'))}`,
      ];
      const message = textAt(commit, 'message') ?? '';
      const content = `${lines.join('\n')}\n\n${message.endsWith('\n') ? message : `${message}\n`}`;
      await this.#write(folder, 'commit', sha, Buffer.from(content));
      waiting.push(...parents);
    }
  }

  async #tree(folder: string, repository: string, sha: string): Promise<void> {
    if (this.#has(folder, sha)) return;
    const entries = objectsOf((await this.#get(repository, 'trees', sha)).tree);
    const sorted = entries.toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
    const parts: Buffer[] = [];
    for (const { type, mode, path, sha: entry } of sorted) {
      if (type === 'tree') await this.#tree(folder, repository, String(entry));
      else if (type === 'blob') await this.#blob(folder, repository, String(entry));
      parts.push(Buffer.from(`${String(mode).replace(/^0+/, '')} ${path}\0`), Buffer.from(String(entry), 'hex'));
    }
    await this.#write(folder, 'tree', sha, Buffer.concat(parts));
  }

  async #blob(folder: string, repository: string, sha: string): Promise<void> {
    if (this.#has(folder, sha)) return;
    const { content } = await this.#get(repository, 'blobs', sha);
    await this.#write(folder, 'blob', sha, Buffer.from(String(content), 'base64'));
  }

  async #get(repository: string, kind: string, sha: string): Promise<JsonObject> {
    const found = await this.#upstream.get(`/repos/${repository}/git/${kind}/${sha}`);
    if (!found) throw new Error(`${repository} has no ${sha} among its ${kind}`);
    return found;
  }

  #has(folder: string, sha: string): boolean {
    return this.#complete.get(folder)?.has(sha) ?? false;
  }

  async #write(folder: string, type: ObjectType, sha: string, content: Buffer): Promise<void> {
    const whole = Buffer.concat([Buffer.from(`${type} ${content.byteLength}\0`), content]);
    const actual = createHash('sha1').update(whole).digest('hex');
    if (actual !== sha) throw new Error(`the emulator's ${type} ${sha} is ${actual} for Git`);
    await put(join(folder, 'objects', sha.slice(0, 2), sha.slice(2)), await deflated(whole));
    const known = this.#complete.get(folder) ?? new Set();
    this.#complete.set(folder, known.add(sha));
  }
}

/** GitHub lets clients fetch any object by its SHA, and leave out blobs. */
async function initialise(folder: string): Promise<void> {
  const there = await stat(folder).then(
    () => true,
    () => false,
  );
  if (there) return;
  const { code, output } = await runCommand('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  if (code !== 0) throw new Error(`git init: ${output}`);
  for (const key of ['uploadpack.allowAnySHA1InWant', 'uploadpack.allowFilter']) {
    await runCommand('git', ['-C', folder, 'config', key, 'true']);
  }
}

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function identity(who: JsonObject | undefined): string {
  const date = String(who?.date);
  const zone = /([+-])(\d{2}):?(\d{2})$/.exec(date);
  const offset = zone ? `${zone[1]}${zone[2]}${zone[3]}` : '+0000';
  return `${who?.name} <${who?.email}> ${Math.floor(Date.parse(date) / 1000)} ${offset}`;
}

/** Git sorts a folder as if its name ended with a slash. */
function sortKey({ type, path }: JsonObject): Buffer {
  return Buffer.from(type === 'tree' ? `${path}/` : String(path));
}
