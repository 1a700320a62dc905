import { type Answer, errorAnswer, isSuccess } from './answer.ts';
import { changesBetween } from './issue-routes.ts';
import { isObject, objectAt, textAt } from './json.ts';
import { ObjectCopy } from './object-copy.ts';
import { branchOf } from './payloads.ts';
import { bodyOf, type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/pulls, and the pushes that move a pull request. */
export function pullRoutes(parts: FrontParts): Route[] {
  const { upstream, pulls, overlay, payloads } = parts;

  const create = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const body = bodyOf(exchange);
    const [head, base] = [String(body.head).replace(`${owner}:`, ''), String(body.base)];
    if (!head.includes(':')) {
      // The emulator would make a missing branch; GitHub refuses.
      for (const [field, branch] of Object.entries({ head, base })) {
        if (await upstream.get(`/repos/${owner}/${repo}/branches/${encodeURI(branch)}`)) continue;
        return errorAnswer(422, 'Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }]);
      }
      const same = await pulls.openFrom(`${owner}/${repo}`, head);
      if (same.some((pull) => textAt(pull, 'base', 'ref') === base)) {
        const message = `A pull request already exists for ${owner}:${head}.`;
        return errorAnswer(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
      }
      const between = await upstream.get(`/repos/${owner}/${repo}/compare/${encodeURI(base)}...${encodeURI(head)}`);
      if (between?.ahead_by === 0) {
        const message = `No commits between ${base} and ${head}`;
        return errorAnswer(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }]);
      }
    } else await takeOver(`${owner}/${repo}`, head);
    return pass(parts, exchange);
  };

  /** The commits of a fork's branch are those of the repository as well, once a pull request is to be opened from it. */
  const takeOver = async (repository: string, head: string): Promise<void> => {
    const [owner, branch] = head.split(':', 2);
    const forks = await upstream.all(`/repos/${repository}/forks?`);
    const from = forks.map((fork) => textAt(fork, 'full_name') ?? '').find((name) => name.startsWith(`${owner}/`));
    const sha = textAt(await upstream.get(`/repos/${from}/git/ref/heads/${branch}`), 'object', 'sha');
    if (from !== undefined && sha !== undefined) await new ObjectCopy(upstream, { from, to: repository }).commit(sha);
  };

  const update = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    const before = await pulls.find(repository, Number(number));
    // GitHub has no `draft` here: drafts change through GraphQL.
    const { draft: _, ...body } = bodyOf(exchange);
    const changes = changesBetween(before, body);
    const baseBefore = objectAt(before, 'base');
    if (typeof body.base === 'string' && baseBefore && body.base !== baseBefore.ref) {
      changes.base = { ref: { from: baseBefore.ref }, sha: { from: baseBefore.sha } };
    }
    payloads.expectEdit(repository, Number(number), changes);
    const answer = await pass(parts, exchange, body);
    const emulatorTells = 'title' in body || 'body' in body || 'state' in body;
    if (isSuccess(answer) && isObject(answer.body) && 'base' in changes && !emulatorTells) {
      const pull_request = overlay.showObject(answer.body);
      const fields = { action: 'edited', number: Number(number), pull_request, changes };
      await payloads.announce({ event: 'pull_request', repository, actor: exchange.holder, fields });
    }
    return answer;
  };

  const merge = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const { sha, ...body } = bodyOf(exchange);
    const headSha = overlay.headSha(`${owner}/${repo}`, Number(number));
    // The emulator knows only the commit that the pull request was opened with.
    const upToDate = headSha !== undefined && sha === headSha;
    return pass(parts, exchange, upToDate || sha === undefined ? body : { ...body, sha });
  };

  const changeFile = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    const answer = await pass(parts, exchange);
    const sha = textAt(answer.body, 'commit', 'sha');
    if (!isSuccess(answer) || sha === undefined) return answer;
    const branch =
      textAt(bodyOf(exchange), 'branch') ??
      exchange.url.searchParams.get('branch') ??
      textAt(await upstream.get(`/repos/${repository}`), 'default_branch');
    await pulls.moveHeads(repository, branch ?? '', sha);
    return answer;
  };

  const moveRef = async (exchange: Exchange, owner: string, repo: string, ref: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const sha = textAt(answer.body, 'object', 'sha');
    if (isSuccess(answer) && sha !== undefined) {
      await pulls.moveHeads(`${owner}/${repo}`, branchOf(`refs/${ref}`), sha);
    }
    return answer;
  };

  const deleteRef = async (exchange: Exchange, owner: string, repo: string, ref: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    if (answer.status === 404) return errorAnswer(422, 'Reference does not exist');
    if (!isSuccess(answer)) return answer;
    const ref_type = ref.startsWith('tags/') ? 'tag' : 'branch';
    const fields = { ref: branchOf(`refs/${ref}`), ref_type, pusher_type: 'user' };
    await payloads.announce({ event: 'delete', repository: `${owner}/${repo}`, actor: exchange.holder, fields });
    return answer;
  };

  return [
    route('POST', '/repos/:owner/:repo/pulls', create),
    route('PATCH', '/repos/:owner/:repo/pulls/:number', update),
    route('PUT', '/repos/:owner/:repo/pulls/:number/merge', merge),
    route('PUT', '/repos/:owner/:repo/contents/*', changeFile),
    route('DELETE', '/repos/:owner/:repo/contents/*', changeFile),
    route('PATCH', '/repos/:owner/:repo/git/refs/*', moveRef),
    route('DELETE', '/repos/:owner/:repo/git/refs/*', deleteRef),
  ];
}
