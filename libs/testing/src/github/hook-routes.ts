import { type Answer, errorAnswer, isSuccess, jsonAnswer } from './answer.ts';
import { deliverySummary } from './deliveries.ts';
import { parseJson } from './json.ts';
import { type Exchange, type FrontParts, type Route, route } from './routes.ts';

/** docs.github.com/rest/apps/webhooks: the deliveries of the App, and asking for one again. */
export function hookRoutes(parts: FrontParts): Route[] {
  const { upstream, deliveries } = parts;

  /** Only the App itself may ask; the emulator checks its JSON Web Token. */
  const asApp =
    (handle: Route['handle']): Route['handle'] =>
    async (exchange, ...values) => {
      const app = await upstream.pass({
        method: 'GET',
        path: '/app',
        headers: exchange.headers,
        body: Buffer.alloc(0),
      });
      return isSuccess(app) ? handle(exchange, ...values) : app;
    };

  const find = (id: string) => deliveries.list().find((attempt) => attempt.id === Number(id));

  const list = async ({ url }: Exchange): Promise<Answer> => {
    const perPage = Math.min(100, Number(url.searchParams.get('per_page') ?? '30') || 30);
    const status = url.searchParams.get('status');
    const after = afterCursor(url.searchParams.get('cursor'));
    if (after === undefined) return errorAnswer(422, 'Invalid cursor');
    const matching = deliveries
      .list()
      .toReversed()
      .filter((attempt) => attempt.id < after)
      .filter(
        (attempt) =>
          status === null || (status === 'success') === (attempt.status !== undefined && attempt.status < 400),
      );
    const page = matching.slice(0, perPage);
    const last = page.at(-1);
    const next = new URL(url);
    if (last) next.searchParams.set('cursor', `v1_${last.id}`);
    return jsonAnswer(
      200,
      page.map(deliverySummary),
      matching.length > perPage ? { link: `<${next}>; rel="next"` } : {},
    );
  };

  const show = async (_: Exchange, id: string): Promise<Answer> => {
    const attempt = find(id);
    if (!attempt) return errorAnswer(404, 'Not Found');
    return jsonAnswer(200, {
      ...deliverySummary(attempt),
      url: null,
      request: { headers: attempt.headers, payload: parseJson(attempt.body) ?? attempt.body },
      response: { headers: {}, payload: attempt.answer },
    });
  };

  const again = async (_: Exchange, id: string): Promise<Answer> => {
    if (!find(id)) return errorAnswer(404, 'Not Found');
    // GitHub answers before it delivers; an attempt that fails is on record.
    void deliveries.redeliver(Number(id));
    return jsonAnswer(202, {});
  };

  return [
    route('GET', '/app/hook/deliveries', asApp(list)),
    route('GET', '/app/hook/deliveries/:id', asApp(show)),
    route('POST', '/app/hook/deliveries/:id/attempts', asApp(again)),
  ];
}

/** Cursors are opaque to clients. @returns the number that the attempts of the page are below; undefined when it is no cursor. */
function afterCursor(cursor: string | null): number | undefined {
  if (cursor === null) return Number.POSITIVE_INFINITY;
  const digits = /^v1_(\d+)$/.exec(cursor)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
