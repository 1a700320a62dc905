import { checkmarxCredentials } from '@octo-bots/checkmarx';
import { type EventOperation, type Outcome, silentLog, type WebhookEvent } from '@octo-bots/core';
import { type FakeCheckmarx, startCxSast } from '@octo-bots/testing';
import { Value } from 'typebox/value';
import { type CheckRunView, type EventCall, GitHubBench } from './harness.ts';

export const owner = 'octo-org';
export const repo = 'hello-world';

/** More than any run of these tests needs. */
const mostCalls = 60;

/** What happens between two calls of a run; `state` may be changed. */
type Between = (call: { count: number; state: { startedAt: number; shownAt: number } }) => unknown;

/** The emulated GitHub with a fake Checkmarx server beside it, and the real clients of both. */
export class CheckmarxBench<Server extends FakeCheckmarx> implements AsyncDisposable {
  readonly hub: GitHubBench;
  readonly server: Server;

  private constructor(hub: GitHubBench, server: Server) {
    this.hub = hub;
    this.server = server;
  }

  static async start<Server extends FakeCheckmarx>(server: Server): Promise<CheckmarxBench<Server>> {
    return new CheckmarxBench(await GitHubBench.start(), server);
  }

  get github() {
    return this.hub.github;
  }

  /** Opens a pull request with a commit of its own. */
  async opened(head = 'feature/a', base = 'main') {
    const files = { [`${head}.txt`]: `${head} ${Math.random()}\n` };
    const pull = await this.github.openPullRequest({ owner, repo, head, base, files });
    return { pull, event: await this.hub.pullRequestEvent(owner, repo, pull.number) };
  }

  /** Pushes to the head of a pull request. @returns the event of it. */
  async pushed(number: number, branch = 'feature/a'): Promise<{ sha: string; event: WebhookEvent<unknown> }> {
    const files = { 'pushed.txt': `${Math.random()}\n` };
    const sha = await this.github.pushCommit({ owner, repo, branch, files });
    return { sha, event: await this.hub.pullRequestEvent(owner, repo, number, 'synchronize') };
  }

  /** One call of an operation, as the engine makes it. */
  async call(operation: EventOperation, event: WebhookEvent<unknown>, call: EventCall = {}): Promise<Outcome> {
    return this.hub.runOnEvent(operation, event, { ...call, clients: await this.#clients(event) });
  }

  async abandon(operation: EventOperation, event: WebhookEvent<unknown>, call: EventCall = {}): Promise<void> {
    const failure = { status: 'failed', reason: 'internal', code: 'OPERATION_THREW', retryable: false } as const;
    await this.hub.abandonOnEvent(operation, event, failure, { ...call, clients: await this.#clients(event) });
  }

  /** Calls an operation until it waits no more, with the state that it left, and does not wait. */
  async run(
    operation: EventOperation,
    event: WebhookEvent<unknown>,
    options: EventCall & { between?: Between } = {},
  ): Promise<Outcome> {
    const { between, ...call } = options;
    let state = call.state;
    for (let count = 1; count <= mostCalls; count++) {
      const outcome = await this.call(operation, event, { ...call, state });
      if (outcome.status !== 'later') return outcome;
      // As through Redis.
      state = JSON.parse(JSON.stringify(outcome.state));
      await between?.({ count, state: state as Parameters<Between>[0]['state'] });
    }
    throw new Error(`the operation still waits after ${mostCalls} calls`);
  }

  checkRuns(sha: string): Promise<CheckRunView[]> {
    return this.hub.checkRunsOf(owner, repo, sha);
  }

  projectNames(): readonly string[] {
    return this.server.projects().map(({ name }) => name);
  }

  /** How often the check run was written to. */
  writes(): number {
    return this.hub.changes().filter((change) => /check-runs/.test(change)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.hub[Symbol.asyncDispose]();
  }

  async #clients(event: WebhookEvent<unknown>) {
    const run = { id: 'a-run', kind: 'bot', name: 'A bot', attempt: 1, delivery: event.delivery } as const;
    const scope = { run, log: silentLog, signal: new AbortController().signal };
    const { config, secrets } = checkmarxCredentials;
    const client = await checkmarxCredentials
      .create({
        config: Value.Decode(config, Value.Default(config, { 'api-url': this.server.url })),
        secrets: Value.Decode(secrets, Value.Default(secrets, { ...this.server.login })),
        log: silentLog,
      })
      .createAuthenticatedClient(600_000);
    return { checkmarx: await client.forEvent(event, scope) };
  }
}

/** A bench with a CxSAST 9.7, unless told otherwise. */
export async function cxSastBench(options: Parameters<typeof startCxSast>[0] = {}) {
  return CheckmarxBench.start(await startCxSast(options));
}
