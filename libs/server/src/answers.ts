import { type ErrorCode, OctoError } from '@octo-bots/core';
import { type Logger, logKey } from '@octo-bots/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

/** @param message for the caller: what arrived, what is allowed, what to do. Nothing internal. */
export function answerError(reply: FastifyReply, status: number, code: ErrorCode, message: string): FastifyReply {
  const body: ErrorBody = { error: { code, message } };
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

/**
 * Answers whatever a route throws in the one shape, and logs what only operators may read. Register it in a scope of
 * one's own, so that a wrapping application keeps its own ways.
 */
export function answerErrorsAsJson(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const status = clientErrorStatus(error);
    if (status !== undefined) return answerError(reply, status, 'REQUEST_INVALID', explain(status, error));
    log.error(
      { [logKey.err]: error, [logKey.method]: request.method, [logKey.route]: request.routeOptions.url },
      'request failed',
    );
    const code = error instanceof OctoError ? error.code : 'INTERNAL_ERROR';
    return answerError(reply, 500, code, 'Something unexpected happened here; the log of this process says what.');
  });
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return answerError(
    reply,
    404,
    'REQUEST_INVALID',
    `Nothing is served at ${request.method} ${request.url.split('?')[0]}. Webhooks go by POST to the path that ` +
      'settings.bots-endpoint names; /healthz, /readyz and /metrics tell of this process.',
  );
}

/** What Fastify itself refuses carries a status of 4xx. */
function clientErrorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  return error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : undefined;
}

function explain(status: number, error: unknown): string {
  switch (status) {
    case 413:
      return 'The body is larger than allowed: GitHub caps a payload at 25 MB. Send less.';
    case 415:
      return (
        'The content type is not allowed here. Allowed are application/json and application/x-www-form-urlencoded; ' +
        'choose one of the two as the content type of the webhook.'
      );
    default:
      return `The request is not well-formed HTTP (${error instanceof Error && 'code' in error ? String(error.code) : status}).`;
  }
}
