import { Accounts, defaultAccounts, operator } from './accounts.ts';
import { isObject, type JsonObject, numberAt, objectsOf, parseJson, textAt } from './json.ts';

/** An issue or a pull request, as far as tests look at it. */
export interface IssueView {
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: 'open' | 'closed';
  /** `completed`, `not_planned`, `reopened`; undefined for a pull request. */
  readonly stateReason: string | undefined;
  readonly labels: readonly string[];
  readonly author: string;
  readonly comments: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** What a person opens in a browser. */
  readonly url: string;
  /** All that GitHub says of it. */
  readonly json: JsonObject;
}

export interface PullRequestView extends IssueView {
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string; readonly sha: string };
  readonly draft: boolean;
  readonly merged: boolean;
}

export interface CommentView {
  readonly id: number;
  /** `octo-bots[bot]` for the App. */
  readonly author: string;
  readonly body: string;
  readonly createdAt: string;
}

/** Path → content. */
export type Files = Readonly<Record<string, string>>;

/** One entry of a commit as Git has them, for what `Files` cannot say. */
export interface TreeEntry {
  readonly path: string;
  /** A file, a program, a symbolic link (its content is where it leads), a submodule. */
  readonly mode: '100644' | '100755' | '120000' | '160000';
  /** Text, or bytes; of a submodule the SHA of its commit. */
  readonly content: string | Buffer;
}

interface Place {
  readonly owner: string;
  readonly repo: string;
}

/** What people do at GitHub, through its REST API and in their own name. Throws Error with GitHub's answer when it refuses. */
export class People {
  readonly #accounts: Accounts;
  readonly #url: string;

  constructor(options: { accounts: Accounts; url: string }) {
    this.#accounts = options.accounts;
    this.#url = options.url;
  }

