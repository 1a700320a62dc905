import { type Answer, errorAnswer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { isObject, type JsonObject, numberAt, objectAt, objectsOf, textAt } from './json.ts';
import { bodyOf, type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

const longestText = 65_535;
const mostAnnotations = 50;

/**
 * docs.github.com/rest/checks/runs: an update adds its annotations to those that are there; output has limits; a re-request
 * tells the App and leaves the check run as it is.
 */
export function checkRoutes(parts: FrontParts): Route[] {
  const { upstream, overlay, payloads } = parts;

  const annotationsOf = async (checkRun: string): Promise<JsonObject[]> => {
    const found: JsonObject[] = [];
    for (let page = 1; ; page++) {
      const { body } = await upstream.ask('GET', `${checkRun}/annotations?per_page=100&page=${page}`);
      const items = objectsOf(isObject(body) ? body.check_annotations : undefined);
      found.push(...items);
      if (items.length < 100) return found;
    }
  };

  /** Paths of check runs, by the commit: the emulator lists none of a commit that only a fork has. */
  const made = new Map<string, string[]>();

  const create = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    const body = bodyOf(exchange);
    const refusal = refusalOf(body);
    if (refusal !== undefined) return refusal;
    const answer = await pass(parts, exchange);
    const id = numberAt(answer.body, 'id');
    const key = `${owner}/${repo} ${textAt(body, 'head_sha')}`;
    if (isSuccess(answer)) made.set(key, [...(made.get(key) ?? []), `/repos/${owner}/${repo}/check-runs/${id}`]);
    return answer;
  };

  const ofCommit = async (exchange: Exchange, owner: string, repo: string, sha: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    if (answer.status !== 404 || (await pullsAt(`${owner}/${repo}`, sha)).length === 0) return answer;
    const name = exchange.url.searchParams.get('check_name');
    const found = await Promise.all((made.get(`${owner}/${repo} ${sha}`) ?? []).map((path) => upstream.get(path)));
    const named = found.filter((checkRun) => checkRun !== undefined && (name === null || checkRun.name === name));
    const { items, link } = pageOf(named, exchange.url);
    return jsonAnswer(200, { total_count: named.length, check_runs: items }, link ? { link } : {});
  };

  const update = async (exchange: Exchange): Promise<Answer> => {
    const body = bodyOf(exchange);
    const refusal = refusalOf(body);
    if (refusal !== undefined) return refusal;
    if (!isObject(body.output)) return pass(parts, exchange);
    const annotations = [...(await annotationsOf(exchange.url.pathname)), ...objectsOf(body.output.annotations)];
    return pass(parts, exchange, { ...body, output: { ...body.output, annotations } });
  };

  /** The pull requests, open or not, that end at this commit. */
  const pullsAt = async (repository: string, sha: string): Promise<JsonObject[]> => {
    const all = await upstream.all(`/repos/${repository}/pulls?state=all&`);
    return all.map((pull) => overlay.showObject(pull)).filter((pull) => textAt(pull, 'head', 'sha') === sha);
  };

  const rerequest = async (exchange: Exchange, owner: string, repo: string, id: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    const checkRun = await upstream.get(`/repos/${repository}/check-runs/${id}`);
    if (!checkRun) return errorAnswer(404, 'Not Found');
    // GitHub names no pull request of a fork here.
    const own = (await pullsAt(repository, textAt(checkRun, 'head_sha') ?? '')).filter(
      (pull) => pull.state === 'open' && textAt(pull, 'head', 'repo', 'full_name') === repository,
    );
    const check_run = { ...checkRun, pull_requests: own.map(briefOf) };
    const fields = { action: 'rerequested', check_run };
    await payloads.announce({ event: 'check_run', repository, actor: exchange.holder, fields });
    return jsonAnswer(201, {});
  };

  const pullsOfCommit = async (exchange: Exchange, owner: string, repo: string, sha: string): Promise<Answer> => {
    const commit = await upstream.ask('GET', `/repos/${owner}/${repo}/commits/${sha}`);
    if (!isSuccess(commit)) return commit;
    // Those of forks GitHub lists only where the fork is asked.
    const own = (await pullsAt(`${owner}/${repo}`, sha)).filter(
      (pull) => textAt(pull, 'head', 'repo', 'full_name') === `${owner}/${repo}`,
    );
    const { items, link } = pageOf(own, exchange.url);
    return jsonAnswer(200, items, link ? { link } : {});
  };

  return [
    route('POST', '/repos/:owner/:repo/check-runs/:id/rerequest', rerequest),
    route('GET', '/repos/:owner/:repo/commits/:sha/pulls', pullsOfCommit),
    route('POST', '/repos/:owner/:repo/check-runs', create),
    route('GET', '/repos/:owner/:repo/commits/:sha/check-runs', ofCommit),
    route('PATCH', '/repos/:owner/:repo/check-runs/:id', update),
  ];
}

/** As much of a pull request as an event about a check run has. */
function briefOf(pull: JsonObject): JsonObject {
  const side = (which: 'head' | 'base') => {
    const { ref, sha, repo } = objectAt(pull, which) ?? {};
    return { ref, sha, repo: { id: objectAt({ repo }, 'repo')?.id, name: textAt({ repo }, 'repo', 'name') } };
  };
  return { id: pull.id, number: pull.number, url: pull.url, head: side('head'), base: side('base') };
}

function refusalOf({ output }: JsonObject): Answer | undefined {
  for (const field of ['summary', 'text']) {
    const length = [...(textAt(output, field) ?? '')].length;
    if (length > longestText) {
      return errorAnswer(422, `Only ${longestText} characters are allowed; ${length} were supplied.`);
    }
  }
  const annotations = objectsOf(isObject(output) ? output.annotations : undefined).length;
  if (annotations > mostAnnotations) {
    return errorAnswer(422, `No more than ${mostAnnotations} annotations are allowed; ${annotations} were supplied.`);
  }
  return undefined;
}
