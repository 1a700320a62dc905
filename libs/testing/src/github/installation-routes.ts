import { type InstallationState, tokenOf } from './accounts.ts';
import { type Answer, errorAnswer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { isObject, type JsonObject, numberAt, objectsOf, textAt } from './json.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

export const suspendedMessage = 'This installation has been suspended';

/** docs.github.com/rest/apps: installations, their tokens and repositories; installations may be suspended. */
export function installationRoutes(parts: FrontParts): Route[] {
  const { accounts, upstream } = parts;

  const withSuspension = (installation: JsonObject): JsonObject => {
    const suspendedAt = accounts.installations.get(numberAt(installation, 'id') ?? 0)?.suspendedAt;
    return suspendedAt === undefined ? installation : { ...installation, suspended_at: suspendedAt };
  };
  const one = async (exchange: Exchange): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    return isSuccess(answer) && isObject(answer.body) ? { ...answer, body: withSuspension(answer.body) } : answer;
  };
  const list = async (exchange: Exchange): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    if (!isSuccess(answer)) return answer;
    const { items, link } = pageOf(objectsOf(answer.body).map(withSuspension), exchange.url);
    return { ...answer, headers: { ...answer.headers, ...(link ? { link } : {}) }, body: items };
  };

  const createToken = async (exchange: Exchange, id: string): Promise<Answer> => {
    const installation = accounts.installations.get(Number(id));
    const answer = await pass(parts, exchange);
    if (!isSuccess(answer) || !installation) return answer;
    if (installation.suspendedAt !== undefined) return errorAnswer(403, suspendedMessage);
    const named = isObject(answer.body) ? answer.body.repositories : undefined;
    accounts.addInstallationToken(textAt(answer.body, 'token') ?? '', {
      kind: 'installation',
      installation,
      expiresAt: Date.parse(textAt(answer.body, 'expires_at') ?? ''),
      repositories: named === undefined ? undefined : new Set(objectsOf(named).map((repo) => String(repo.full_name))),
    });
    return answer;
  };

  const suspend = async (exchange: Exchange, id: string): Promise<Answer> => {
    const installation = accounts.installations.get(Number(id));
    const path = `/app/installations/${id}`;
    const known = await upstream.pass({ method: 'GET', path, headers: exchange.headers, body: Buffer.alloc(0) });
    if (!isSuccess(known) || !installation) return known;
    setSuspended(installation, exchange.method === 'PUT');
    return { status: 204, headers: {}, body: undefined };
  };

  const repositories = async (exchange: Exchange): Promise<Answer> => {
    if (exchange.holder.kind !== 'installation') {
      return errorAnswer(403, 'You must authenticate with an installation access token in order to list repositories.');
    }
    // Counts the request against the token's rate limit, as every other.
    const { headers } = await upstream.pass({
      method: 'GET',
      path: '/meta',
      headers: exchange.headers,
      body: Buffer.alloc(0),
    });
    const names = accounts.repositoriesOf(exchange.holder);
    const { items, link } = pageOf(names, exchange.url);
    const body = {
      total_count: names.length,
      repository_selection: exchange.holder.installation.selected ? 'selected' : 'all',
      repositories: await Promise.all(items.map((name) => upstream.get(`/repos/${name}`))),
    };
    return jsonAnswer(200, body, { ...headers, ...(link ? { link } : {}) });
  };

  const revoke = async (exchange: Exchange): Promise<Answer> => {
    if (exchange.holder.kind !== 'installation') return errorAnswer(401, 'Requires authentication');
    accounts.revoke(tokenOf(exchange.headers.authorization));
    return { status: 204, headers: {}, body: undefined };
  };

  return [
    route('POST', '/app/installations/:id/access_tokens', createToken),
    route('GET', '/app/installations', list),
    route('GET', '/app/installations/:id', one),
    route('PUT', '/app/installations/:id/suspended', suspend),
    route('DELETE', '/app/installations/:id/suspended', suspend),
    route('GET', '/repos/:owner/:repo/installation', one),
    route('GET', '/orgs/:org/installation', one),
    route('GET', '/users/:user/installation', one),
    route('GET', '/installation/repositories', repositories),
    route('DELETE', '/installation/token', revoke),
  ];
}

export function setSuspended(installation: InstallationState, suspended: boolean): void {
  installation.suspendedAt = suspended ? new Date().toISOString() : undefined;
}
