import type { Client, ClientScope, RequestVerdict } from '@octo-bots/core';
import type { CheckmarxClient } from './contract.ts';

/** One Checkmarx server, logged in. Valid from its making until `validityMs` later; what it gave out goes on working. */
export class CheckmarxServer implements Client {
  readonly type = 'checkmarx';
  readonly #bind: (scope: ClientScope) => CheckmarxClient;
  readonly #validUntil: number;

  /** @param bind makes the client of one run; its requests end with the run. */
  constructor(bind: (scope: ClientScope) => CheckmarxClient, validityMs: number) {
    this.#bind = bind;
    this.#validUntil = performance.now() + validityMs;
  }

  isValid(): boolean {
    return performance.now() < this.#validUntil;
  }

  /** Checkmarx sends no webhooks, so it has no say over them. */
  async validateRequest(): Promise<RequestVerdict> {
    return { accepted: true };
  }

  async forEvent(_event: unknown, scope: ClientScope): Promise<CheckmarxClient> {
    return this.#bind(scope);
  }

  async forJob(scope: ClientScope): Promise<CheckmarxClient> {
    return this.#bind(scope);
  }
}
