import { type Answer, errorAnswer, isSuccess, jsonAnswer } from './answer.ts';
import { isObject, objectsOf, textAt } from './json.ts';
import { bodyOf, type Exchange, type FrontParts, type Route, route } from './routes.ts';

/** docs.github.com/graphql: only the mutation that REST lacks and an operation needs, `convertPullRequestToDraft`. */
export function graphqlRoutes(parts: FrontParts): Route[] {
  const { upstream, accounts, timeline } = parts;

  const find = async (nodeId: string): Promise<{ repository: string; number: number } | undefined> => {
    for (const repository of accounts.allRepositories()) {
      const pulls = await upstream.all(`/repos/${repository}/pulls?state=all`);
      const pull = pulls.find(({ node_id }) => node_id === nodeId);
      if (pull) return { repository, number: Number(pull.number) };
    }
    return undefined;
  };

  const graphql = async (exchange: Exchange): Promise<Answer> => {
    if (exchange.holder.kind === 'none') return errorAnswer(401, 'Requires authentication');
    const body = bodyOf(exchange);
    if (!String(body.query).includes('convertPullRequestToDraft')) {
      return jsonAnswer(200, { errors: [{ message: 'The emulated GitHub has only convertPullRequestToDraft.' }] });
    }
    const nodeId = textAt(body, 'variables', 'pullRequestId') ?? '';
    const place = await find(nodeId);
    if (!place) {
      const message = `Could not resolve to a node with the global id of '${nodeId}'`;
      return jsonAnswer(200, { data: null, errors: [{ type: 'NOT_FOUND', message }] });
    }
    const path = `/repos/${place.repository}/pulls/${place.number}`;
    const { headers } = exchange;
    const answer = await upstream.pass({ method: 'PATCH', path, headers, body: Buffer.from('{"draft":true}') });
    if (!isSuccess(answer) || !isObject(answer.body)) {
      const message = textAt(objectsOf([answer.body])[0], 'message') ?? 'Resource not accessible by integration';
      return jsonAnswer(200, { data: null, errors: [{ type: 'FORBIDDEN', message }] });
    }
    await timeline.note({ ...place, actor: exchange.holder, fields: { event: 'convert_to_draft' } });
    return jsonAnswer(200, { data: { convertPullRequestToDraft: { pullRequest: { isDraft: true } } } });
  };

  return [route('POST', '/graphql', graphql)];
}
