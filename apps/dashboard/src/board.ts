import { createBullBoard } from '@bull-board/api';
import { FastifyAdapter } from '@bull-board/fastify';
import type { OpenQueues } from '@octo-bots/queue';
import { type Logger, logKey } from '@octo-bots/telemetry';
import type { FastifyInstance } from 'fastify';
import { printable } from './printable.ts';
import { ReplayingAdapter } from './replaying-adapter.ts';

/**
 * Bull Board edits and makes runs from what it shows; we show less than a run holds, so the result would be a run that no
 * worker can read.
 */
const routesWithData = new Set(['/api/queues/:queueName/add', '/api/queues/:queueName/:jobId/update-data']);

/** Beside that of every failed run, it has a button that would do again whatever was ever done. */
const retryAllRoute = '/api/queues/:queueName/retry/:queueStatus';

/** Adds Bull Board under `path` of this scope. */
export async function addBoard(scope: FastifyInstance, open: OpenQueues, path: string, log: Logger): Promise<void> {
  const server = new FastifyAdapter();
  server.setBasePath(`${scope.prefix}${path}`);
  createBullBoard({
    queues: open.queues.map((shown) => {
      const adapter = new ReplayingAdapter(shown);
      adapter.setFormatter('data', printable);
      adapter.setFormatter('returnValue', printable);
      return adapter;
    }),
    serverAdapter: server,
    options: {
      uiConfig: { boardTitle: 'Octo Bots', hideDocsLink: true },
      handlerHooks: {
        before({ method, route, request }) {
          if (routesWithData.has(route)) {
            return { allow: false, status: 403, message: 'Runs are made from events and cannot be written by hand.' };
          }
          if (route === retryAllRoute && request.params.queueStatus === 'completed') {
            return { allow: false, status: 403, message: 'Runs that ended well are called again one by one only.' };
          }
          if (method !== 'get')
            log.info({ [logKey.method]: method, [logKey.route]: route, ...target(request.params) }, 'dashboard action');
          return undefined;
        },
      },
    },
  });
  // Instead of Bull Board's own, which tells people the internal text of every error.
  server.setErrorHandler((error) => {
    log.warn({ [logKey.err]: error }, 'dashboard request failed');
    return {
      status: 500,
      body: {
        error: { key: 'ERRORS.INTERNAL_SERVER_ERROR' },
        message:
          'Redis did not do what the board asked for. If /readyz says that it does not answer: bring it back. Else see the log.',
      },
    };
  });
  await scope.register(server.registerPlugin(), { prefix: path });
}

function target(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { queueName, jobId } = params;
  return {
    ...(queueName === undefined ? {} : { [logKey.queue]: queueName }),
    ...(jobId === undefined ? {} : { [logKey.run]: jobId }),
  };
}
