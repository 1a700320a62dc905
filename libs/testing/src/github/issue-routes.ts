import { type Answer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { issueFromPull } from './issue-shape.ts';
import { isObject, type JsonObject, numberAt, objectsOf, textAt, textsOf } from './json.ts';
import { placeOf } from './overlay.ts';
import { bodyOf, type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/issues: every pull request is an issue too. The emulator keeps them apart. */
export function issueRoutes(parts: FrontParts): Route[] {
  const { upstream, pulls, overlay, payloads } = parts;
  const issueOf = (pull: JsonObject) => issueFromPull(overlay.showObject(pull));

  const list = async (exchange: Exchange, owner: string, repo: string): Promise<Answer> => {
    // The emulator decides who may read, and counts the request.
    const allowed = await pass(parts, exchange);
    if (!isSuccess(allowed)) return allowed;
    const repository = `${owner}/${repo}`;
    const [issues, pullRequests] = await Promise.all([
      upstream.all(`/repos/${repository}/issues?state=all`),
      upstream.all(`/repos/${repository}/pulls?state=all`),
    ]);
    const all = [...issues.map((issue) => overlay.showObject(issue)), ...pullRequests.map(issueOf)];
    const { items, link } = pageOf(sorted(all.filter(filterOf(exchange.url)), exchange.url), exchange.url);
    const { link: _, ...headers } = allowed.headers;
    return jsonAnswer(200, items, { ...headers, ...(link ? { link } : {}) });
  };

  const show = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const pull = await pulls.find(`${owner}/${repo}`, Number(number));
    if (!pull) return pass(parts, exchange);
    const path = `/repos/${owner}/${repo}/pulls/${number}`;
    const answer = await upstream.pass({ method: 'GET', path, headers: exchange.headers, body: exchange.body });
    return isSuccess(answer) && isObject(answer.body) ? { ...answer, body: issueOf(answer.body) } : answer;
  };

  const update = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    const pull = await pulls.find(repository, Number(number));
    const body = bodyOf(exchange);
    const before = pull ?? (await upstream.get(`/repos/${repository}/issues/${number}`));
    payloads.expectEdit(repository, Number(number), changesBetween(before, body));
    if (!pull) return pass(parts, exchange);
    return updatePull(parts, exchange, `/repos/${repository}`, number, body);
  };

  const comment = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const answer = await pass(parts, exchange);
    const repository = `${owner}/${repo}`;
    if (isSuccess(answer) && (await pulls.find(repository, Number(number)))) {
      await pulls.commented(repository, Number(number));
    }
    return answer;
  };

  const changeComment = async (exchange: Exchange, owner: string, repo: string, id: string): Promise<Answer> => {
    const before = await upstream.get(`/repos/${owner}/${repo}/issues/comments/${id}`);
    const answer = await pass(parts, exchange);
    const place = placeOf(textAt(before, 'issue_url'));
    if (isSuccess(answer) && place && (await pulls.find(place.repository, place.number))) {
      await pulls.commented(place.repository, place.number);
    }
    return answer;
  };

  return [
    route('GET', '/repos/:owner/:repo/issues', list),
    route('GET', '/repos/:owner/:repo/issues/:number', show),
    route('PATCH', '/repos/:owner/:repo/issues/:number', update),
    route('POST', '/repos/:owner/:repo/issues/:number/comments', comment),
    route('PATCH', '/repos/:owner/:repo/issues/comments/:id', changeComment),
    route('DELETE', '/repos/:owner/:repo/issues/comments/:id', changeComment),
  ];
}

/** An update through the issues API, given to the emulator's APIs for pull requests and for labels. */
async function updatePull(
  parts: FrontParts,
  exchange: Exchange,
  repositoryPath: string,
  number: string,
  body: JsonObject,
): Promise<Answer> {
  const send = (method: string, path: string, content: JsonObject) => {
    const { headers } = exchange;
    return parts.upstream.pass({ method, path, headers, body: Buffer.from(JSON.stringify(content)) });
  };
  if (Array.isArray(body.labels)) {
    const labels = body.labels.map((label) => textAt(label, 'name') ?? label);
    const labelled = await send('PUT', `${repositoryPath}/issues/${number}/labels`, { labels });
    if (!isSuccess(labelled)) return labelled;
  }
  const { title, body: text, state } = body;
  const answer = await send('PATCH', `${repositoryPath}/pulls/${number}`, { title, body: text, state });
  if (!isSuccess(answer) || !isObject(answer.body)) return answer;
  return { ...answer, body: issueFromPull(parts.overlay.showObject(answer.body)) };
}

/** `changes` of an `edited` event: what each edited field held before. */
export function changesBetween(before: JsonObject | undefined, patch: JsonObject): JsonObject {
  const changes: JsonObject = {};
  for (const field of ['title', 'body']) {
    if (field in patch && patch[field] !== before?.[field]) changes[field] = { from: before?.[field] ?? '' };
  }
  return changes;
}

function filterOf(url: URL): (issue: JsonObject) => boolean {
  const query = url.searchParams;
  const state = query.get('state') ?? 'open';
  const since = Date.parse(query.get('since') ?? '');
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const creator = query.get('creator');
  const assignee = query.get('assignee');
  const milestone = query.get('milestone');
  return (issue) =>
    (state === 'all' || issue.state === state) &&
    !(Date.parse(String(issue.updated_at)) < since) &&
    labels.every((label) => labelNames(issue).includes(label.toLowerCase())) &&
    (creator === null || textAt(issue, 'user', 'login') === creator) &&
    matchesAssignee(issue, assignee) &&
    matchesMilestone(issue, milestone);
}

function labelNames(issue: JsonObject): string[] {
  return textsOf(objectsOf(issue.labels).map((label) => label.name)).map((name) => name.toLowerCase());
}

function matchesAssignee(issue: JsonObject, wanted: string | null): boolean {
  const logins = objectsOf(issue.assignees).map((user) => user.login);
  if (wanted === null || wanted === '') return true;
  if (wanted === 'none') return logins.length === 0;
  return wanted === '*' ? logins.length > 0 : logins.includes(wanted);
}

function matchesMilestone(issue: JsonObject, wanted: string | null): boolean {
  const number = numberAt(issue, 'milestone', 'number');
  if (wanted === null || wanted === '') return true;
  if (wanted === 'none') return number === undefined;
  return wanted === '*' ? number !== undefined : number === Number(wanted);
}

function sorted(issues: readonly JsonObject[], url: URL): JsonObject[] {
  const sort = url.searchParams.get('sort') ?? 'created';
  const sign = url.searchParams.get('direction') === 'asc' ? 1 : -1;
  const rank = (issue: JsonObject) =>
    sort === 'comments'
      ? Number(issue.comments)
      : Date.parse(String(sort === 'updated' ? issue.updated_at : issue.created_at));
  // Numbers grow with time: they order what happened in the same millisecond.
  return issues.toSorted((a, b) => sign * (rank(a) - rank(b) || Number(a.number) - Number(b.number)));
}
