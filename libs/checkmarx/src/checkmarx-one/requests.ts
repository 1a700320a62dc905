import type { ClientScope } from '@octo-bots/core';
import { OctoError } from '@octo-bots/core';
import type { Call, Connection, Reply } from '../connection.ts';
import { AnsweredError, serverCodeOf } from '../refusal.ts';

const queueFull = '142';
/** The server does not say when there will be room. */
const queueWaitMs = 60_000;

/** Requests to Checkmarx One. */
export class CheckmarxOneRequests {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws OctoError CHECKMARX_QUEUE_FULL for the error code 142; for everything else as `Connection` says. */
  async request(call: Call, scope: ClientScope): Promise<Reply> {
    const headers = {
      accept: '*/*; version=1.0',
      'user-agent': 'octo-bots',
      ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
    };
    try {
      return await this.#connection.request({ ...call, headers }, scope);
    } catch (error) {
      if (!(error instanceof AnsweredError) || serverCodeOf(error) !== queueFull) throw error;
      throw new OctoError('CHECKMARX_QUEUE_FULL', error.message, {
        cause: error,
        status: error.status,
        resumeAt: error.resumeAt ?? Date.now() + queueWaitMs,
      });
    }
  }
}
