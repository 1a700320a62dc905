import { type Bot, type ErrorCode, OctoError, type WebhookEvent } from '@octo-bots/core';
import type { ClientPool, EventMatcher } from '@octo-bots/engine';
import type { RunProducer } from '@octo-bots/queue';
import { answerError } from '@octo-bots/server';
import { type EventResult, type Logger, logKey, type Metrics } from '@octo-bots/telemetry';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestsUnderWay } from './requests-under-way.ts';
import { type Headers, readWebhook } from './webhook.ts';

export interface EndpointParts {
  readonly path: string;
  readonly clients: Pick<ClientPool, 'validateRequest'>;
  readonly matcher: Pick<EventMatcher, 'match'>;
  readonly producer: Pick<RunProducer, 'enqueue'>;
  readonly underWay: RequestsUnderWay;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** GitHub's own cap on a payload. */
export const bodyLimit = 25 * 1024 * 1024;
const retryAfterSeconds = '10';

/** Adds POST `path` in a scope of its own: raw bodies and answers in JSON hold for it alone. */
export async function addEndpoint(app: FastifyInstance, parts: EndpointParts): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      ['application/json', 'application/x-www-form-urlencoded'],
      { parseAs: 'buffer', bodyLimit },
      (_request, body, done) => done(null, body),
    );
    scope.setErrorHandler<FastifyError | OctoError>((error, request, reply) =>
      answerFailure(request, reply, parts, error),
    );
    scope.post(parts.path, { bodyLimit, onRequest: countRequest(parts) }, (request, reply) =>
      receive(request, reply, parts),
    );
    scope.get(parts.path, (_request, reply) => answerWrongMethod(reply, parts.path));
  });
}

function countRequest({ underWay }: EndpointParts) {
  return async (_request: FastifyRequest, reply: FastifyReply) => {
    if (underWay.closed) {
      return answerUnavailable(
        reply,
        'QUEUE_UNREACHABLE',
        'This process is shutting down. Send the event again in a moment.',
      );
    }
    underWay.begin();
    // Also when the sender goes away before the answer.
    reply.raw.once('close', () => underWay.end());
  };
}

/** Verify → read → match → enqueue. The order matters: nothing of a request is looked at before its signature is good. */
async function receive(request: FastifyRequest, reply: FastifyReply, parts: EndpointParts): Promise<FastifyReply> {
  const headers = singleHeaders(request);
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const verdict = await parts.clients.validateRequest({ headers, body });
  if (!verdict.accepted) {
    parts.log.warn({ [logKey.reason]: verdict.reason, [logKey.remote]: request.ip }, 'webhook refused');
    count(reply, parts, 'refused', '');
    return answerError(
      reply,
      401,
      'SIGNATURE_INVALID',
      `${verdict.reason}. Set the same webhook secret in GitHub and in the credentials here.`,
    );
  }
  const reading = readWebhook(headers, body, new Date().toISOString());
  if (!reading.ok) {
    parts.log.warn({ [logKey.reason]: reading.message, [logKey.remote]: request.ip }, 'webhook invalid');
    count(reply, parts, 'invalid', '');
    return answerError(reply, 400, 'REQUEST_INVALID', reading.message);
  }
  return accept(reply, parts, reading.event, reading.json);
}

async function accept(
  reply: FastifyReply,
  parts: EndpointParts,
  event: WebhookEvent<unknown>,
  json: Uint8Array,
): Promise<FastifyReply> {
  const log = parts.log.child({
    [logKey.delivery]: event.delivery,
    [logKey.event]: event.name,
    [logKey.action]: event.action,
  });
  const { matched, passedOver } = parts.matcher.match(event);
  for (const { bot, filter, reason } of passedOver) {
    parts.metrics.filteredOut.inc({ bot: bot.name, filter });
    log.debug({ [logKey.bot]: bot.name, [logKey.filter]: filter, [logKey.reason]: reason }, 'event filtered out');
  }
  if (matched.length === 0) {
    log.info({}, 'event matched no bot');
    count(reply, parts, 'unmatched', event.name);
    return reply.code(202).send({ delivery: event.delivery, runs: [] });
  }
  return enqueue(reply, parts, { event, json, bots: matched, log });
}

