import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AnswerCache, type ClientScope, type Log, silentLog, type WebhookEvent } from '@octo-bots/core';
import { declareGitHubApp } from '../credentials.ts';
import { type RequestLimits, usualLimits } from '../limits.ts';
import type { GitHubClient, GitHubInstallations } from '../types.ts';

/** Imported by tests only: a server that answers as a test says, for what no well-behaved GitHub does. */

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** Instead of `body`: JSON as it is written. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** `hang`: no answer at all. `break`: the connection breaks. */
export type Reaction = ScriptedAnswer | 'hang' | 'break' | undefined;
export type Script = (request: SeenRequest) => Reaction | Promise<Reaction>;

export interface ScriptedGitHub extends AsyncDisposable {
  readonly url: string;
  /** In the order of arrival. */
  readonly requests: readonly SeenRequest[];
}

/** Tokens of installations it gives by itself, `token-<installation>`; all else is up to the script (404 when it says nothing). */
export async function startScriptedGitHub(
  script: Script,
  tls?: { key: string; cert: string },
): Promise<ScriptedGitHub> {
  const requests: SeenRequest[] = [];
  const listener: RequestListener = async (incoming, response) => {
    const request = { method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers };
    requests.push(request);
    incoming.resume();
    const reaction = (await script(request)) ?? tokenAnswer(request) ?? { status: 404, body: { message: 'Not Found' } };
    if (reaction === 'hang') return;
    if (reaction === 'break') {
      incoming.socket.destroy();
      return;
    }
    response.writeHead(reaction.status, { 'content-type': 'application/json', ...reaction.headers });
    response.end(reaction.text ?? (reaction.body === undefined ? '' : JSON.stringify(reaction.body)));
  };
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return {
    url,
    requests,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function tokenAnswer({ method, path }: SeenRequest): ScriptedAnswer | undefined {
  const id = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(path)?.[1];
  if (method !== 'POST' || id === undefined) return undefined;
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  return { status: 201, body: { token: `token-${id}`, expires_at: expires, permissions: {} } };
}

export const testKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

/** Short enough for tests; what they bound stays the same. */
export const shortLimits: RequestLimits = { ...usualLimits, retryBaseMs: 1 };

export function scopeOf(options: { delivery?: string; signal?: AbortSignal; log?: Log } = {}): ClientScope {
  return {
    run: { id: 'a-run', kind: 'bot', name: 'a bot', attempt: 1, delivery: options.delivery },
    log: options.log ?? silentLog,
    signal: options.signal ?? new AbortController().signal,
  };
}

export function eventOf(installation: number | undefined): WebhookEvent<unknown> {
  const payload = installation === undefined ? {} : { installation: { id: installation } };
  return {
    delivery: 'd',
    name: 'pull_request',
    action: 'opened',
    headers: {},
    receivedAt: '2026-01-01T00:00:00Z',
    payload,
  };
}

export interface ConnectOptions {
  readonly limits?: Partial<RequestLimits>;
  readonly certificatePath?: string;
  readonly appId?: number;
  readonly privateKey?: string;
  readonly webhookSecret?: string;
  readonly scope?: ClientScope;
  readonly cache?: AnswerCache;
}

/** A client made as in production, by its declaration. */
export async function connect(apiUrl: string, options: ConnectOptions = {}) {
  const { certificatePath } = options;
  const client = await declareGitHubApp({ ...shortLimits, ...options.limits })
    .create({
      config: { 'api-url': apiUrl, ...(certificatePath ? { 'certificate-path': certificatePath } : {}) },
      secrets: {
        'app-id': options.appId ?? 1,
        'client-id': 'client',
        'client-secret': 'client-secret',
        'private-key': options.privateKey ?? testKey,
        'webhook-secret': options.webhookSecret ?? 'webhook-secret',
      },
      log: silentLog,
    })
    .createAuthenticatedClient(60_000, options.cache);
  const scope = options.scope ?? scopeOf();
  return {
    client,
    // The contract of core says `unknown`, as it knows no GitHub.
    installation: async (id: number, own = scope) => (await client.forEvent(eventOf(id), own)) as GitHubClient,
    everywhere: async (own = scope) => (await client.forJob(own)) as GitHubInstallations,
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
