import { type Answer, errorAnswer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { objectsOf, textsOf } from './json.ts';
import { type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

/** docs.github.com/rest/issues/timeline, and the labels of pull requests, which it tells of. */
export function timelineRoutes(parts: FrontParts): Route[] {
  const { pulls, timeline, upstream } = parts;

  const list = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    // The emulator decides who may read, and counts the request.
    const path = `/repos/${repository}/issues/${number}/comments?per_page=1`;
    const allowed = await upstream.pass({ method: 'GET', path, headers: exchange.headers, body: Buffer.alloc(0) });
    if (!isSuccess(allowed)) return errorAnswer(allowed.status, 'Not Found');
    const isPull = (await pulls.find(repository, Number(number))) !== undefined;
    const { items, link } = pageOf(await timeline.of(repository, Number(number), isPull), exchange.url);
    const { link: _, ...headers } = allowed.headers;
    return jsonAnswer(200, items, { ...headers, ...(link ? { link } : {}) });
  };

  const changeLabels = async (exchange: Exchange, owner: string, repo: string, number: string): Promise<Answer> => {
    const repository = `${owner}/${repo}`;
    const before = await pulls.find(repository, Number(number));
    const answer = await pass(parts, exchange);
    if (!before || !isSuccess(answer)) return answer;
    const [had, has] = [labelsOf(before.labels), labelsOf(answer.body)];
    const note = (event: string, name: string) =>
      timeline.note({
        repository,
        number: Number(number),
        actor: exchange.holder,
        fields: { event, label: { name, color: 'ededed' } },
      });
    for (const name of has) if (!had.includes(name)) await note('labeled', name);
    for (const name of had) if (!has.includes(name)) await note('unlabeled', name);
    return answer;
  };

  return [
    route('GET', '/repos/:owner/:repo/issues/:number/timeline', list),
    route('POST', '/repos/:owner/:repo/issues/:number/labels', changeLabels),
    route('DELETE', '/repos/:owner/:repo/issues/:number/labels/:name', changeLabels),
  ];
}

function labelsOf(labels: unknown): string[] {
  return textsOf(objectsOf(labels).map(({ name }) => name));
}
