import { type Accounts, botLogin, type TokenHolder } from './accounts.ts';
import type { Deliveries } from './deliveries.ts';
import { issueFromPull } from './issue-shape.ts';
import { isObject, type JsonObject, numberAt, objectAt, objectsOf, textAt } from './json.ts';
import type { Overlay } from './overlay.ts';
import type { Pulls } from './pulls.ts';
import type { Upstream } from './upstream.ts';

export interface OutgoingEvent {
  readonly event: string;
  readonly payload: JsonObject;
}

/**
 * Takes what the emulator would send to the App's webhook, makes of it what GitHub sends (docs.github.com, "Webhook events
 * and payloads"), and has it delivered.
 */
export class Payloads {
  readonly #deliveries: Deliveries;
  readonly #accounts: Accounts;
  readonly #overlay: Overlay;
  readonly #pulls: Pulls;
  readonly #upstream: Upstream;
  /** undefined: every event. */
  readonly #events: readonly string[] | undefined;
  /** What an edit changed, for the payload that follows: the emulator does not say. */
  readonly #changes = new Map<string, JsonObject>();
  /** Whom a request asked to review, likewise. */
  readonly #reviewers = new Map<string, { reviewers: readonly string[]; teams: readonly string[] }>();

  constructor(options: {
    deliveries: Deliveries;
    accounts: Accounts;
    overlay: Overlay;
    pulls: Pulls;
    upstream: Upstream;
    events: readonly string[] | undefined;
  }) {
    this.#deliveries = options.deliveries;
    this.#accounts = options.accounts;
    this.#overlay = options.overlay;
    this.#pulls = options.pulls;
    this.#upstream = options.upstream;
    this.#events = options.events;
  }

  expectEdit(repository: string, number: number, changes: JsonObject): void {
    this.#changes.set(`${repository}#${number}`, changes);
  }

  expectReviewers(
    repository: string,
    number: number,
    asked: { reviewers: readonly string[]; teams: readonly string[] },
  ): void {
    this.#reviewers.set(`${repository}#${number}`, asked);
  }

