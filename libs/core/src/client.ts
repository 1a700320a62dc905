import type { StaticDecode, TSchema } from 'typebox';
import type { WebhookEvent } from './event.ts';
import type { Log } from './log.ts';
import type { RunInfo } from './run.ts';

/** A webhook request as it came in, before anything was parsed. */
export interface RawRequest {
  /** Lower-cased names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** May this request be accepted at all? The reason never holds anything of the request. */
export type RequestVerdict = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

export interface ClientScope {
  readonly run: RunInfo;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** An authenticated connection to a service. */
export interface Client {
  /** Its key in the clients of operations and filters: `github`, `checkmarx`. */
  readonly type: string;
  /** Still usable, or to be made anew. */
  isValid(): boolean;
  /** A client that has no say over webhooks accepts every request. */
  validateRequest(request: RawRequest): Promise<RequestVerdict>;
  /** What a filter or operation gets for this event: for GitHub, the event's own installation. */
  forEvent(event: WebhookEvent<unknown>, scope: ClientScope): Promise<unknown>;
  /** What an operation of a background job gets: for GitHub, all installations. */
  forJob(scope: ClientScope): Promise<unknown>;
}

/** Makes a client, already authenticated. */
export interface Credentials {
  /** Its key under `credentials:`, such as `github-app-credentials`. */
  readonly type: string;
  readonly clientType: string;
  /** @param validityMs after which `isValid()` of the new client turns false. */
  createAuthenticatedClient(validityMs: number): Promise<Client>;
}

export interface CredentialsDeclaration {
  readonly kind: 'credentials';
  readonly type: string;
  readonly clientType: string;
  readonly summary: string;
  /** The keys of its block in the main file, without `fileKey` and without the secrets. */
  readonly config: TSchema;
  /** The key of the block that names the file with the secrets, such as `app-creds-path`. The secrets may instead stand in the block itself. */
  readonly fileKey: string;
  readonly secrets: TSchema;
  /** @param input decoded; every `FilePath` is absolute and was checked. */
  create(input: { config: unknown; secrets: unknown; log: Log }): Credentials;
}

export function defineCredentials<Config extends TSchema, Secrets extends TSchema>(spec: {
  type: string;
  clientType: string;
  summary: string;
  config: Config;
  fileKey: string;
  secrets: Secrets;
  createAuthenticatedClient(input: {
    config: StaticDecode<Config>;
    secrets: StaticDecode<Secrets>;
    log: Log;
    validityMs: number;
  }): Promise<Client>;
}): CredentialsDeclaration {
  const { createAuthenticatedClient, ...rest } = spec;
  return {
    kind: 'credentials',
    ...rest,
    create: ({ config, secrets, log }) => ({
      type: spec.type,
      clientType: spec.clientType,
      createAuthenticatedClient: (validityMs) =>
        createAuthenticatedClient({
          config: config as StaticDecode<Config>,
          secrets: secrets as StaticDecode<Secrets>,
          log,
          validityMs,
        }),
    }),
  };
}
