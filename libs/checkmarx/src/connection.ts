import { setTimeout as pause } from 'node:timers/promises';
import { type ClientScope, OctoError, unlessAborted } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import type { BodyInit, Response } from 'undici';
import type { RequestLimits } from './limits.ts';
import { AnsweredError } from './refusal.ts';
import { codeOf, messageOf, whatWasSaid } from './said.ts';
import { TokenKeeper, type TokenLogin } from './token.ts';
import type { Transport } from './transport.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the root; or a whole URL, which gets the token only when it is of the same origin. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** Instead of `json`: a source that is uploaded. */
  readonly upload?: Exclude<BodyInit, ReadableStream>;
  /** Twice does the same as once, so that a failure may be repeated. Default: for all but POST. */
  readonly repeatable?: boolean;
  /** Never in a message, even when the server repeats them. */
  readonly secrets?: readonly string[];
}

export interface Reply {
  readonly status: number;
  /** JSON, parsed; else the text. */
  readonly data: unknown;
}

interface Parts {
  readonly product: string;
  readonly root: string;
  readonly login: TokenLogin;
  readonly transport: Transport;
  readonly limits: RequestLimits;
}

/** One Checkmarx server, logged in. */
export class Connection {
  readonly limits: RequestLimits;
  readonly #parts: Parts;
  readonly #tokens: TokenKeeper;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.limits = parts.limits;
    this.#tokens = new TokenKeeper(parts.login, parts.transport, parts.limits);
  }

  /**
   * @returns what was answered with 2xx.
   * @throws AnsweredError with the status for every other answer: CHECKMARX_REQUEST_FAILED for 5xx, 408 and 429, else
   *   CHECKMARX_REQUEST_REFUSED. OctoError CHECKMARX_REQUEST_FAILED without an answer, CLIENT_AUTHENTICATION_FAILED without a
   *   token. The signal's reason once the run has ended.
   */
  async request(call: Call, scope: ClientScope): Promise<Reply> {
    const repeatable = call.repeatable ?? call.method !== 'POST';
    const { retries, retryBaseMs, longestWaitMs } = this.limits;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#authenticated(call, scope);
      } catch (error) {
        scope.signal.throwIfAborted();
        if (!repeatable || attempt >= retries || !mayPass(error)) throw error;
        const asked = error.resumeAt === undefined ? 0 : error.resumeAt - Date.now();
        if (asked > longestWaitMs) throw error;
        const { signal } = scope;
        await pause(Math.max(asked, retryBaseMs * 4 ** attempt), undefined, { signal }).catch(() => undefined);
        signal.throwIfAborted();
      }
    }
  }

  /** Renews a refused token once: the server did nothing then, so even a POST may be sent again. */
  async #authenticated(call: Call, scope: ClientScope): Promise<Reply> {
    const token = await this.#token(scope);
    const reply = await this.#send(call, scope, token);
    if (reply.status !== 401) return this.#judged(call, reply);
    this.#tokens.drop(token);
    const second = await this.#send(call, scope, await this.#token(scope));
    if (second.status !== 401) return this.#judged(call, second);
    throw new OctoError(
      'CLIENT_AUTHENTICATION_FAILED',
      `${routeOf(call)}: ${this.#parts.product} refused a token that it had just given`,
    );
  }

  #token(scope: ClientScope): Promise<string> {
    return unlessAborted(this.#tokens.token(), scope.signal);
  }

  async #send(call: Call, scope: ClientScope, token: string): Promise<Answered> {
    const { product, root, transport } = this.#parts;
    const startedAt = performance.now();
    const url = urlOf(root, call);
    const isOwn = url.origin === new URL(root).origin;
    const limitMs = call.upload === undefined ? this.limits.requestMs : this.limits.uploadMs;
    const body = call.upload ?? (call.json === undefined ? undefined : JSON.stringify(call.json));
    try {
      const response = await transport(url.href, {
        method: call.method,
        headers: { ...(isOwn ? { authorization: `Bearer ${token}` } : {}), ...call.headers },
        // Storage may have moved.
        redirect: isOwn ? 'manual' : 'follow',
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any([scope.signal, AbortSignal.timeout(limitMs)]),
      });
      const answered = await read(response);
      const about = {
        [logKey.run]: scope.run.id,
        [logKey.delivery]: scope.run.delivery,
        method: call.method,
        route: routeOf(call),
        [logKey.status]: response.status,
        [logKey.durationMs]: Math.round(performance.now() - startedAt),
      };
      scope.log.debug(about, 'Checkmarx request');
      return answered;
    } catch (cause) {
      scope.signal.throwIfAborted();
      const said = `${routeOf(call)}: ${product} did not answer (${messageOf(cause)})`;
      throw new OctoError('CHECKMARX_REQUEST_FAILED', said, { cause });
    }
  }

  #judged(call: Call, { status, data, resumeAt }: Answered): Reply {
    if (status >= 200 && status <= 299) return { status, data };
    const said = whatWasSaid(data, call.secrets ?? []);
    const passing = status >= 500 || status === 429 || status === 408;
    throw new AnsweredError(
      passing ? 'CHECKMARX_REQUEST_FAILED' : 'CHECKMARX_REQUEST_REFUSED',
      `${routeOf(call)} was answered ${status}${said === '' ? '' : `: ${said}`}${adviceFor(status)}`,
      { status, serverCode: codeOf(data), resumeAt: passing ? resumeAt : undefined },
    );
  }
}

function adviceFor(status: number): string {
  if (status === 403) return '; the user of checkmarx-credentials may lack a permission';
  return status >= 300 && status < 400 ? '; that is a redirect: api-url must be where it leads to' : '';
}

interface Answered extends Reply {
  /** Epoch milliseconds, from `Retry-After`. */
  readonly resumeAt: number | undefined;
}

async function read(response: Response): Promise<Answered> {
  const text = await response.text();
  return { status: response.status, data: parsed(text), resumeAt: resumeTime(response.headers.get('retry-after')) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Seconds, or a date. */
function resumeTime(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  const at = /^\d+$/.test(retryAfter) ? Date.now() + Number(retryAfter) * 1000 : Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : at;
}

function urlOf(root: string, { path, query = {} }: Call): URL {
  const url = new URL(/^https?:/.test(path) ? path : root + path);
  for (const [key, value] of Object.entries(query)) {
    for (const one of typeof value === 'string' ? [value] : value) url.searchParams.append(key, one);
  }
  return url;
}

/** The address of an upload may hold a signature, so it is not told. */
function routeOf({ method, path }: Call): string {
  return `${method} ${/^https?:/.test(path) ? 'to the upload address' : path}`;
}

function mayPass(error: unknown): error is OctoError {
  return error instanceof OctoError && error.code === 'CHECKMARX_REQUEST_FAILED';
}