  async take(event: string, payload: JsonObject): Promise<void> {
    const installation = this.#accounts.installations.get(numberAt(payload, 'installation', 'id') ?? 0);
    if (!installation || installation.suspendedAt !== undefined) return;
    for (const outgoing of await this.#corrected(event, this.#overlay.showObject(payload))) await this.#send(outgoing);
  }

  /** Delivers an event that the emulator knows nothing of, in the name of who made the request. */
  async announce(input: { event: string; repository: string; actor: TokenHolder; fields: JsonObject }): Promise<void> {
    const [owner] = input.repository.split('/');
    const installation = [...this.#accounts.installations.values()].find(
      ({ account, selected }) => account === owner && (selected?.has(input.repository) ?? true),
    );
    if (!installation || installation.suspendedAt !== undefined) return;
    const [repository, sender] = await Promise.all([
      this.#upstream.get(`/repos/${input.repository}`),
      this.#upstream.get(`/users/${input.actor.kind === 'user' ? input.actor.login : botLogin}`),
    ]);
    const payload = { ...input.fields, repository, sender, installation: { id: installation.id } };
    await this.#send({ event: input.event, payload });
  }

  async #send({ event, payload }: OutgoingEvent): Promise<void> {
    if (this.#events && !this.#events.includes(event)) return;
    await this.#deliveries.send({ event, payload });
  }

  async #corrected(event: string, payload: JsonObject): Promise<OutgoingEvent[]> {
    switch (event) {
      case 'pull_request':
        return this.#asked(payload).map((one) => ({ event, payload: this.#pullRequest(one) }));
      case 'issues':
        return [this.#issues(payload)];
      case 'issue_comment':
        return [{ event, payload: await this.#comment(payload) }];
      case 'create':
        return [{ event, payload: create(payload) }];
      case 'push':
        return [{ event, payload: push(payload) }, ...(await this.#synchronized(payload))];
      default:
        return [{ event, payload }];
    }
  }

  /** GitHub tells of each that is asked to review by an event of its own. */
  #asked(payload: JsonObject): JsonObject[] {
    if (payload.action !== 'review_requested') return [payload];
    const key = `${textAt(payload, 'repository', 'full_name')}#${numberAt(payload, 'pull_request', 'number')}`;
    const { reviewers, teams } = this.#reviewers.get(key) ?? { reviewers: [], teams: [] };
    const pull = objectAt(payload, 'pull_request');
    const users = objectsOf(pull?.requested_reviewers).filter(({ login }) => reviewers.includes(String(login)));
    const groups = objectsOf(pull?.requested_teams).filter(({ slug }) => teams.includes(String(slug)));
    return [
      ...users.map((requested_reviewer) => ({ ...payload, requested_reviewer })),
      ...groups.map((requested_team) => ({ ...payload, requested_team })),
    ];
  }

  #pullRequest(payload: JsonObject): JsonObject {
    const { action, pull_request, ...rest } = payload;
    const number = numberAt(pull_request, 'number') ?? 0;
    const changes = this.#takeChanges(payload, number);
    return {
      action,
      number,
      pull_request,
      ...(action === 'edited' ? { changes } : {}),
      ...rest,
    };
  }

  /** The emulator tells of labels on a pull request as if it were an issue. */
  #issues(payload: JsonObject): OutgoingEvent {
    const { issue, ...rest } = payload;
    const label = objectsOf(objectAt(payload, 'issue')?.labels).find(
      (candidate) => candidate.name === textAt(payload, 'label', 'name'),
    );
    const labelled = label ? { ...rest, label } : rest;
    if (isObject(issue) && 'head' in issue) {
      const { action, ...others } = labelled;
      return { event: 'pull_request', payload: { action, number: issue.number, pull_request: issue, ...others } };
    }
    if (payload.action !== 'edited') return { event: 'issues', payload: { ...labelled, issue } };
    const changes = this.#takeChanges(payload, numberAt(issue, 'number') ?? 0);
    return { event: 'issues', payload: { ...labelled, issue, changes } };
  }

  async #comment(payload: JsonObject): Promise<JsonObject> {
    const repository = textAt(payload, 'repository', 'full_name') ?? '';
    const number = numberAt(payload, 'issue', 'number') ?? 0;
    const pull = await this.#pulls.find(repository, number);
    if (!pull) return payload;
    await this.#pulls.commented(repository, number);
    return { ...payload, issue: issueFromPull(this.#overlay.showObject(pull)) };
  }

  /** A push to the head branch of an open pull request: GitHub moves the pull request and tells of it. */
  async #synchronized(payload: JsonObject): Promise<OutgoingEvent[]> {
    const repository = textAt(payload, 'repository', 'full_name') ?? '';
    const ref = textAt(payload, 'ref') ?? '';
    const after = textAt(payload, 'after') ?? '';
    if (!ref.startsWith('refs/heads/')) return [];
    const moved = await this.#pulls.openFrom(repository, branchOf(ref));
    const { installation, repository: repositoryJson, sender } = payload;
    return moved.map((pull) => ({
      event: 'pull_request',
      payload: {
        action: 'synchronize',
        number: pull.number,
        before: payload.before,
        after,
        // By now the branch may be further on: this event tells of this push.
        pull_request: { ...this.#overlay.showObject(pull), head: { ...objectAt(pull, 'head'), sha: after } },
        repository: repositoryJson,
        sender,
        installation,
      },
    }));
  }

  #takeChanges(payload: JsonObject, number: number): JsonObject {
    const key = `${textAt(payload, 'repository', 'full_name')}#${number}`;
    const changes = this.#changes.get(key) ?? {};
    this.#changes.delete(key);
    return changes;
  }
}

function create(payload: JsonObject): JsonObject {
  return { description: null, pusher_type: 'user', ...payload, ref: branchOf(textAt(payload, 'ref') ?? '') };
}

function push(payload: JsonObject): JsonObject {
  const noCommit = '0'.repeat(40);
  const commits = objectsOf(payload.commits);
  return {
    created: payload.before === noCommit,
    deleted: payload.after === noCommit,
    forced: false,
    base_ref: null,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: textAt(payload, 'sender', 'login'), email: null },
    ...payload,
  };
}

export function branchOf(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
