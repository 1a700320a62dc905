import { createEmulator, type Emulator } from 'emulate';
import { freePort } from '../free-port.ts';
import { type AccountSeed, Accounts, defaultAccounts, type Installation } from './accounts.ts';
import { appToken } from './app-token.ts';
import { Deliveries, type Delivery, type DeliveryInput } from './deliveries.ts';
import { Front, type PlannedAnswer, type SeenRequest, type Slowness } from './front.ts';
import { GitMirror } from './git-mirror.ts';
import { setSuspended } from './installation-routes.ts';
import { textAt } from './json.ts';
import { Overlay } from './overlay.ts';
import { Payloads } from './payloads.ts';
import { type IssueView, People } from './people.ts';
import { Pulls } from './pulls.ts';
import type { FrontParts } from './routes.ts';
import { createApp, type EmulatedApp, seedOf } from './seed.ts';
import { Timeline } from './timeline.ts';
import { Upstream } from './upstream.ts';
import { WebhookIntake } from './webhook-intake.ts';

export interface GitHubOptions {
  /** Default: the organisation `octo-org` with `hello-world` and the user `mona` with `notes`, the App installed in both. */
  readonly accounts?: readonly AccountSeed[];
  /** The events that the App subscribes to. Default: every event. */
  readonly events?: readonly string[];
  /** What the App may do. Default: write everything that bots work with. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  /** `guid` (default) as GitHub has them, or digits alone. */
  readonly deliveryIds?: 'guid' | 'digits';
  /** May be set later: see `setWebhookUrl`. */
  readonly webhookUrl?: string;
  /** Where clients reach it, when that is another machine or container. Default: a free port, for this machine alone. */
  readonly listen?: { readonly host: string; readonly port: number; readonly url: string };
}

const defaultPermissions = {
  checks: 'write',
  contents: 'write',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
} as const;

/** A GitHub of one's own: REST API, App, installations, signed webhooks. */
export class EmulatedGitHub extends People implements AsyncDisposable {
  /** For `api-url`. */
  readonly url: string;
  readonly app: EmulatedApp;
  readonly #front: Front;
  readonly #parts: FrontParts;
  readonly #close: () => Promise<void>;

  constructor(options: { url: string; app: EmulatedApp; front: Front; parts: FrontParts; close: () => Promise<void> }) {
    super({ accounts: options.parts.accounts, url: options.url });
    this.url = options.url;
    this.app = options.app;
    this.#front = options.front;
    this.#parts = options.parts;
    this.#close = options.close;
  }

