import { type Answer, isSuccess } from './answer.ts';
import { textAt } from './json.ts';
import { ObjectCopy } from './object-copy.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/repos/forks: a fork has the history of what it was forked from. */
export function forkRoutes(parts: FrontParts): Route[] {
  const { upstream, accounts } = parts;

  const fork = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const name = textAt(answer.body, 'full_name');
    if (!isSuccess(answer) || name === undefined) return answer;
    accounts.addRepository(name);
    const branch = textAt(answer.body, 'default_branch') ?? 'main';
    const tip = await upstream.get(`/repos/${owner}/${repo}/git/ref/heads/${branch}`);
    const sha = textAt(tip, 'object', 'sha') ?? '';
    const { authorization } = exchange.headers;
    const copy = new ObjectCopy(upstream, { from: `${owner}/${repo}`, to: name, authorization });
    await copy.commit(sha);
    await copy.write('PATCH', `refs/heads/${branch}`, { sha, force: true });
    return answer;
  };

  return [route('POST', '/repos/:owner/:repo/forks', fork)];
}
