import { type Answer, errorAnswer, isSuccess, jsonAnswer, pageOf } from './answer.ts';
import { type Exchange, type FrontParts, type Route, route } from './routes.ts';

/** docs.github.com/rest/issues/timeline. */
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

  return [route('GET', '/repos/:owner/:repo/issues/:number/timeline', list)];
}
