import type { EmitterWebhookEvent, EmitterWebhookEventName } from '@octokit/webhooks';
import type { BotsOctokit } from './octokit.ts';

/** One installation's GitHub: `rest`, `paginate`, `request`. */
export type GitHubClient = InstanceType<typeof BotsOctokit>;

export interface GitHubRepository {
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly archived: boolean;
}

/** One installation of the App, with a client that acts as it. */
export interface GitHubInstallation {
  readonly id: number;
  /** Login of the account it is installed on. */
  readonly account: string;
  readonly client: GitHubClient;
  /** Every repository of the installation, paged. */
  repositories(): AsyncIterable<GitHubRepository>;
}

/** What a background job gets: every installation of the App that is not suspended. */
export interface GitHubInstallations {
  installations(): AsyncIterable<GitHubInstallation>;
}

type BaseEventName = Exclude<EmitterWebhookEventName, `${string}.${string}`>;
type Payloads = { [Name in BaseEventName]: EmitterWebhookEvent<Name>['payload'] };

declare module '@octo-bots/core' {
  interface EventPayloads extends Payloads {}
  interface EventClients {
    readonly github: GitHubClient;
  }
  interface JobClients {
    readonly github: GitHubInstallations;
  }
}
