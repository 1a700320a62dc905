import { request } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { TrustProxy } from '@octo-bots/core';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import type { Tls } from '../certificate.ts';
import { type RunningServer, startServer } from '../server.ts';
import type { Service } from '../service.ts';

/** What the tests of the server share. */

export type Lines = Record<string, unknown>[];

export function service(name: string, overrides: Partial<Service> = {}): Service {
  return {
    name,
    start: async () => {},
    stop: async () => {},
    ready: async () => ({ ok: true, detail: 'fine' }),
    ...overrides,
  };
}

export async function start(
  options: {
    services?: Service[];
    tls?: Tls;
    host?: string;
    port?: number;
    shutdownMs?: number;
    trustProxy?: TrustProxy | undefined;
  } = {},
) {
  const lines: Lines = [];
  const log = createLogger({ level: 'debug', name: 'test', stream: { write: (line) => lines.push(JSON.parse(line)) } });
  const server = await startServer({
    services: options.services ?? [],
    listen: {
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      tls: options.tls ?? { kind: 'off' },
      trustProxy: options.trustProxy,
    },
    log,
    metrics: createMetrics(),
    shutdownMs: options.shutdownMs ?? 5_000,
  });
  return { server, lines, [Symbol.asyncDispose]: () => server.stop() };
}

/** An agent that keeps its one connection. */
export function keptAgent(): HttpsAgent & Disposable {
  const agent = new HttpsAgent({ keepAlive: true, maxSockets: 1 });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

/** @returns the status, or the code of the error that kept it from coming. */
export function statusOrCode(url: string, ca: string): Promise<unknown> {
  return statusOf(url, ca).catch((error: NodeJS.ErrnoException) => error.code);
}

export function statusOf(url: string, ca?: string, agent: HttpsAgent | false = false): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = url.startsWith('https:') ? httpsRequest : request;
    call(`${url}/healthz`, { agent, ...(ca === undefined ? {} : { ca }) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

export function certificateOf(server: RunningServer): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    httpsRequest(`${server.url}/healthz`, { agent: false, rejectUnauthorized: false }, (response) => {
      // The socket of an HTTPS response is a TLS socket; its type does not say so.
      resolve((response.socket as TLSSocket).getPeerCertificate());
      response.resume();
    })
      .once('error', reject)
      .end();
  });
}

export function toPem(raw: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
