import { type Answer, isSuccess } from './answer.ts';
import { type JsonObject, objectAt, objectsOf, textAt } from './json.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/repos/forks: a fork has the history of what it was forked from. */
export function forkRoutes(parts: FrontParts): Route[] {
  const { upstream, accounts } = parts;

  const fork = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const name = textAt(answer.body, 'full_name');
    if (!isSuccess(answer) || name === undefined) return answer;
    accounts.addRepository(name);
    const { authorization } = exchange.headers;
    const write = async (method: string, path: string, body: JsonObject): Promise<void> => {
      const headers = { authorization, 'content-type': 'application/json' };
      const sent = Buffer.from(JSON.stringify(body));
      const written = await upstream.pass({ method, path: `/repos/${name}/git/${path}`, headers, body: sent });
      if (!isSuccess(written)) throw new Error(`${method} ${path}: ${JSON.stringify(written.body)}`);
    };
    const branch = textAt(answer.body, 'default_branch') ?? 'main';
    const tip = await upstream.get(`/repos/${owner}/${repo}/git/ref/heads/${branch}`);
    const sha = textAt(tip, 'object', 'sha') ?? '';
    await new Copy(parts, `${owner}/${repo}`, write).commit(sha);
    await write('PATCH', `refs/heads/${branch}`, { sha, force: true });
    return answer;
  };

  return [route('POST', '/repos/:owner/:repo/forks', fork)];
}

/** Makes the same objects again, oldest first: what is the same has the same SHA. */
class Copy {
  readonly #parts: FrontParts;
  readonly #source: string;
  readonly #write: (method: string, path: string, body: JsonObject) => Promise<void>;
  readonly #done = new Set<string>();

  constructor(
    parts: FrontParts,
    source: string,
    write: (method: string, path: string, body: JsonObject) => Promise<void>,
  ) {
    this.#parts = parts;
    this.#source = source;
    this.#write = write;
  }

  async commit(sha: string): Promise<void> {
    if (!this.#take(sha)) return;
    const commit = await this.#get('commits', sha);
    const parents = objectsOf(commit?.parents).map((parent) => textAt(parent, 'sha') ?? '');
    for (const parent of parents) await this.commit(parent);
    const tree = textAt(commit, 'tree', 'sha') ?? '';
    await this.#tree(tree);
    const [author, committer] = [objectAt(commit, 'author'), objectAt(commit, 'committer')];
    await this.#write('POST', 'commits', { message: textAt(commit, 'message'), tree, parents, author, committer });
  }

  async #tree(sha: string): Promise<void> {
    if (!this.#take(sha)) return;
    const entries = objectsOf((await this.#get('trees', sha))?.tree);
    for (const { type, sha: entry } of entries) {
      if (type === 'tree') await this.#tree(String(entry));
      else if (type === 'blob') await this.#blob(String(entry));
    }
    const tree = entries.map(({ path, mode, type, sha: entry }) => ({ path, mode, type, sha: entry }));
    await this.#write('POST', 'trees', { tree });
  }

  async #blob(sha: string): Promise<void> {
    if (!this.#take(sha)) return;
    const blob = await this.#get('blobs', sha);
    await this.#write('POST', 'blobs', { content: blob?.content, encoding: blob?.encoding });
  }

  #take(sha: string): boolean {
    if (this.#done.has(sha)) return false;
    this.#done.add(sha);
    return true;
  }

  #get(kind: string, sha: string): Promise<JsonObject | undefined> {
    return this.#parts.upstream.get(`/repos/${this.#source}/git/${kind}/${sha}`);
  }
}
