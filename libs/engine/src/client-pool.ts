import {
  type AnswerCache,
  type Client,
  type ClientScope,
  type ClientSet,
  type Credentials,
  type DeliverySource,
  type Log,
  OctoError,
  type RawRequest,
  type RequestVerdict,
  type ServiceScope,
  type WebhookEvent,
} from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';

interface Slot {
  readonly credentials: Credentials;
  client: Client | undefined;
  /** The making of a client that is under way: all who ask meanwhile wait for the same one. */
  making: Promise<Client> | undefined;
  /** A vault is out of reach: the client that is no longer valid goes on, and by `performance.now()` none is made before this. */
  goOnUntil: number | undefined;
  /** What a vault said when no client could be made, and until when (by `performance.now()`) it is not asked again. */
  refusal: { readonly error: OctoError; readonly until: number } | undefined;
}

/** How long a vault that is out of reach is left alone. */
const goOnMs = 15_000;

/** How long all who ask get the same answer of a vault: anybody may send a webhook, and none of them shall be a login there. */
const sameAnswerMs = 1_000;

/**
 * The authenticated clients of a process, one for each client type.
 *
 * A slot is empty until its client is first asked for; then *making* (single-flight); then *valid* until the client's
 * `isValid()` turns false; then the next who asks makes it anew. A failed making leaves the slot as it was; when it failed because a
 * vault is out of reach, the old client *goes on*: from then on it is tried again now and then, and nobody waits for that.
 * What a vault said is the answer to all who ask within the next second.
 */
export class ClientPool {
  readonly #slots = new Map<string, Slot>();
  readonly #validityMs: number;
  readonly #log: Log;
  /** What the clients, and the operations of their runs, share with those of all other processes. */
  readonly cache: AnswerCache | undefined;

  constructor(options: {
    credentials: readonly Credentials[];
    validityMs: number;
    log: Log;
    cache?: AnswerCache | undefined;
  }) {
    this.cache = options.cache;
    this.#validityMs = options.validityMs;
    this.#log = options.log;
    for (const credentials of options.credentials) {
      const known = this.#slots.get(credentials.clientType);
      if (known !== undefined) {
        throw new OctoError(
          'CONFIG_INVALID',
          `two credentials for the client "${credentials.clientType}": ${known.credentials.type} and ${credentials.type}; keep one of them`,
        );
      }
      this.#slots.set(credentials.clientType, {
        credentials,
        client: undefined,
        making: undefined,
        goOnUntil: undefined,
        refusal: undefined,
      });
    }
  }

  /**
   * May this request be accepted at all? Every client must accept it.
   * @throws OctoError when a client cannot be made.
   */
  async validateRequest(request: RawRequest): Promise<RequestVerdict> {
    if (this.#slots.size === 0) return { accepted: false, reason: 'no credentials are configured' };
    for (const type of this.#slots.keys()) {
      const client = await this.#client(type);
      const verdict = await client.validateRequest(request);
      if (!verdict.accepted) return verdict;
    }
    return { accepted: true };
  }

  /**
   * What an operation or filter gets while it works on an event.
   * @throws OctoError CLIENT_NOT_CONFIGURED, or what the client or its credentials threw.
   */
  eventClients(types: readonly string[], event: WebhookEvent<unknown>, scope: ClientScope): Promise<ClientSet> {
    return this.#clientSet(types, (client) => client.forEvent(event, scope));
  }

  /**
   * What an operation gets on a tick of a background job.
   * @throws OctoError CLIENT_NOT_CONFIGURED, or what the client or its credentials threw.
   */
  jobClients(types: readonly string[], scope: ClientScope): Promise<ClientSet> {
    return this.#clientSet(types, (client) => client.forJob(scope));
  }

  /**
   * The services that keep what they tried to deliver.
   * @throws OctoError when a client cannot be made.
   */
  async deliverySources(scope: ServiceScope): Promise<readonly DeliverySource[]> {
    const clients = await Promise.all([...this.#slots.keys()].map((type) => this.#client(type)));
    return clients.map((client) => client.deliveries?.(scope)).filter((source) => source !== undefined);
  }

  async #clientSet(types: readonly string[], view: (client: Client) => Promise<unknown>): Promise<ClientSet> {
    const entries = types.map(async (type) => [type, await view(await this.#client(type))] as const);
    return Object.fromEntries(await Promise.all(entries));
  }

  async #client(type: string): Promise<Client> {
    const slot = this.#slots.get(type);
    if (slot === undefined) {
      const known = [...this.#slots.keys()];
      throw new OctoError(
        'CLIENT_NOT_CONFIGURED',
        `no credentials for the client "${type}"; configured: ${known.length === 0 ? 'none' : known.join(', ')}; add a block for it under "credentials:"`,
      );
    }
    const { client, goOnUntil } = slot;
    if (client?.isValid() || (client && goOnUntil !== undefined && performance.now() < goOnUntil)) return client;
    if (slot.refusal && performance.now() < slot.refusal.until) throw slot.refusal.error;
    slot.making ??= this.#make(slot).finally(() => {
      slot.making = undefined;
    });
    if (client === undefined || goOnUntil === undefined) return slot.making;
    // A vault that does not even refuse a connection would hold up each webhook for longer than GitHub waits. What comes of the
    // making is told to the next who asks.
    slot.making.catch(() => undefined);
    return client;
  }

  async #make(slot: Slot): Promise<Client> {
    const making = slot.credentials.createAuthenticatedClient(this.#validityMs, this.cache);
    const client = await making.catch((error: unknown) => {
      if (slot.client === undefined || !isOutOfReach(error)) {
        slot.goOnUntil = undefined;
        // What a vault refuses may be meant to be of no use any more: an outage after that does not bring it back.
        if (isRefused(error)) slot.client = undefined;
        slot.refusal = isOfVault(error) ? { error, until: performance.now() + sameAnswerMs } : undefined;
        throw error;
      }
      this.#log.warn(
        { [logKey.client]: slot.client.type, [logKey.err]: error },
        'client not made anew; the old one goes on',
      );
      slot.goOnUntil = performance.now() + goOnMs;
      return slot.client;
    });
    if (client === slot.client) return client;
    slot.goOnUntil = undefined;
    this.#log.debug({ [logKey.client]: client.type }, slot.client === undefined ? 'client made' : 'client made anew');
    slot.client = client;
    return client;
  }
}

function isOfVault(error: unknown): error is OctoError {
  return error instanceof OctoError && (error.code === 'SECRET_UNAVAILABLE' || error.code === 'SECRET_REFUSED');
}

function isRefused(error: unknown): boolean {
  return error instanceof OctoError && error.code === 'SECRET_REFUSED';
}

function isOutOfReach(error: unknown): boolean {
  return error instanceof OctoError && error.code === 'SECRET_UNAVAILABLE';
}
