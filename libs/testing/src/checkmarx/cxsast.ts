import { textAt } from '../github/json.ts';
import { noSuchPage, Refusal, refusalAnswer, unauthorized, unsupportedVersion } from './cxsast-errors.ts';
import { type CxSastQuirks, usualQuirks } from './cxsast-quirks.ts';
import { type CxRoute, projectRoutes, serverRoutes, sourceRoutes, team } from './cxsast-routes.ts';
import { knowsCritical, scanRoutes } from './cxsast-scan-routes.ts';
import { CxSastState } from './cxsast-state.ts';
import { type FakeCheckmarx, type FakeCheckmarxOptions, nothingFound } from './fake-checkmarx.ts';
import { type Answer, type Exchange, FakeHttp } from './fake-http.ts';
import { Tokens } from './tokens.ts';

export interface FakeCxSast extends FakeCheckmarx {
  /** Changes what the server is like, from now on. */
  setQuirks(quirks: Partial<CxSastQuirks>): void;
  /** A scan that somebody deleted. */
  deleteScan(scanId: string): void;
  /** As `GET /sast/scanSettings/{id}` shows them. */
  setScanSettings(projectId: string, settings: { postScanActionId: number; failedScan: string[] }): void;
}

const root = '/cxrestapi';
const login = {
  username: 'octo',
  password: 'correct-horse',
  'client-secret': 'client-secret-of-cxsast',
  'team-full-name': team.fullName,
} as const;

/** A CxSAST 9.7 with one team and no project. What it does not know it answers as IIS does: 404 with a page. */
export async function startCxSast(
  options: FakeCheckmarxOptions & { readonly quirks?: Partial<CxSastQuirks> } = {},
): Promise<FakeCxSast> {
  const quirks = { ...usualQuirks, ...options.quirks };
  const state = new CxSastState(quirks);
  const tokens = new Tokens();
  const routes = [
    ...serverRoutes(state),
    ...projectRoutes(state),
    ...sourceRoutes(state),
    ...scanRoutes(state, options.progress !== 'by-hand'),
  ];
  const http = new FakeHttp(async (exchange) => {
    const path = exchange.url.pathname;
    if (path === `${root}/auth/identity/connect/token`) return tokenAnswer(exchange, quirks, tokens);
    if (!path.startsWith(`${root}/`)) return noSuchPage;
    if (!tokens.accepts(exchange.headers.authorization)) return unauthorized;
    return route(routes, exchange, quirks);
  }, options.tls);
  return { url: await http.listen(), login, ...controls(http, state, tokens) };
}

function tokenAnswer({ data }: Exchange, quirks: CxSastQuirks, tokens: Tokens): Answer {
  const right =
    textAt(data, 'username') === login.username &&
    textAt(data, 'password') === login.password &&
    textAt(data, 'client_secret') === login['client-secret'] &&
    textAt(data, 'client_id') === 'resource_owner_client' &&
    textAt(data, 'grant_type') === 'password';
  if (!right) return { status: 400, body: { error: 'invalid_grant' } };
  if (textAt(data, 'scope') !== 'sast_rest_api') return { status: 400, body: { error: 'invalid_scope' } };
  const token = tokens.give(quirks.tokenLifeSeconds * quirks.tokensEndEarly);
  return { status: 200, body: { access_token: token, expires_in: quirks.tokenLifeSeconds, token_type: 'Bearer' } };
}

async function route(routes: readonly CxRoute[], exchange: Exchange, quirks: CxSastQuirks): Promise<Answer> {
  const path = exchange.url.pathname.slice(root.length);
  for (const { method, pattern, version, handle } of routes) {
    const match = method === exchange.method ? pattern.exec(path) : null;
    if (!match || (quirks.noBranchingStatus && path.startsWith('/projects/branch/'))) continue;
    const asked = askedVersion(exchange);
    const newest = Math.min(version, quirks.highestApiVersion, knowsCritical(quirks.version) ? 6 : 5.3);
    if (asked !== undefined && asked > newest) return unsupportedVersion(asked, exchange.url.href);
    try {
      return await handle(exchange, match[1] ?? '');
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error, quirks.errorShape);
      throw error;
    }
  }
  return noSuchPage;
}

/** The version in `Accept`, and for what has a body in `Content-Type`. */
function askedVersion({ headers }: Exchange): number | undefined {
  for (const header of [headers['content-type'], headers.accept]) {
    const version = /;\s*v=([\d.]+)/.exec(header ?? '')?.[1];
    if (version !== undefined) return Number(version);
  }
  return undefined;
}

function controls(http: FakeHttp, state: CxSastState, tokens: Tokens): Omit<FakeCxSast, 'url' | 'login'> {
  const scanOf = (id: string) => state.scan(id);
  return {
    requests: () => http.seen,
    projects: () =>
      [...state.projects.values()].map(({ id, name, base }) => ({
        id: String(id),
        name,
        base: base === undefined ? undefined : String(base),
      })),
    scans: () => state.scans.map((scan) => state.view(scan)),
    setCounts(counts, scanId) {
      const all = { ...nothingFound, ...counts };
      if (scanId === undefined) state.counts = all;
      else scanOf(scanId).counts = all;
    },
    advance: (id) => state.advance(scanOf(id)),
    finish: (id, { partial = false } = {}) => state.finish(scanOf(id), partial),
    fail: (id, reason = 'The source code could not be read') => state.end(scanOf(id), 'Failed', reason),
    cancel: (id, reason = 'Canceled by the queue settings of the server') => state.end(scanOf(id), 'Canceled', reason),
    deleteScan(id) {
      scanOf(id).stage = 'Deleted';
    },
    setScanSettings(projectId, { postScanActionId, failedScan }) {
      const { settings } = state.project(projectId);
      settings.postScanActionId = postScanActionId;
      settings.emailNotifications.failedScan = failedScan;
    },
    setQuirks: (quirks) => Object.assign(state.quirks, quirks),
    answerWith: (plan) => http.plan(plan),
    forgetTokens: () => tokens.forget(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}
