import {
  type AnswerCache,
  type Client,
  type ClientScope,
  type DeliverySource,
  OctoError,
  type RawRequest,
  type ServiceScope,
  type WebhookEvent,
} from '@octo-bots/core';
import type { createApp } from './app.ts';
import { deliverySource } from './deliveries.ts';
import type { RequestLimits } from './limits.ts';
import { bindToScope, type Connection } from './scope.ts';
import { verifySignature } from './signature.ts';
import type { Transport } from './transport.ts';
import type { GitHubClient, GitHubInstallation, GitHubInstallations, GitHubRepository } from './types.ts';

export interface GitHubAppClientOptions {
  readonly appId: number;
  readonly app: ReturnType<typeof createApp>;
  readonly transport: Transport;
  readonly limits: RequestLimits;
  /** Every live webhook secret. */
  readonly webhookSecrets: readonly string[];
  readonly validityMs: number;
  /** For the answers that its installations get. */
  readonly cache: AnswerCache | undefined;
}

/**
 * A GitHub App, authenticated. It is valid from its making until `validityMs` later, and never again; what it gave out goes
 * on working. It keeps the tokens of its installations, so that many runs share one.
 */
export class GitHubAppClient implements Client {
  readonly type = 'github';
  readonly #options: GitHubAppClientOptions;
  readonly #validUntil: number;

  constructor(options: GitHubAppClientOptions) {
    this.#options = options;
    this.#validUntil = performance.now() + options.validityMs;
  }

  isValid(): boolean {
    return performance.now() < this.#validUntil;
  }

  async validateRequest(request: RawRequest) {
    return verifySignature(request, this.#options.webhookSecrets);
  }

  /** The client of the installation that the event came from. */
  async forEvent(event: WebhookEvent<unknown>, scope: ClientScope): Promise<GitHubClient> {
    const id = installationOf(event.payload);
    if (id === undefined) {
      throw new OctoError(
        'EVENT_WITHOUT_INSTALLATION',
        `the payload of ${event.name} has no installation.id; only events that GitHub sends for an installed App can be acted on; let the App send the webhook, not a repository`,
      );
    }
    return this.#installation(id, scope);
  }

  /** All installations of the App that are not suspended, each with its own client. */
  async forJob(scope: ClientScope): Promise<GitHubInstallations> {
    return { installations: () => this.#installations(scope) };
  }

  /** What GitHub tried to deliver to the App; kept for three days. */
  deliveries(scope: ServiceScope): DeliverySource {
    const { appId, limits } = this.#options;
    return deliverySource({ name: `github-app-${appId}`, asApp: this.#asApp(scope), pageSize: limits.pageSize });
  }

  async #installation(id: number, scope: ClientScope): Promise<GitHubClient> {
    const { app, appId, cache } = this.#options;
    const client = await app.getInstallationOctokit(id);
    return this.#bound(client, scope, cache && { cache, owner: `app ${appId} installation ${id}` });
  }

  async *#installations(scope: ClientScope): AsyncGenerator<GitHubInstallation> {
    const { limits } = this.#options;
    const asApp = this.#asApp(scope);
    const pages = asApp.paginate.iterator(asApp.rest.apps.listInstallations, { per_page: limits.pageSize });
    for await (const { data } of pages) {
      for (const { id, account, suspended_at: suspendedAt } of data) {
        if (suspendedAt) continue;
        const client = await this.#installation(id, scope);
        yield {
          id,
          account: account?.login ?? '',
          client,
          repositories: () => repositoriesOf(client, limits.pageSize),
        };
      }
    }
  }

  /**
   * A client of its own for the scope, with the App's authentication; app.octokit itself is everyone's. It makes a token for each request,
   * so that no ETag of it would ever hold.
   */
  #asApp(scope: ClientScope | ServiceScope): GitHubClient {
    const { app } = this.#options;
    const AppOctokit = app.octokit.constructor as new (options: object) => GitHubClient; // `constructor` is typed as Function
    return this.#bound(new AppOctokit({ authStrategy: () => app.octokit.auth }), scope);
  }

  #bound(client: GitHubClient, scope: ClientScope | ServiceScope, answers?: Connection['answers']): GitHubClient {
    const { transport, limits } = this.#options;
    bindToScope(client, scope, { transport, limits, answers });
    return client;
  }
}

async function* repositoriesOf(client: GitHubClient, pageSize: number): AsyncGenerator<GitHubRepository> {
  const pages = client.paginate.iterator(client.rest.apps.listReposAccessibleToInstallation, { per_page: pageSize });
  for await (const { data } of pages) {
    for (const { owner, name, full_name: fullName, archived } of data) {
      yield { owner: owner.login, name, fullName, archived };
    }
  }
}

function installationOf(payload: unknown): number | undefined {
  if (typeof payload !== 'object' || payload === null || !('installation' in payload)) return undefined;
  const { installation } = payload;
  if (typeof installation !== 'object' || installation === null || !('id' in installation)) return undefined;
  return typeof installation.id === 'number' && installation.id > 0 ? installation.id : undefined;
}
