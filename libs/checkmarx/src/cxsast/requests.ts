import { answeredStatus, type ClientScope } from '@octo-bots/core';
import type { Call, Connection, Reply } from '../connection.ts';
import { serverCodeOf } from '../refusal.ts';

/** A call, and the highest version of it that this library knows. */
export interface VersionedCall extends Call {
  /** Names the call, whatever ids its path has. */
  readonly route: string;
  /** Undefined: the server's default is all that is known. */
  readonly version: string | undefined;
}

/**
 * Requests to one CxSAST server, each in a version that the server has: the highest known one is asked for; when the server
 * refuses it, the server's default is taken, from then on.
 */
export class CxSastRequests {
  readonly #connection: Connection;
  /** The routes whose highest version was refused. */
  readonly #refused = new Set<string>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async request(call: VersionedCall, scope: ClientScope): Promise<Reply> {
    if (call.version === undefined || this.#refused.has(call.route)) return this.#send(call, '', scope);
    try {
      return await this.#send(call, `;v=${call.version}`, scope);
    } catch (error) {
      if (!isRefusedVersion(error)) throw error;
      const reply = await this.#send(call, '', scope);
      this.#refused.add(call.route);
      return reply;
    }
  }

  #send(call: VersionedCall, version: string, scope: ClientScope): Promise<Reply> {
    const headers = {
      accept: `application/json${version}`,
      cxOrigin: 'octo-bots',
      ...(call.json === undefined ? {} : { 'content-type': `application/json${version}` }),
    };
    return this.#connection.request({ ...call, headers }, scope);
  }
}

function isRefusedVersion(error: unknown): boolean {
  const status = answeredStatus(error);
  return status === 406 || status === 415 || (status === 400 && /ApiVersion/i.test(serverCodeOf(error) ?? ''));
}
