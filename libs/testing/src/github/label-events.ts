import { type Answer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { type JsonObject, objectsOf, textAt } from './json.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

interface Place {
  readonly repository: string;
  readonly number: number;
}

/** docs.github.com/rest/issues/events: who set and who took away which label. The emulator has no events of pull requests. */
export function labelEventRoutes(parts: FrontParts): Route[] {
  const { upstream, pulls, timeline } = parts;

  const labelsOf = (path: string) => upstream.all(`${path}?`);

  const record = async (exchange: Exchange, place: Place, event: 'labeled' | 'unlabeled', label: JsonObject) => {
    const { name, color } = label;
    await timeline.note({ ...place, actor: exchange.holder, fields: { event, label: { name, color } } });
  };

  const change = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    if (!(await pulls.find(`${owner}/${repo}`, Number(number)))) return pass(parts, exchange);
    const path = `/repos/${owner}/${repo}/issues/${number}/labels`;
    const before = await labelsOf(path);
    const answer = await pass(parts, exchange);
    if (!isSuccess(answer)) return answer;
    const after = await labelsOf(path);
    const place = { repository: `${owner}/${repo}`, number: Number(number) };
    for (const label of without(after, before)) await record(exchange, place, 'labeled', label);
    for (const label of without(before, after)) await record(exchange, place, 'unlabeled', label);
    return answer;
  };

  const list = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    if (!(await pulls.find(`${owner}/${repo}`, Number(number)))) return pass(parts, exchange);
    // The emulator decides who may read, and counts the request.
    const path = `/repos/${owner}/${repo}/pulls/${number}`;
    const allowed = await upstream.pass({ method: 'GET', path, headers: exchange.headers, body: Buffer.alloc(0) });
    if (!isSuccess(allowed)) return allowed;
    const { items, link } = pageOf(timeline.notedOf(`${owner}/${repo}`, Number(number)), exchange.url);
    return jsonAnswer(200, items, { ...allowed.headers, ...(link ? { link } : {}) });
  };

  const labels = '/repos/:owner/:repo/issues/:number/labels';
  return [
    route('POST', labels, change),
    route('PUT', labels, change),
    route('DELETE', labels, change),
    route('DELETE', `${labels}/:name`, change),
    route('GET', '/repos/:owner/:repo/issues/:number/events', list),
  ];
}

function without(labels: readonly JsonObject[], others: readonly JsonObject[]): JsonObject[] {
  const names = new Set(objectsOf(others).map((label) => textAt(label, 'name')));
  return labels.filter((label) => !names.has(textAt(label, 'name')));
}
