import { type Answer, errorAnswer } from './answer.ts';
import { isObject, type JsonObject, objectsOf, textAt } from './json.ts';
import { bodyOf, type Exchange, type FrontParts, pass, type Route, route } from './routes.ts';

const longestText = 65_535;
const mostAnnotations = 50;

/** docs.github.com/rest/checks/runs: an update adds its annotations to those that are there; output has limits. */
export function checkRoutes(parts: FrontParts): Route[] {
  const { upstream } = parts;

  const annotationsOf = async (checkRun: string): Promise<JsonObject[]> => {
    const found: JsonObject[] = [];
    for (let page = 1; ; page++) {
      const { body } = await upstream.ask('GET', `${checkRun}/annotations?per_page=100&page=${page}`);
      const items = objectsOf(isObject(body) ? body.check_annotations : undefined);
      found.push(...items);
      if (items.length < 100) return found;
    }
  };

  const create = async (exchange: Exchange): Promise<Answer> => refusalOf(bodyOf(exchange)) ?? pass(parts, exchange);

  const update = async (exchange: Exchange): Promise<Answer> => {
    const body = bodyOf(exchange);
    const refusal = refusalOf(body);
    if (refusal !== undefined) return refusal;
    if (!isObject(body.output)) return pass(parts, exchange);
    const annotations = [...(await annotationsOf(exchange.url.pathname)), ...objectsOf(body.output.annotations)];
    return pass(parts, exchange, { ...body, output: { ...body.output, annotations } });
  };

  return [
    route('POST', '/repos/:owner/:repo/check-runs', create),
    route('PATCH', '/repos/:owner/:repo/check-runs/:id', update),
  ];
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
