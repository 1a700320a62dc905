import { zipSync } from 'fflate';
import { type Answer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { objectsOf, textAt, valueAt } from './json.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/repos: the front keeps the list of repositories, and counts who committed. */
export function repositoryRoutes(parts: FrontParts): Route[] {
  const { accounts, upstream } = parts;

  const create = async (exchange: Exchange): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const fullName = textAt(answer.body, 'full_name');
    if (isSuccess(answer) && fullName !== undefined) accounts.addRepository(fullName);
    return answer;
  };

  const update = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const fullName = textAt(answer.body, 'full_name');
    if (isSuccess(answer) && fullName !== undefined && fullName !== `${owner}/${repo}`) {
      accounts.removeRepository(`${owner}/${repo}`);
      accounts.addRepository(fullName);
    }
    return answer;
  };

  const remove = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    if (isSuccess(answer)) accounts.removeRepository(`${owner}/${repo}`);
    return answer;
  };

  const contributors = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const allowed = await pass(parts, exchange);
    if (!isSuccess(allowed)) return allowed;
    const counts = new Map<string, number>();
    for (const commit of await upstream.all(`/repos/${owner}/${repo}/commits?`)) {
      const login = textAt(commit, 'author', 'login') ?? textAt(commit, 'commit', 'author', 'name');
      if (login !== undefined) counts.set(login, (counts.get(login) ?? 0) + 1);
    }
    const people = await Promise.all(
      [...counts].map(async ([login, contributions]) => {
        const user = await upstream.get(`/users/${encodeURIComponent(login)}`);
        return user ? [{ ...user, contributions }] : [];
      }),
    );
    const all = people.flat().toSorted((a, b) => b.contributions - a.contributions);
    const { items, link } = pageOf(all, exchange.url);
    const { link: _, ...headers } = allowed.headers;
    return jsonAnswer(200, items, { ...headers, ...(link ? { link } : {}) });
  };

  /** GitHub leads to another host, with the archive below a folder that is named after the commit. */
  const archive = async (exchange: Exchange, owner: string, repo: string, ref: string): Promise<Answer> => {
    const commit = await pass(parts, {
      ...exchange,
      url: new URL(`/repos/${owner}/${repo}/commits/${ref}`, exchange.url),
    });
    const sha = textAt(commit.body, 'sha');
    if (!isSuccess(commit) || sha === undefined) return commit;
    const location = new URL(`/codeload/${owner}/${repo}/legacy.zip/${sha}`, exchange.url).href;
    return { status: 302, headers: { location }, body: undefined };
  };

  const codeload = async (_: Exchange, owner: string, repo: string, sha: string): Promise<Answer> => {
    const tree = await upstream.get(`/repos/${owner}/${repo}/git/trees/${sha}?recursive=1`);
    const files: Record<string, Uint8Array> = {};
    for (const entry of objectsOf(tree?.tree).filter(({ type }) => type === 'blob')) {
      const blob = await upstream.get(`/repos/${owner}/${repo}/git/blobs/${textAt(entry, 'sha')}`);
      const content = Buffer.from(textAt(blob, 'content') ?? '', 'base64');
      files[`${owner}-${repo}-${sha.slice(0, 7)}/${valueAt(entry, 'path')}`] = content;
    }
    return { status: 200, headers: { 'content-type': 'application/zip' }, body: Buffer.from(zipSync(files)) };
  };

  return [
    route('GET', '/repos/:owner/:repo/zipball/*', archive),
    route('GET', '/codeload/:owner/:repo/legacy.zip/:sha', codeload),
    route('POST', '/user/repos', create),
    route('POST', '/orgs/:org/repos', create),
    route('PATCH', '/repos/:owner/:repo', update),
    route('DELETE', '/repos/:owner/:repo', remove),
    route('GET', '/repos/:owner/:repo/contributors', contributors),
  ];
}
