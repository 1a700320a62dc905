import { type Client, type ClientScope, OctoError, type RequestVerdict, unlessAborted } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { type CheckmarxLogin, TokenKeeper } from './token.ts';
import type { CxSastRequests } from './types.ts';

const timeoutMs = 60_000;

/** One CxSAST server, logged in. Valid from its making until `validityMs` later; what it gave out goes on working. */
export class CxSastClient implements Client {
  readonly type = 'checkmarx';
  readonly #root: string;
  readonly #team: string;
  readonly #tokens: TokenKeeper;
  readonly #validUntil: number;

  constructor(options: { apiUrl: string; team: string; login: CheckmarxLogin; validityMs: number }) {
    this.#root = `${options.apiUrl}/cxrestapi`;
    this.#team = options.team;
    this.#tokens = new TokenKeeper(this.#root, options.login);
    this.#validUntil = performance.now() + options.validityMs;
  }

  isValid(): boolean {
    return performance.now() < this.#validUntil;
  }

  /** Checkmarx sends no webhooks, so it has no say over them. */
  async validateRequest(): Promise<RequestVerdict> {
    return { accepted: true };
  }

  async forEvent(_event: unknown, scope: ClientScope): Promise<CxSastRequests> {
    return this.#bound(scope);
  }

  async forJob(scope: ClientScope): Promise<CxSastRequests> {
    return this.#bound(scope);
  }

  #bound(scope: ClientScope): CxSastRequests {
    return { team: this.#team, request: (path, init) => this.#request(path, init ?? {}, scope) };
  }

  async #request(path: string, init: RequestInit, scope: ClientScope): Promise<Response> {
    const token = await this.#token(scope);
    const response = await this.#send(path, init, scope, token);
    // A body that is a stream is spent: there is nothing left to send again.
    if (response.status !== 401 || init.body instanceof ReadableStream) return response;
    await response.body?.cancel();
    this.#tokens.drop(token);
    return this.#send(path, init, scope, await this.#token(scope));
  }

  #token(scope: ClientScope): Promise<string> {
    return unlessAborted(this.#tokens.token(), scope.signal);
  }

  async #send(path: string, init: RequestInit, scope: ClientScope, token: string): Promise<Response> {
    const startedAt = performance.now();
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    headers.set('cxOrigin', 'octo-bots');
    const ends = [scope.signal, AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])];
    const route = `${method} ${path.split('?', 1)[0]}`;
    try {
      const response = await fetch(this.#root + path, { ...init, headers, signal: AbortSignal.any(ends) });
      const about = {
        [logKey.run]: scope.run.id,
        [logKey.delivery]: scope.run.delivery,
        method,
        route,
        [logKey.status]: response.status,
        [logKey.durationMs]: Math.round(performance.now() - startedAt),
      };
      scope.log.debug(about, 'Checkmarx request');
      return response;
    } catch (cause) {
      scope.signal.throwIfAborted();
      init.signal?.throwIfAborted();
      throw new OctoError('CHECKMARX_REQUEST_FAILED', `${route}: Checkmarx did not answer`, { cause });
    }
  }
}
