import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { isIPv6 } from 'node:net';
import { OctoError, type TrustProxy } from '@octo-bots/core';
import { type Logger, logKey, type Metrics } from '@octo-bots/telemetry';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerErrorsAsJson, answerNotFound } from './answers.ts';
import { type KeyPair, keyPairFor, type Tls } from './certificate.ts';
import { CertificateRenewal } from './certificate-renewal.ts';
import { OpenConnections } from './open-connections.ts';
import { answerPlainHttp } from './plain-http.ts';
import type { Service } from './service.ts';
import { addStatusRoutes } from './status-routes.ts';

export interface ServerOptions {
  /** Started in this order, and stopped in this order. */
  readonly services: readonly Service[];
  /** Port 0 takes a free one. */
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly tls: Tls;
    /** Whose `X-Forwarded-For` tells the address of a client; nobody's by default. */
    readonly trustProxy?: TrustProxy | undefined;
  };
  readonly log: Logger;
  readonly metrics: Metrics;
  /** How long a shutdown may take in all; what has not ended by then is cut off. */
  readonly shutdownMs: number;
}

export interface RunningServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** A URL that works on this machine. */
  readonly url: string;
  /** Stops in good order; a second call waits for the first. */
  stop(): Promise<void>;
  /** Settles when everything is stopped: true when all of it ended in time and without an error. */
  readonly stopped: Promise<boolean>;
}

/** A body of 25 MB over a slow line still fits; a client that trickles does not hold a connection for ever. */
const requestTimeoutMs = 60_000;
const keepAliveTimeoutMs = 72_000;

/**
 * Serves the services' routes beside `/healthz`, `/readyz` and `/metrics`.
 *
 * starting → running: every service's `start` returned. A failing one stops the others and throws.
 * running → stopping: `stop` was called; `/readyz` says 503, the services stop one by one, then the server closes:
 * no new connections, requests under way end, idle and silent connections are closed.
 * stopping → stopped: all of that ended, or `shutdownMs` passed and the rest was cut off.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log, services } = options;
  let phase: 'starting' | 'stopping' | undefined = 'starting';
  const keyPair = await keyPairFor(options.listen.tls);
  const { app, connections } = makeApp(keyPair, options);
  addStatusRoutes(app, { services, metrics: options.metrics, phase: () => phase });
  for (const service of services) await service.routes?.(app);

  const stopped = Promise.withResolvers<boolean>();
  let stopping: Promise<void> | undefined;
  const stop = () => {
    phase = 'stopping';
    stopping ??= stopInTime({ app, connections }, options).then(stopped.resolve);
    return stopping;
  };

  try {
    await listen(app, options.listen);
    for (const service of services) await service.start();
  } catch (error) {
    await stop();
    throw error;
  }
  if (phase === 'starting') phase = undefined;
  const { address, url } = addressesOf(app, options.listen.host, keyPair === undefined ? 'http' : 'https');
  log.info(
    { [logKey.url]: url, [logKey.address]: address, [logKey.services]: services.map(({ name }) => name) },
    'listening',
  );
  return { address, url, stop, stopped: stopped.promise };
}

interface Served {
  readonly app: FastifyInstance;
  readonly connections: OpenConnections;
}

function makeApp(keyPair: KeyPair | undefined, { listen, log }: ServerOptions): Served {
  const connections = new OpenConnections();
  const app = Fastify({
    logger: false,
    trustProxy: proxiesOf(listen.trustProxy ?? false),
    serverFactory: (handler) => {
      const server = keyPair === undefined ? createHttpServer(handler) : httpsServer(keyPair, handler, { listen, log });
      server.requestTimeout = requestTimeoutMs;
      server.keepAliveTimeout = keepAliveTimeoutMs;
      connections.watch(server);
      return server;
    },
  });
  answerErrorsAsJson(app, log);
  app.setNotFoundHandler(answerNotFound);
  return { app, connections };
}

/** What Fastify takes: it calls the nearest sender hop 0. */
function proxiesOf(trust: TrustProxy) {
  if (typeof trust === 'boolean') return trust;
  return typeof trust === 'number' ? (_address: string, hop: number) => hop < trust : [...trust];
}

function httpsServer(
  keyPair: KeyPair,
  handler: RequestListener,
  { listen: { tls }, log }: Pick<ServerOptions, 'listen' | 'log'>,
): HttpsServer {
  const server = createHttpsServer(keyPair, handler);
  answerPlainHttp(server);
  if (tls.kind === 'files') {
    const renewal = new CertificateRenewal({ server, files: tls, serving: keyPair, log });
    server.once('close', () => renewal.stop());
  }
  return server;
}

async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (typeof code !== 'string' || !(code in listenMistakes)) throw cause;
    throw new OctoError('LISTEN_FAILED', `Cannot listen on ${host}:${port}: ${listenMistakes[code]}`, { cause });
  }
}

const listenMistakes: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there. Stop it, or choose another port with --port (0 takes a free one).',
  EACCES: 'this user may not use that port. Choose one above 1023 with --port.',
  EADDRNOTAVAIL: 'this machine does not have that address. Give one of its own with --host; 0.0.0.0 means all of them.',
  ENOTFOUND: 'that host name is not known. Give an address of this machine with --host; 0.0.0.0 means all of them.',
};

function addressesOf(app: FastifyInstance, host: string, scheme: string): { address: string; url: string } {
  const bound = app.server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { address: `${inUrl(host)}:${port}`, url: `${scheme}://${inUrl(reachable)}:${port}` };
}

function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** @returns whether everything ended in time and without an error. */
async function stopInTime(served: Served, options: ServerOptions): Promise<boolean> {
  const { log, shutdownMs } = options;
  log.info({ [logKey.shutdownMs]: shutdownMs }, 'stopping');
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), shutdownMs);
  });
  const result = await Promise.race([stopInOrder(served, options), deadline]);
  clearTimeout(timer);
  if (result === 'late') {
    log.error({ [logKey.shutdownMs]: shutdownMs }, 'not everything stopped in time; the rest is cut off');
    served.connections.endAll();
    return false;
  }
  log.info({}, 'stopped');
  return result;
}

async function stopInOrder({ app, connections }: Served, { services, log }: ServerOptions): Promise<boolean> {
  let clean = true;
  for (const service of services) {
    try {
      await service.stop();
      log.debug({ [logKey.service]: service.name }, 'service stopped');
    } catch (err) {
      clean = false;
      log.error({ [logKey.err]: err, [logKey.service]: service.name }, 'a service failed to stop');
    }
  }
  using _ending = connections.endQuietOnes();
  await app.close();
  return clean;
}