async function enqueue(
  reply: FastifyReply,
  parts: EndpointParts,
  work: { event: WebhookEvent<unknown>; json: Uint8Array; bots: readonly Bot[]; log: Logger },
): Promise<FastifyReply> {
  const { event, log } = work;
  const { delivery, name, headers, receivedAt } = event;
  try {
    const runs = await parts.producer.enqueue({
      event: { delivery, name, headers, receivedAt },
      body: work.json,
      payload: event.payload,
      bots: work.bots,
    });
    log.info({ [logKey.runs]: runs.map(({ id }) => id) }, 'event enqueued');
    count(reply, parts, 'enqueued', name);
    return reply.code(202).send({ delivery, runs });
  } catch (err) {
    if (err instanceof OctoError && err.code === 'REQUEST_INVALID') {
      log.warn({ [logKey.reason]: err.message }, 'webhook invalid');
      count(reply, parts, 'invalid', name);
      return answerError(reply, 400, err.code, err.message);
    }
    if (!(err instanceof OctoError) || err.code !== 'QUEUE_UNREACHABLE') {
      log.error({ [logKey.err]: err }, 'event not enqueued');
      count(reply, parts, 'failed', name);
      return answerError(reply, 500, 'INTERNAL_ERROR', 'The event was not stored. The log of the ingress says why.');
    }
    log.error({ [logKey.err]: err }, 'event not enqueued: the queue is out of reach');
    count(reply, parts, 'unavailable', name);
    return answerUnavailable(
      reply,
      'QUEUE_UNREACHABLE',
      'The event was not stored, since the queue (Redis) does not answer. Send it again once /readyz says 200.',
    );
  }
}

/** What never came to `receive`: a body that is too large, cut short, or of a wrong content type; or a mistake of ours. */
function answerFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: EndpointParts,
  error: FastifyError | OctoError,
): FastifyReply {
  if (error instanceof OctoError && secretCodes.has(error.code)) {
    parts.log.error({ [logKey.err]: error }, 'webhook not verified: its secret is out of reach');
    count(reply, parts, 'unavailable', '');
    return answerUnavailable(
      reply,
      error.code,
      'The event could not be verified, since the vault that keeps the secret does not give it. Send it again once it does.',
    );
  }
  const status = ('statusCode' in error ? error.statusCode : undefined) ?? 500;
  if (status >= 500) {
    parts.log.error({ [logKey.err]: error }, 'webhook failed');
    count(reply, parts, 'failed', '');
    return answerError(
      reply,
      500,
      'INTERNAL_ERROR',
      'Something unexpected happened; the log of the ingress says what.',
    );
  }
  parts.log.warn(
    { [logKey.status]: status, [logKey.reason]: error.code, [logKey.remote]: request.ip },
    'webhook refused',
  );
  count(reply, parts, 'invalid', '');
  // The rest of the body is not read, so the connection cannot serve another request.
  void reply.header('connection', 'close');
  return answerError(
    reply,
    status,
    'REQUEST_INVALID',
    refusals[status] ?? `The request cannot be read (${error.code}). Send it again.`,
  );
}

const secretCodes: ReadonlySet<ErrorCode> = new Set(['SECRET_UNAVAILABLE', 'SECRET_REFUSED']);

const refusals: Readonly<Record<number, string>> = {
  413: 'The body is larger than 25 MB, which is all that GitHub sends. Send less.',
  415:
    'This content type is not allowed. Allowed are application/json and application/x-www-form-urlencoded. ' +
    'Choose one of them as the content type of the webhook.',
};

function answerWrongMethod(reply: FastifyReply, path: string): FastifyReply {
  void reply.header('allow', 'POST');
  return answerError(
    reply,
    405,
    'REQUEST_INVALID',
    `Webhooks come by POST alone. Give the address of ${path} to GitHub as the webhook URL; to see whether this process works, ask /readyz.`,
  );
}

function answerUnavailable(reply: FastifyReply, code: ErrorCode, message: string): FastifyReply {
  void reply.header('retry-after', retryAfterSeconds).header('connection', 'close');
  return answerError(reply, 503, code, message);
}

function count(reply: FastifyReply, { metrics }: EndpointParts, result: EventResult, event: string): void {
  metrics.events.inc({ event, result });
  metrics.eventSeconds.observe({ result }, reply.elapsedTime / 1000);
}

/** Node joins what may stand more than once; only `set-cookie` comes as a list, and is of no use here. */
function singleHeaders(request: FastifyRequest): Headers {
  return Object.fromEntries(
    Object.entries(request.headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
