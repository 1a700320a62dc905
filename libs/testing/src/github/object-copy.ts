import { isSuccess } from './answer.ts';
import { type JsonObject, objectAt, objectsOf, textAt } from './json.ts';
import type { Upstream } from './upstream.ts';

/** Makes the objects of one repository in another, oldest first: what is the same has the same SHA. */
export class ObjectCopy {
  readonly #upstream: Upstream;
  readonly #from: string;
  readonly #to: string;
  readonly #authorization: string | undefined;
  readonly #done = new Set<string>();

  /** @param options.authorization of who may write there; the front's own user, when it is left out. */
  constructor(upstream: Upstream, options: { from: string; to: string; authorization?: string | undefined }) {
    this.#upstream = upstream;
    this.#from = options.from;
    this.#to = options.to;
    this.#authorization = options.authorization;
  }

  async write(method: string, path: string, body: JsonObject): Promise<void> {
    const target = `/repos/${this.#to}/git/${path}`;
    const headers = { authorization: this.#authorization, 'content-type': 'application/json' };
    const written = await (this.#authorization === undefined
      ? this.#upstream.ask(method, target, body)
      : this.#upstream.pass({ method, path: target, headers, body: Buffer.from(JSON.stringify(body)) }));
    if (!isSuccess(written)) throw new Error(`${method} ${target}: ${JSON.stringify(written.body)}`);
  }

  async commit(sha: string): Promise<void> {
    if (!this.#take(sha)) return;
    const commit = await this.#get('commits', sha);
    const parents = objectsOf(commit?.parents).map((parent) => textAt(parent, 'sha') ?? '');
    for (const parent of parents) await this.commit(parent);
    const tree = textAt(commit, 'tree', 'sha') ?? '';
    await this.#tree(tree);
    const [author, committer] = [objectAt(commit, 'author'), objectAt(commit, 'committer')];
    await this.write('POST', 'commits', { message: textAt(commit, 'message'), tree, parents, author, committer });
  }

  async #tree(sha: string): Promise<void> {
    if (!this.#take(sha)) return;
    const entries = objectsOf((await this.#get('trees', sha))?.tree);
    for (const { type, sha: entry } of entries) {
      if (type === 'tree') await this.#tree(String(entry));
      else if (type === 'blob') await this.#blob(String(entry));
    }
    const tree = entries.map(({ path, mode, type, sha: entry }) => ({ path, mode, type, sha: entry }));
    await this.write('POST', 'trees', { tree });
  }

  async #blob(sha: string): Promise<void> {
    if (!this.#take(sha)) return;
    const blob = await this.#get('blobs', sha);
    await this.write('POST', 'blobs', { content: blob?.content, encoding: blob?.encoding });
  }

  #take(sha: string): boolean {
    if (this.#done.has(sha)) return false;
    this.#done.add(sha);
    return true;
  }

  #get(kind: string, sha: string): Promise<JsonObject | undefined> {
    return this.#upstream.get(`/repos/${this.#from}/git/${kind}/${sha}`);
  }
}
