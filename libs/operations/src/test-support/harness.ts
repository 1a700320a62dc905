import {
  type AnswerCache,
  type Client,
  type ClientScope,
  type ClientSet,
  type EventOperation,
  type Failed,
  type JobOperation,
  type Log,
  memoOf,
  type Operation,
  type OperationDeclaration,
  type Outcome,
  type RunInfo,
  silentLog,
  type WebhookEvent,
} from '@octo-bots/core';

import { type GitHubClient, githubAppCredentials } from '@octo-bots/github';
import { type EmulatedGitHub, type GitHubOptions, startGitHub, waitFor } from '@octo-bots/testing';
import { Value } from 'typebox/value';

/** What the tests of all operations share. Not part of the library: index.ts does not export it. */

/** The operation of a config as it stands in YAML. */
function create(declaration: OperationDeclaration, config: unknown): Operation {
  return declaration.create(Value.Decode(declaration.config, Value.Default(declaration.config, Value.Clone(config))));
}

/** @returns what is wrong with a config; empty when it is right. */
export function problemsOf(declaration: OperationDeclaration, config: unknown): readonly string[] {
  const filled = Value.Default(declaration.config, Value.Clone(config));
  return Value.Errors(declaration.config, filled).map(({ message }) => message);
}

export function eventOperation(declaration: OperationDeclaration, config: unknown = {}): EventOperation {
  const operation = create(declaration, config);
  if (operation.trigger !== 'event') throw new Error(`${operation.type} is an operation of background jobs`);
  return operation;
}

export function jobOperation(declaration: OperationDeclaration, config: unknown): JobOperation {
  const operation = create(declaration, config);
  if (operation.trigger !== 'tick') throw new Error(`${operation.type} is an operation of bots`);
  return operation;
}

const delivery = '5f3c0000-0000-11ee-8000-000000000001';
/** The operation under test, in its run. */
const key = 'a-run/0.operation';

/** A cache within this process, for what an operation remembers from one run to another. */
export function memoryCache(): AnswerCache {
  const kept = new Map<string, Uint8Array>();
  return {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
  };
}

function runInfo(kind: RunInfo['kind'], attempt: number): RunInfo {
  return { id: 'a-run', kind, name: 'A bot', attempt, delivery: kind === 'bot' ? delivery : undefined };
}

function eventScope(): ClientScope {
  return { run: runInfo('bot', 1), log: silentLog, signal: new AbortController().signal };
}

/** A check run, as far as tests look at it. */
export interface CheckRunView {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly externalId: string;
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: number;
}

interface GitHubCheckRun extends Omit<CheckRunView, 'externalId' | 'title' | 'summary' | 'text' | 'annotations'> {
  readonly id: number;
  readonly external_id: string;
  readonly output: { title: string; summary: string; text: string; annotations_count: number };
}

/** What a call has that is not the first of its run, or that needs more than GitHub. */
export interface EventCall {
  /** Default: that of the first run. */
  readonly key?: string;
  /** Besides `github`. */
  readonly clients?: ClientSet;
  readonly state?: unknown;
  readonly waitingSince?: number | undefined;
  readonly log?: Log;
}

/** An emulated GitHub, and the real client of the App that is installed there. */
export class GitHubBench implements AsyncDisposable {
  readonly github: EmulatedGitHub;
  readonly #client: Client;

  private constructor(github: EmulatedGitHub, client: Client) {
    this.github = github;
    this.#client = client;
  }

  /** @param cache where the client keeps answers; without one it asks for each in full. */
  static async start(options: GitHubOptions = {}, cache?: AnswerCache): Promise<GitHubBench> {
    const github = await startGitHub(options);
    const { id, clientId, clientSecret, privateKey, webhookSecret } = github.app;
    const credentials = githubAppCredentials.create({
      config: { 'api-url': github.url },
      secrets: {
        'app-id': id,
        'client-id': clientId,
        'client-secret': clientSecret,
        'private-key': privateKey,
        'webhook-secret': webhookSecret,
      },
      log: silentLog,
    });
    return new GitHubBench(github, await credentials.createAuthenticatedClient(600_000, cache));
  }

  /** The event that GitHub sends of this pull request, as it is now. */
  async pullRequestEvent(
    owner: string,
    repo: string,
    number: number,
    action = 'opened',
  ): Promise<WebhookEvent<unknown>> {
    const { json } = await this.github.pullRequest(owner, repo, number);
    return this.event('pull_request', owner, repo, { action, number, pull_request: json });
  }

