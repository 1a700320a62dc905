import type { StaticDecode, TSchema } from 'typebox';
import type { AnswerCache } from './answer-cache.ts';
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

/** In what a client works outside of any run. */
export type ServiceScope = Pick<ClientScope, 'log' | 'signal'>;

/** One attempt of a service to deliver an event to us. */
export interface DeliveryAttempt {
  /** Names the attempt; only its own source reads it. */
  readonly id: string;
  /** `X-GitHub-Delivery`: all attempts to deliver one event share it. */
  readonly delivery: string;
  /** `X-GitHub-Event`. */
  readonly event: string;
  /** Epoch milliseconds, by the service's clock. */
  readonly at: number;
  /** Not the first attempt to deliver this event. */
  readonly redelivery: boolean;
  /** The HTTP status that it was answered with; whatever it is, only 2xx says that it arrived. */
  readonly status: number;
}

/** A service that keeps what it tried to deliver, and delivers it again when asked. Both reject with an OctoError. */
export interface DeliverySource {
  /** Tells the sources of one deployment apart, over restarts as well: letters, digits and dashes. */
  readonly name: string;
  /**
   * One page of the attempts, newest first.
   * @param cursor the `next` of the page before; it may expire, and is then refused (`answeredStatus` 4xx).
   */
  attempts(cursor: string | undefined): Promise<{
    readonly attempts: readonly DeliveryAttempt[];
    readonly next: string | undefined;
  }>;
  /** Asks for the event of this attempt once more; it comes as a new attempt, at some later time. */
  redeliver(attemptId: string): Promise<void>;
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
  /** Only where the service delivers events and can do so again. */
  deliveries?(scope: ServiceScope): DeliverySource;
}

/** Makes a client, already authenticated. */
export interface Credentials {
  /** Its key under `credentials:`, such as `github-app-credentials`. */
  readonly type: string;
  readonly clientType: string;
  /**
   * @param validityMs after which `isValid()` of the new client turns false.
   * @param cache where the client may keep answers that it got, for the clients of all processes. Without one it asks each time.
   */
  createAuthenticatedClient(validityMs: number, cache?: AnswerCache): Promise<Client>;
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
  /**
   * @param input decoded; every `FilePath` is absolute and was checked. `secrets` is a function where a vault keeps some of them: it
   *   is called for each client that is made, so that a secret that was rotated needs no restart. It rejects with an OctoError.
   */
  create(input: { config: unknown; secrets: unknown | (() => Promise<unknown>); log: Log }): Credentials;
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
    cache: AnswerCache | undefined;
  }): Promise<Client>;
}): CredentialsDeclaration {
  const { createAuthenticatedClient, ...rest } = spec;
  return {
    kind: 'credentials',
    ...rest,
    create: ({ config, secrets, log }) => ({
      type: spec.type,
      clientType: spec.clientType,
      createAuthenticatedClient: async (validityMs, cache) =>
        createAuthenticatedClient({
          config: config as StaticDecode<Config>,
          // The loader decodes what stands in files, and what a vault gave, by this very schema.
          secrets: (typeof secrets === 'function' ? await secrets() : secrets) as StaticDecode<Secrets>,
          log,
          validityMs,
          cache,
        }),
    }),
  };
}
