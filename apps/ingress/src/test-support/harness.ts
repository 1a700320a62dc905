import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { Bot, Credentials, Deployment } from '@octo-bots/core';
import { done, silentLog } from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { filters } from '@octo-bots/filters';
import { githubAppCredentials } from '@octo-bots/github';
import { type RunningServer, startServer } from '@octo-bots/server';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { askRedis } from '@octo-bots/testing';
import { createIngress } from '../ingress.ts';

/** For tests: a real ingress on a free port, with the real GitHub client and filters. */

export const webhookSecret = 'it is a secret to everyone';
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

export function githubCredentials(): Credentials {
  return githubAppCredentials.create({
    config: { 'api-url': 'https://github.invalid' },
    secrets: {
      'app-id': 1,
      'client-id': 'client',
      'client-secret': 'client secret',
      'private-key': privateKey,
      'webhook-secret': webhookSecret,
    },
    log: silentLog,
  });
}

/** A bot that sees one event name, and only the given actions of it. */
export function bot(name: string, event: string, actions?: readonly string[]): Bot {
  const declaration = filters.find(({ type }) => type === 'events-filter');
  if (declaration === undefined) throw new Error('there is no events-filter');
  return {
    name,
    slug: name.toLowerCase().replaceAll(' ', '-'),
    parallel: false,
    source: { file: 'bots.yml', line: 1, column: 1 },
    queue: {
      attempts: 1,
      backoff: { type: 'fixed', delayMs: 1000, jitter: 0 },
      timeoutMs: 60_000,
      priority: undefined,
      keep: { completed: { count: 10, ageMs: 60_000 }, failed: { count: 10, ageMs: 60_000 } },
    },
    filters: [declaration.create({ events: [{ name: event, ...(actions === undefined ? {} : { actions }) }] })],
    operations: [{ type: 'noted', trigger: 'event', events: [event], clients: [], execute: async () => done('noted') }],
  };
}

export function deployment(
  bots: readonly Bot[],
  credentials: readonly Credentials[] = [githubCredentials()],
): Deployment {
  return {
    settings: {
      parallelBackgroundJobs: 1,
      botsEndpoint: '/events',
      clientValidityMs: 600_000,
      parallelBots: true,
      recoverMissedDeliveries: true,
      trustProxy: false,
    },
    credentials,
    bots,
    jobs: [],
  };
}

export interface TestIngress {
  readonly server: RunningServer;
  /** The webhook endpoint. */
  readonly endpoint: string;
  readonly lines: readonly Record<string, unknown>[];
  metrics(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startIngress(options: { redisUrl: string; bots: readonly Bot[] }): Promise<TestIngress> {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'debug',
    name: 'ingress',
    stream: { write: (line) => lines.push(JSON.parse(line)) },
  });
  const metrics = createMetrics();
  const described = deployment(options.bots);
  const clients = new ClientPool({ credentials: described.credentials, validityMs: 600_000, log });
  const ingress = createIngress({ deployment: described, clients, redisUrl: options.redisUrl, log, metrics });
  const server = await startServer({
    services: [ingress],
    listen: { host: '127.0.0.1', port: 0, tls: { kind: 'off' } },
    log,
    metrics,
    shutdownMs: 5_000,
  });
  return {
    server,
    endpoint: `${server.url}/events`,
    lines,
    metrics: () => metrics.text(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

export function sign(
  body: string | Uint8Array,
  secret = webhookSecret,
  algorithm: 'sha256' | 'sha1' = 'sha256',
): string {
  return `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
}

export interface Webhook {
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Over the ones that GitHub would send; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Sends a webhook as GitHub does, but for what the test says. */
export function send(endpoint: string, { body, headers = {} }: Webhook): Promise<Response> {
  const all: Record<string, string | undefined> = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': crypto.randomUUID(),
    'x-hub-signature-256': sign(body),
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return fetch(endpoint, { method: 'POST', headers: given, body });
}

/** How many keys Redis holds; no client library, since only libs/queue may use one. */
export async function countKeys({ url, port }: { readonly url: string; readonly port: number }): Promise<number> {
  const { password } = new URL(url);
  const answer = await askRedis({ port, password: password === '' ? undefined : password }, 'DBSIZE');
  return Number(answer.slice(1));
}