  /** Any event about this repository, with what is special about it. */
  async event(
    name: string,
    owner: string,
    repo: string,
    fields: { readonly action?: string } & Readonly<Record<string, unknown>>,
  ): Promise<WebhookEvent<unknown>> {
    const installation = this.github.installations.find(({ account }) => account === owner);
    const payload = {
      ...fields,
      repository: await this.github.api(owner, 'GET', `/repos/${owner}/${repo}`),
      installation: { id: installation?.id },
    };
    const headers = { 'x-github-event': name, 'x-github-delivery': delivery };
    return { delivery, name, action: fields.action, headers, payload, receivedAt: new Date().toISOString() };
  }

  /** The event that GitHub sends when somebody presses *Re-run* of the newest check run of this name at this commit. */
  async rerunEvent(owner: string, repo: string, headSha: string, checkName: string): Promise<WebhookEvent<unknown>> {
    const path = `/repos/${owner}/${repo}/commits/${headSha}/check-runs?filter=all&check_name=${checkName}&per_page=100`;
    // What GitHub documents of a list of check runs.
    const { check_runs: all } = (await this.github.api(owner, 'GET', path)) as { check_runs: { id: number }[] };
    await this.github.rerunCheck(owner, repo, Math.max(...all.map(({ id }) => id)));
    return this.sentEvent('check_run', 'rerequested');
  }

  /** The newest event of this name and action that GitHub sent. */
  async sentEvent(name: string, action?: string): Promise<WebhookEvent<unknown>> {
    const sent = await waitFor(`an event ${name} ${action ?? ''}`, () =>
      this.github.deliveries().findLast((candidate) => candidate.event === name && candidate.action === action),
    );
    const headers = { 'x-github-event': name, 'x-github-delivery': sent.delivery };
    const payload: unknown = JSON.parse(sent.body);
    return { delivery: sent.delivery, name, action, headers, payload, receivedAt: new Date().toISOString() };
  }

  /** What an operation gets for this event. */
  async clientFor(event: WebhookEvent<unknown>, scope: ClientScope = eventScope()): Promise<GitHubClient> {
    // The contract of core says `unknown`, as it knows no GitHub.
    return (await this.#client.forEvent(event, scope)) as GitHubClient;
  }

  /** Oldest first; every one, however often repeated. */
  async checkRunsOf(owner: string, repo: string, sha: string): Promise<CheckRunView[]> {
    const path = `/repos/${owner}/${repo}/commits/${sha}/check-runs?filter=all&per_page=100`;
    // What GitHub documents of a list of check runs.
    const { check_runs: all } = (await this.github.api(owner, 'GET', path)) as { check_runs: GitHubCheckRun[] };
    return all
      .sort((a, b) => a.id - b.id)
      .map(({ name, status, conclusion, external_id: externalId, output }) => {
        const { title, summary, text, annotations_count: annotations } = output;
        return { name, status, conclusion, externalId, title, summary, text, annotations };
      });
  }

  async runOnEvent(operation: EventOperation, event: WebhookEvent<unknown>, call: EventCall = {}): Promise<Outcome> {
    const scope = { ...eventScope(), ...(call.log ? { log: call.log } : {}) };
    const clients = { github: await this.clientFor(event, scope), ...call.clients };
    const { state, waitingSince } = call;
    const memo = memoOf(undefined, operation.type);
    return operation.execute({ ...scope, key: call.key ?? key, memo, event, clients, state, waitingSince });
  }

  /** What the engine does once the run has failed for good. */
  async abandonOnEvent(
    operation: EventOperation,
    event: WebhookEvent<unknown>,
    failure: Failed,
    call: EventCall = {},
  ): Promise<void> {
    const scope = eventScope();
    const clients = { github: await this.clientFor(event, scope), ...call.clients };
    const memo = memoOf(undefined, operation.type);
    await operation.abandon?.({ ...scope, key: call.key ?? key, memo, event, clients, failure });
  }

  async runOnTick(
    operation: JobOperation,
    options: { dueAt: Date; attempt?: number; state?: unknown; signal?: AbortSignal; cache?: AnswerCache },
  ): Promise<Outcome> {
    const { dueAt, attempt = 1, state, signal = new AbortController().signal, cache } = options;
    const scope = { run: runInfo('background-job', attempt), log: silentLog, signal };
    const github = await this.#client.forJob(scope);
    const tick = { job: 'A job', dueAt: dueAt.toISOString() };
    const memo = memoOf(cache, operation.type);
    return operation.execute({ ...scope, key, memo, tick, clients: { github }, state, waitingSince: undefined });
  }

  /** Requests of the App that change something, as `METHOD path`. */
  changes(): readonly string[] {
    return this.github
      .requests()
      .filter(({ method, path, token }) => token === 'installation' && method !== 'GET' && !path.includes('/app/'))
      .map(({ method, path }) => `${method} ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.github[Symbol.asyncDispose]();
  }
}