  get installations(): readonly Installation[] {
    return [...this.#parts.accounts.installations.values()];
  }

  /** The user's own token, as a person would make it. */
  tokenOf(owner: string): string {
    return this.#parts.accounts.tokenFor(owner);
  }

  /** A JSON Web Token of the App itself. */
  appToken(): string {
    return appToken(this.app);
  }

  /** An access token of the App for one installation, as GitHub gives it out. */
  async installationToken(installation: number): Promise<string> {
    const response = await fetch(`${this.url}/app/installations/${installation}/access_tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.appToken()}` },
    });
    const token = textAt(await response.json(), 'token');
    if (token === undefined) throw new Error(`GitHub answered ${response.status} and gave no token`);
    return token;
  }

  /** @param options.insecureTls accept a certificate that nobody signed. Default: false. */
  setWebhookUrl(url: string | undefined, options: { insecureTls?: boolean } = {}): void {
    this.#parts.deliveries.setTarget(
      url === undefined ? undefined : { url, insecureTls: options.insecureTls ?? false },
    );
  }

  /** Every attempt to deliver an event, oldest first. */
  deliveries(): readonly Delivery[] {
    return this.#parts.deliveries.list();
  }

  /** Delivers the same event once more, byte for byte and under the same id. @param which its delivery id, or an attempt's number. */
  redeliver(which: string | number): Promise<Delivery> {
    return this.#parts.deliveries.redeliver(which);
  }

  /** Delivers any event, signed with the App's secret. */
  deliver(input: DeliveryInput): Promise<Delivery> {
    return this.#parts.deliveries.send(input);
  }

  /** Every request to the REST API, the helpers' own too (`token: 'user'`), oldest first. */
  requests(): readonly SeenRequest[] {
    return [...this.#front.seen];
  }

  /** Answers the next request like this, for instance with an error or a rate limit. */
  answerNext(answer: PlannedAnswer): void {
    this.#front.plan(answer);
  }

  /** Takes so long for these requests from now on. */
  slowDown(slowness: Slowness): void {
    this.#front.slowDown(slowness);
  }

  suspend(installation: number): void {
    this.#setSuspended(installation, true);
  }

  unsuspend(installation: number): void {
    this.#setSuspended(installation, false);
  }

  /** Opens an issue. @param input.updatedAt shown as its last change (and creation) until it changes. */
  async createIssue(
    input: Parameters<People['openIssue']>[0] & { updatedAt?: Date; createdAt?: Date },
  ): Promise<IssueView> {
    const { owner, repo, number } = await this.openIssue(input);
    if (input.updatedAt) await this.setUpdatedAt(owner, repo, number, input.updatedAt, input.createdAt);
    return this.issue(owner, repo, number);
  }

  /** Shows an issue or a pull request as last changed then, until something changes. @param createdAt default: the same. */
  setUpdatedAt(owner: string, repo: string, number: number, updatedAt: Date, createdAt?: Date): Promise<void> {
    return this.#parts.pulls.age(`${owner}/${repo}`, number, { updatedAt, ...(createdAt ? { createdAt } : {}) });
  }

  /** GitHub knows this only in GraphQL and on its pages. */
  async markReadyForReview(owner: string, repo: string, number: number): Promise<void> {
    const { upstream, overlay, pulls, payloads } = this.#parts;
    const headers = { authorization: `token ${this.tokenOf(owner)}`, 'content-type': 'application/json' };
    const path = `/repos/${owner}/${repo}/pulls/${number}`;
    await upstream.pass({ method: 'PATCH', path, headers, body: Buffer.from('{"draft":false}') });
    const pull = await pulls.find(`${owner}/${repo}`, number);
    if (!pull) throw new Error(`${owner}/${repo} has no pull request #${number}`);
    const actor = this.#parts.accounts.holderOf(headers.authorization);
    const fields = { action: 'ready_for_review', number, pull_request: overlay.showObject(pull) };
    await payloads.announce({ event: 'pull_request', repository: `${owner}/${repo}`, actor, fields });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  #setSuspended(id: number, suspended: boolean): void {
    const installation = this.#parts.accounts.installations.get(id);
    if (!installation) throw new Error(`there is no installation ${id}; see installations`);
    setSuspended(installation, suspended);
  }
}

/** Starts an emulated GitHub, all of it in this process. */
export async function startGitHub(options: GitHubOptions = {}): Promise<EmulatedGitHub> {
  const seeds = options.accounts ?? defaultAccounts;
  const accounts = new Accounts(seeds);
  const app = await createApp();
  const front = new Front();
  const intake = new WebhookIntake();
  const [localUrl, webhookUrl] = await Promise.all([
    front.listen(options.listen ?? { host: '127.0.0.1', port: 0 }),
    intake.listen(),
  ]);
  const url = options.listen?.url ?? localUrl;
  const permissions = options.permissions ?? defaultPermissions;
  const seed = seedOf({ app, accounts, seeds, webhookUrl, permissions });
  const { emulator, port } = await startEmulator(url, seed);

  const upstream = new Upstream({ port, frontUrl: url });
  const overlay = new Overlay();
  const pulls = new Pulls(upstream, overlay);
  const mirror = new GitMirror(upstream, overlay);
  const deliveries = new Deliveries({
    secret: app.webhookSecret,
    appId: app.id,
    ids: options.deliveryIds ?? 'guid',
  });
  const { events } = options;
  const payloads = new Payloads({ deliveries, accounts, overlay, pulls, upstream, events });
  const timeline = new Timeline(upstream);
  const parts: FrontParts = { upstream, accounts, overlay, pulls, timeline, payloads, deliveries, mirror };
  front.connect(parts);
  intake.onWebhook((event, payload) => payloads.take(event, payload));

  const close = async () => {
    await Promise.all([front.close(), intake.close()]);
    await mirror.close();
    upstream.close();
    await emulator.close();
  };
  const github = new EmulatedGitHub({ url, app, front, parts, close });
  if (options.webhookUrl !== undefined) github.setWebhookUrl(options.webhookUrl);
  return github;
}

async function startEmulator(
  baseUrl: string,
  seed: ReturnType<typeof seedOf>,
): Promise<{ emulator: Emulator; port: number }> {
  // The emulator must be told its port, and another process may take a free one first.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { emulator: await createEmulator({ service: 'github', port, baseUrl, seed }), port };
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
