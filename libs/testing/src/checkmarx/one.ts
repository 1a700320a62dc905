import { randomUUID } from 'node:crypto';
import { textAt } from '../github/json.ts';
import { type FakeCheckmarx, type FakeCheckmarxOptions, nothingFound } from './fake-checkmarx.ts';
import { type Answer, type Exchange, FakeHttp } from './fake-http.ts';
import { type OneRoute, projectRoutes, scanRoutes } from './one-routes.ts';
import { type CheckmarxOneQuirks, OneRefusal, OneState, usualOneQuirks } from './one-state.ts';
import { Tokens } from './tokens.ts';

export interface FakeCheckmarxOne extends FakeCheckmarx {
  /** The keys of the credentials file for the OAuth client, where `login` has those for the API key. */
  readonly clientLogin: Readonly<Record<string, string>>;
  /** Changes what the server is like, from now on. */
  setQuirks(quirks: Partial<CheckmarxOneQuirks>): void;
  /** What people set in a project. */
  setProject(id: string, changes: { tags?: Readonly<Record<string, string>>; preset?: string }): void;
  tagsOf(projectId: string): Readonly<Record<string, string>>;
  presetOf(projectId: string): string | undefined;
}

const tenant = 'octo';
const apiKey = 'api-key-of-checkmarx-one';
const client = { id: 'octo-bots', secret: 'client-secret-of-checkmarx-one' };
const presetKey = 'scan.config.sast.presetName';

/** A tenant of Checkmarx One with no project; `iam-url` is the same address. */
export async function startCheckmarxOne(
  options: FakeCheckmarxOptions & { readonly quirks?: Partial<CheckmarxOneQuirks> } = {},
): Promise<FakeCheckmarxOne> {
  const state = new OneState({ ...usualOneQuirks, ...options.quirks });
  const tokens = new Tokens();
  const routes = [...projectRoutes(state), ...scanRoutes(state, options.progress !== 'by-hand')];
  const http = new FakeHttp(async (exchange) => answerTo(exchange, state, tokens, routes), options.tls);
  const url = await http.listen();
  return {
    url,
    login: { tenant, 'iam-url': url, 'api-key': apiKey },
    clientLogin: { tenant, 'iam-url': url, 'client-id': client.id, 'client-secret': client.secret },
    ...controls(http, state, tokens),
  };
}

function answerTo(exchange: Exchange, state: OneState, tokens: Tokens, routes: readonly OneRoute[]): Answer {
  const { method, url, headers, body } = exchange;
  const realm = /^\/auth\/realms\/([^/]+)\/protocol\/openid-connect\/token$/.exec(url.pathname)?.[1];
  if (realm !== undefined) return tokenAnswer(realm, exchange, state.quirks, tokens);
  // An address that is signed needs no token.
  if (method === 'PUT' && state.uploads.has(url.href)) {
    state.uploads.set(url.href, new Uint8Array(body));
    return { status: 200 };
  }
  if (!tokens.accepts(headers.authorization)) return { status: 401, body: { message: 'Unauthorized' } };
  if (method === 'POST' && url.pathname === '/api/uploads') {
    const address = `${url.origin}/storage/${randomUUID()}?signature=${randomUUID()}`;
    state.uploads.set(address, undefined);
    return { status: 200, body: { url: address } };
  }
  for (const { method: wanted, pattern, handle } of routes) {
    const match = wanted === method ? pattern.exec(url.pathname) : null;
    if (!match) continue;
    try {
      return handle(exchange, decodeURIComponent(match[1] ?? ''));
    } catch (error) {
      if (error instanceof OneRefusal) return error.answer();
      throw error;
    }
  }
  return { status: 404, body: { message: 'not found', type: 'ERROR', code: 0 } };
}

function tokenAnswer(realm: string, { data }: Exchange, quirks: CheckmarxOneQuirks, tokens: Tokens): Answer {
  if (realm !== tenant) return { status: 404, body: { error: 'Realm does not exist' } };
  const grant = textAt(data, 'grant_type');
  if (grant === 'refresh_token') {
    const right = textAt(data, 'client_id') === 'ast-app' && textAt(data, 'refresh_token') === apiKey;
    if (!right) return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid refresh token' } };
  } else if (grant === 'client_credentials') {
    const right = textAt(data, 'client_id') === client.id && textAt(data, 'client_secret') === client.secret;
    if (!right) return { status: 401, body: { error: 'unauthorized_client' } };
  } else {
    return { status: 400, body: { error: 'unsupported_grant_type' } };
  }
  const token = tokens.give(quirks.tokenLifeSeconds * quirks.tokensEndEarly);
  return { status: 200, body: { access_token: token, expires_in: quirks.tokenLifeSeconds, token_type: 'Bearer' } };
}

function controls(
  http: FakeHttp,
  state: OneState,
  tokens: Tokens,
): Omit<FakeCheckmarxOne, 'url' | 'login' | 'clientLogin'> {
  const scanOf = (id: string) => state.scan(id);
  return {
    requests: () => http.seen,
    projects: () => [...state.projects.values()].map(({ id, name }) => ({ id, name, base: undefined })),
    scans: () => state.scans.map((scan) => state.view(scan)),
    setCounts(counts, scanId) {
      const all = { ...nothingFound, ...counts };
      if (scanId === undefined) state.counts = all;
      else scanOf(scanId).counts = all;
    },
    advance: (id) => state.advance(scanOf(id)),
    finish: (id, { partial = false } = {}) => state.finish(scanOf(id), partial),
    fail: (id, reason = 'the source could not be read') => state.end(scanOf(id), 'Failed', reason),
    cancel: (id, reason = 'canceled by a rule of the tenant') => state.end(scanOf(id), 'Canceled', reason),
    setQuirks: (quirks) => Object.assign(state.quirks, quirks),
    setProject(id, { tags, preset }) {
      const project = state.project(id);
      if (tags) project.tags = tags;
      if (preset === undefined) return;
      const setting = {
        key: presetKey,
        name: 'presetName',
        value: preset,
        originLevel: 'Project',
        allowOverride: true,
      };
      project.configuration = [...project.configuration.filter(({ key }) => key !== presetKey), setting];
    },
    tagsOf: (projectId) => state.project(projectId).tags,
    presetOf: (projectId) => state.project(projectId).configuration.find(({ key }) => key === presetKey)?.value,
    answerWith: (plan) => http.plan(plan),
    forgetTokens: () => tokens.forget(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}
