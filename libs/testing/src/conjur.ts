import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { freePort } from './free-port.ts';
import { type PrivateAuthority, privateAuthority } from './private-authority.ts';

/** What a Conjur server holds at first. */
export interface ConjurOptions {
  readonly account?: string;
  /** Login (such as `host/octo-bots`) → API key. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Service id of an authn-jwt authenticator → the tokens that it takes. */
  readonly tokens?: Readonly<Record<string, readonly string[]>>;
  /** Id of a variable → value, which may be any bytes; undefined: it was never given one. */
  readonly variables?: Readonly<Record<string, string | Uint8Array | undefined>>;
  /** Variables that every host may read, which is to see that they are there, and none may execute. */
  readonly forbidden?: readonly string[];
  /** Over TLS, with a certificate that an authority of its own signed. Default: false. */
  readonly tls?: boolean;
}

export interface ConjurRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/**
 * A Conjur server as far as its REST API for reading secrets goes, faithful to
 * https://docs.conjur.org/Latest/en/Content/Developer/lp_REST_APIs.htm and to what the server's own acceptance tests say: logins give
 * tokens that end, who logs in is URL-encoded, what a host may not see is not there.
 */
export interface TestConjur extends AsyncDisposable {
  readonly url: string;
  readonly account: string;
  /** PEM of the authority that signed its certificate; empty without TLS. */
  readonly authority: string;
  requests(): readonly ConjurRequest[];
  setVariable(id: string, value: string): void;
  setApiKey(login: string, apiKey: string): void;
  setTokens(serviceId: string, tokens: readonly string[]): void;
  /** All tokens that it gave so far are no good any more. */
  expireTokens(): void;
  /** Out of reach, until `start`. The port stays the same. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

interface State {
  readonly account: string;
  readonly hosts: Map<string, string>;
  readonly tokens: Map<string, readonly string[]>;
  readonly variables: Map<string, string | Uint8Array | undefined>;
  readonly forbidden: ReadonlySet<string>;
  readonly live: Set<string>;
}

interface Answer {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startConjur(options: ConjurOptions = {}): Promise<TestConjur> {
  const account = options.account ?? 'octo';
  const state: State = {
    account,
    hosts: new Map(Object.entries(options.hosts ?? {})),
    tokens: new Map(Object.entries(options.tokens ?? {})),
    variables: new Map(Object.entries(options.variables ?? {})),
    forbidden: new Set(options.forbidden ?? []),
    live: new Set(),
  };
  const seen: ConjurRequest[] = [];
  const certificate = options.tls ? await privateAuthority() : undefined;
  const port = await freePort();
  let server = makeServer(certificate, state, seen);
  const start = async () => {
    if (server.listening) return;
    server = makeServer(certificate, state, seen);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  await start();
  return {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    account,
    authority: certificate?.authority ?? '',
    requests: () => [...seen],
    setVariable: (id, value) => void state.variables.set(id, value),
    setApiKey: (login, apiKey) => void state.hosts.set(login, apiKey),
    setTokens: (serviceId, tokens) => void state.tokens.set(serviceId, tokens),
    expireTokens: () => state.live.clear(),
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}

function makeServer(certificate: PrivateAuthority | undefined, state: State, seen: ConjurRequest[]) {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answerTo(request, Buffer.concat(chunks).toString('utf8'), state);
    seen.push({ method: request.method ?? '', path: request.url ?? '', status: answer.status });
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  return certificate ? createTlsServer(certificate.tls, listener) : createServer(listener);
}

function answerTo(request: IncomingMessage, body: string, state: State): Answer {
  const segments = (request.url ?? '').split('/').slice(1).map(decodeURIComponent);
  const [first, ...rest] = segments;
  const route = `${request.method} ${first}`;
  if (route === 'POST authn') return byApiKey(rest, body, request, state);
  if (route === 'POST authn-jwt') return byToken(rest, body, request, state);
  if (route === 'GET secrets') return secret(rest, request, state);
  return { status: 404 };
}

/** POST /authn/{account}/{login}/authenticate, with the API key as body. */
function byApiKey([account, login = '', end]: string[], body: string, request: IncomingMessage, state: State): Answer {
  if (end !== 'authenticate') return { status: 404 };
  // No such account, no such host and a wrong key are not told apart.
  const key = account === state.account ? state.hosts.get(login) : undefined;
  return key !== undefined && key === body ? token(login, request, state) : { status: 401 };
}

/** POST /authn-jwt/{service-id}/{account}[/{host}]/authenticate, with `jwt=…` as form. */
function byToken(
  [service = '', account, ...rest]: string[],
  body: string,
  request: IncomingMessage,
  state: State,
): Answer {
  if (rest.at(-1) !== 'authenticate' || rest.length > 2) return { status: 404 };
  const jwt = new URLSearchParams(body).get('jwt') ?? '';
  if (request.headers['content-type'] !== 'application/x-www-form-urlencoded' || jwt === '') return { status: 400 };
  const known = account === state.account && state.tokens.get(service)?.includes(jwt);
  return known ? token(rest[0] ?? '', request, state) : { status: 401 };
}

/** GET /secrets/{account}/variable/{id}; the slashes of an id may be encoded or not. */
function secret([account, kind, ...segments]: string[], request: IncomingMessage, state: State): Answer {
  const [, given] = /^Token token="([^"]+)"$/.exec(request.headers.authorization ?? '') ?? [];
  if (given === undefined || !state.live.has(given)) {
    const body = given === undefined ? 'Authorization missing' : 'Unauthorized: Invalid token';
    return { status: 401, body, headers: { 'content-type': 'text/plain' } };
  }
  const id = segments.join('/');
  if (kind !== 'variable' || id === '') return { status: 404 };
  const ours = account === state.account;
  if (ours && state.forbidden.has(id)) return { status: 403 };
  const value = ours ? state.variables.get(id) : undefined;
  if (value === undefined) {
    const message = `CONJ00076E Variable ${account}:variable:${id} is empty or not found.`;
    return { status: 404, body: JSON.stringify({ error: { code: 'not_found', message } }), headers: json };
  }
  return { status: 200, body: value, headers: { 'content-type': 'application/octet-stream' } };
}

const json = { 'content-type': 'application/json; charset=utf-8' };

/** In base64 when it is asked for, else as the JSON that it is. */
function token(login: string, { headers }: IncomingMessage, state: State): Answer {
  const payload = Buffer.from(JSON.stringify({ sub: login, iat: Math.floor(Date.now() / 1000) })).toString('base64');
  const signed = JSON.stringify({ protected: 'e30=', payload, signature: randomBytes(16).toString('base64') });
  const body = Buffer.from(signed).toString('base64');
  state.live.add(body);
  const accepted = String(headers['accept-encoding'] ?? '').split(',');
  if (!accepted.some((coding) => coding.trim().toLowerCase() === 'base64')) {
    return { status: 200, body: signed, headers: json };
  }
  return { status: 200, body, headers: { 'content-encoding': 'base64', 'content-type': 'text/plain; charset=utf-8' } };
}