  /** Any request of GitHub's REST API, by who acts in the account `owner`. @returns the parsed body. */
  async api(owner: string, method: string, path: string, body?: JsonObject): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `token ${this.#accounts.tokenFor(owner)}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${method} ${path}: ${text}`);
    return parseJson(text);
  }

  async createRepository(owner: string, name: string, options: { private?: boolean } = {}): Promise<void> {
    const isUser = this.#accounts.typeOf(owner) === 'User';
    const path = isUser ? '/user/repos' : `/orgs/${owner}/repos`;
    await this.api(owner, 'POST', path, { name, private: options.private ?? false, auto_init: true });
    // Else the front itself could not read a private repository of a user.
    if (isUser) await this.api(owner, 'PUT', `/repos/${owner}/${name}/collaborators/${operator}`, {});
  }

  async createBranch(place: Place & { branch: string; from?: string }): Promise<void> {
    const repository = `/repos/${place.owner}/${place.repo}`;
    const from = await this.api(place.owner, 'GET', `${repository}/git/ref/heads/${place.from ?? 'main'}`);
    const sha = textAt(from, 'object', 'sha');
    await this.api(place.owner, 'POST', `${repository}/git/refs`, { ref: `refs/heads/${place.branch}`, sha });
  }

  async deleteBranch(place: Place & { branch: string }): Promise<void> {
    await this.api(place.owner, 'DELETE', `/repos/${place.owner}/${place.repo}/git/refs/heads/${place.branch}`);
  }

  /** The button *Re-run* of a check run. */
  async rerunCheck(owner: string, repo: string, checkRun: number): Promise<void> {
    await this.api(owner, 'POST', `/repos/${owner}/${repo}/check-runs/${checkRun}/rerequest`);
  }

  /** Writes these files on the branch, one commit each. @returns the last commit's SHA. */
  async pushCommit(place: Place & { branch: string; files?: Files; message?: string }): Promise<string> {
    const repository = `/repos/${place.owner}/${place.repo}`;
    const files = Object.entries(place.files ?? { [`changes/${Date.now()}-${Math.random()}.txt`]: 'A change.\n' });
    let sha = '';
    for (const [path, content] of files) {
      const target = `${repository}/contents/${encodeURI(path)}`;
      const existing = await this.#optional(place.owner, `${target}?ref=${encodeURIComponent(place.branch)}`);
      const commit = await this.api(place.owner, 'PUT', target, {
        message: place.message ?? `Change ${path}`,
        content: Buffer.from(content).toString('base64'),
        branch: place.branch,
        ...(existing ? { sha: existing.sha } : {}),
      });
      sha = textAt(commit, 'commit', 'sha') ?? '';
    }
    return sha;
  }

  /** Adds all of these to the branch in one commit. @returns its SHA. */
  async pushEntries(place: Place & { branch: string; entries: readonly TreeEntry[] }): Promise<string> {
    const git = `/repos/${place.owner}/${place.repo}/git`;
    const tip = textAt(await this.api(place.owner, 'GET', `${git}/ref/heads/${place.branch}`), 'object', 'sha');
    const tree = await Promise.all(
      place.entries.map(async ({ path, mode, content }) => {
        if (mode === '160000') return { path, mode, type: 'commit', sha: String(content) };
        const blob = { content: Buffer.from(content).toString('base64'), encoding: 'base64' };
        return {
          path,
          mode,
          type: 'blob',
          sha: textAt(await this.api(place.owner, 'POST', `${git}/blobs`, blob), 'sha'),
        };
      }),
    );
    const base = textAt(await this.api(place.owner, 'GET', `${git}/commits/${tip}`), 'tree', 'sha');
    const made = textAt(await this.api(place.owner, 'POST', `${git}/trees`, { base_tree: base, tree }), 'sha');
    const message = `Change ${place.entries.length} files of ${place.branch}`;
    const commit = await this.api(place.owner, 'POST', `${git}/commits`, { message, tree: made, parents: [tip] });
    const sha = textAt(commit, 'sha') ?? '';
    await this.api(place.owner, 'PATCH', `${git}/refs/heads/${place.branch}`, { sha });
    return sha;
  }

  /** Forks a repository into the account of a user. */
  async forkRepository({ owner, repo, into }: Place & { into: string }): Promise<void> {
    const path = `/repos/${owner}/${repo}`;
    await this.api(owner, 'PUT', `${path}/collaborators/${into}`, { permission: 'push' });
    await this.api(into, 'POST', `${path}/forks`, {});
    await this.api(into, 'PUT', `/repos/${into}/${repo}/collaborators/${operator}`, {});
  }

  /** Opens a pull request from a fork's branch, which is there. */
  async openPullRequestFromFork(
    input: Place & { fork: string; head: string; base?: string },
  ): Promise<PullRequestView> {
    const { owner, repo, fork, head, base = 'main' } = input;
    const opening = { title: `Merge ${fork}:${head}`, head: `${fork}:${head}`, base };
    const pull = await this.api(fork, 'POST', `/repos/${owner}/${repo}/pulls`, opening);
    return this.pullRequest(owner, repo, numberAt(pull, 'number') ?? 0);
  }

  /** Makes what is missing of the branches `base` (default `main`) and `head`, with a commit on `head`, and opens a pull request. */
  async openPullRequest(
    input: Place & { head: string; base?: string; title?: string; body?: string; draft?: boolean; files?: Files },
  ): Promise<PullRequestView> {
    const { owner, repo, head, base = 'main' } = input;
    await this.#ensureBranch({ owner, repo, branch: base, from: 'main' });
    if (await this.#ensureBranch({ owner, repo, branch: head, from: base })) {
      await this.pushCommit({ owner, repo, branch: head, ...(input.files ? { files: input.files } : {}) });
    }
    const pull = await this.api(owner, 'POST', `/repos/${owner}/${repo}/pulls`, {
      title: input.title ?? `Merge ${head}`,
      body: input.body ?? '',
      draft: input.draft ?? false,
      head,
      base,
    });
    return this.pullRequest(owner, repo, numberAt(pull, 'number') ?? 0);
  }

  async editPullRequest(
    owner: string,
    repo: string,
    number: number,
    changes: { title?: string; body?: string; base?: string; state?: 'open' | 'closed' },
  ): Promise<PullRequestView> {
    await this.api(owner, 'PATCH', `/repos/${owner}/${repo}/pulls/${number}`, changes);
    return this.pullRequest(owner, repo, number);
  }

  closePullRequest(owner: string, repo: string, number: number): Promise<PullRequestView> {
    return this.editPullRequest(owner, repo, number, { state: 'closed' });
  }

  reopenPullRequest(owner: string, repo: string, number: number): Promise<PullRequestView> {
    return this.editPullRequest(owner, repo, number, { state: 'open' });
  }

  async mergePullRequest(owner: string, repo: string, number: number): Promise<void> {
    await this.api(owner, 'PUT', `/repos/${owner}/${repo}/pulls/${number}/merge`, {});
  }

  async openIssue(input: Place & { title?: string; body?: string; labels?: readonly string[] }): Promise<IssueView> {
    const { owner, repo } = input;
    const issue = await this.api(owner, 'POST', `/repos/${owner}/${repo}/issues`, {
      title: input.title ?? 'Something is wrong',
      body: input.body ?? '',
      labels: input.labels ?? [],
    });
    return this.issue(owner, repo, numberAt(issue, 'number') ?? 0);
  }

  async comment(owner: string, repo: string, number: number, body: string): Promise<void> {
    await this.api(owner, 'POST', `/repos/${owner}/${repo}/issues/${number}/comments`, { body });
  }

  async addLabels(owner: string, repo: string, number: number, labels: readonly string[]): Promise<void> {
    await this.api(owner, 'POST', `/repos/${owner}/${repo}/issues/${number}/labels`, { labels });
  }

  /** An issue, or a pull request as the issue that it is too. */
  async issue(owner: string, repo: string, number: number): Promise<IssueView> {
    return issueView(owner, repo, await this.api(owner, 'GET', `/repos/${owner}/${repo}/issues/${number}`));
  }

  async pullRequest(owner: string, repo: string, number: number): Promise<PullRequestView> {
    const json = await this.api(owner, 'GET', `/repos/${owner}/${repo}/pulls/${number}`);
    return {
      ...issueView(owner, repo, json),
      head: { ref: textAt(json, 'head', 'ref') ?? '', sha: textAt(json, 'head', 'sha') ?? '' },
      base: { ref: textAt(json, 'base', 'ref') ?? '', sha: textAt(json, 'base', 'sha') ?? '' },
      draft: isObject(json) && json.draft === true,
      merged: isObject(json) && json.merged === true,
    };
  }

  async labelsOf(owner: string, repo: string, number: number): Promise<string[]> {
    return [...(await this.issue(owner, repo, number)).labels];
  }

  /** Oldest first. */
  async commentsOf(owner: string, repo: string, number: number): Promise<CommentView[]> {
    const path = `/repos/${owner}/${repo}/issues/${number}/comments?per_page=100`;
    return objectsOf(await this.api(owner, 'GET', path)).map((comment) => ({
      id: numberAt(comment, 'id') ?? 0,
      author: textAt(comment, 'user', 'login') ?? '',
      body: textAt(comment, 'body') ?? '',
      createdAt: textAt(comment, 'created_at') ?? '',
    }));
  }

  /** @returns whether it had to be made. */
  async #ensureBranch(place: Place & { branch: string; from: string }): Promise<boolean> {
    const path = `/repos/${place.owner}/${place.repo}/git/ref/heads/${place.branch}`;
    if (await this.#optional(place.owner, path)) return false;
    await this.createBranch(place);
    return true;
  }

  async #optional(owner: string, path: string): Promise<JsonObject | undefined> {
    const found = await this.api(owner, 'GET', path).catch(() => undefined);
    return isObject(found) ? found : undefined;
  }
}

/** People at an emulated GitHub in another process, which has the default accounts. @param url of its API. */
export function peopleAt(url: string): People {
  return new People({ accounts: new Accounts(defaultAccounts), url });
}

function issueView(owner: string, repo: string, json: unknown): IssueView {
  if (!isObject(json)) throw new Error('GitHub answered with something that is no issue');
  return {
    owner,
    repo,
    number: numberAt(json, 'number') ?? 0,
    title: textAt(json, 'title') ?? '',
    body: textAt(json, 'body') ?? '',
    state: json.state === 'closed' ? 'closed' : 'open',
    stateReason: textAt(json, 'state_reason'),
    labels: objectsOf(json.labels).map((label) => String(label.name)),
    author: textAt(json, 'user', 'login') ?? '',
    comments: numberAt(json, 'comments') ?? 0,
    createdAt: textAt(json, 'created_at') ?? '',
    updatedAt: textAt(json, 'updated_at') ?? '',
    url: textAt(json, 'html_url') ?? '',
    json,
  };
}
