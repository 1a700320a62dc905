import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { type Answer, isSuccess } from './answer.ts';
import { isObject, type JsonObject, objectsOf, parseJson } from './json.ts';

export interface UpstreamRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The emulator behind the front. */
export class Upstream {
  readonly #port: number;
  /** The front's own host, so that every URL the emulator makes leads to the front. */
  readonly #host: string;
  /** A connection for each request: one that is kept may be closed by the emulator just when a request goes out on it. */
  readonly #agent = new Agent({ keepAlive: false });
  #ownRequests = 0;

  constructor(options: { port: number; frontUrl: string }) {
    this.#port = options.port;
    this.#host = new URL(options.frontUrl).host;
  }

  /** Hands a client's request on as it is. */
  pass(input: UpstreamRequest): Promise<Answer> {
    const { connection: _, 'transfer-encoding': __, 'accept-encoding': ___, ...headers } = input.headers;
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          method: input.method,
          path: input.path,
          agent: this.#agent,
          headers: { ...headers, host: this.#host, 'content-length': String(input.body.byteLength) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => resolve(answerOf(response.statusCode ?? 502, response.headers, chunks)));
        },
      );
      outgoing.once('error', reject);
      outgoing.end(input.body);
    });
  }

  /**
   * A request of the front's own. The emulator takes a token that it does not know for its first user, the operator, and
   * counts requests for each token: with a new token each time the front's own requests use up nobody's limit.
   */
  ask(method: string, path: string, body?: JsonObject): Promise<Answer> {
    const content = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const authorization = `token front-${++this.#ownRequests}`;
    return this.pass({ method, path, headers: { authorization, 'content-type': 'application/json' }, body: content });
  }

  /** @returns undefined when there is no such thing. */
  async get(path: string): Promise<JsonObject | undefined> {
    const answer = await this.ask('GET', path);
    return isSuccess(answer) && isObject(answer.body) ? answer.body : undefined;
  }

  /** Every item of a list over all its pages; `path` has a query already. */
  async all(path: string): Promise<JsonObject[]> {
    const items: JsonObject[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.ask('GET', `${path}&per_page=100&page=${page}`);
      const found = objectsOf(answer.body);
      items.push(...found);
      if (found.length < 100) return items;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

function answerOf(status: number, headers: IncomingHttpHeaders, chunks: readonly Buffer[]): Answer {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, 'content-length': ____, ...kept } = headers;
  const body = Buffer.concat(chunks);
  if (body.byteLength === 0) return { status, headers: kept, body: undefined };
  const isJson = headers['content-type']?.includes('json') ?? false;
  return { status, headers: kept, body: isJson ? (parseJson(body) ?? body) : body };
}
