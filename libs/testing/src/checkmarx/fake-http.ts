import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { parseJson } from '../github/json.ts';

/** One request as a fake saw it, in the order of arrival. */
export interface CheckmarxRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** With the authorization. */
  readonly headers: IncomingHttpHeaders;
  /** JSON or a form, parsed; undefined for everything else. */
  readonly body: unknown;
  /** Undefined until it is answered. */
  readonly status: number | undefined;
}

/** An answer that a test wants instead of the server's own. */
export interface PlannedCheckmarxAnswer {
  readonly method?: string;
  /** Tested against path and query. */
  readonly path: RegExp;
  readonly answer: Answer | 'hang' | 'cut off';
  /** The server does what was asked, and only then answers so: a success whose answer is lost. Default: false. */
  readonly afterwards?: boolean;
  /** For how many requests. Default: 1. */
  readonly times?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text goes as it is, as HTML; everything else as JSON. */
  readonly body?: unknown;
}

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** JSON or a form, parsed. */
  readonly data: unknown;
}

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** HTTP for a fake: keeps every request, and gives planned answers before the server's own. */
export class FakeHttp {
  readonly seen: CheckmarxRequest[] = [];
  readonly #server;
  readonly #scheme: string;
  readonly #planned: { plan: PlannedCheckmarxAnswer; left: number }[] = [];
  readonly #answer: (exchange: Exchange) => Promise<Answer>;

  constructor(answer: (exchange: Exchange) => Promise<Answer>, tls?: TlsFiles) {
    this.#answer = answer;
    const serve = (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`the fake failed: ${error instanceof Error ? error.stack : error}`);
      });
    };
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve);
    this.#scheme = tls ? 'https' : 'http';
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the fake has no port');
    return `${this.#scheme}://127.0.0.1:${address.port}`;
  }

  plan(plan: PlannedCheckmarxAnswer): void {
    this.#planned.push({ plan, left: plan.times ?? 1 });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = 'GET', url: path = '/', headers } = request;
    const data = dataOf(headers['content-type'] ?? '', body);
    const seen = { method, path, headers, body: data, status: undefined as number | undefined };
    this.seen.push(seen);
    const exchange = { method, url: new URL(path, `http://${headers.host}`), headers, body, data };
    const plan = this.#takePlan(method, path);
    const own = plan && !plan.afterwards ? undefined : await this.#answer(exchange);
    const answer = plan?.answer ?? own;
    if (answer === undefined || answer === 'hang') return;
    if (answer === 'cut off') {
      request.socket.destroy();
      return;
    }
    seen.status = answer.status;
    write(response, answer);
  }

  #takePlan(method: string, path: string): PlannedCheckmarxAnswer | undefined {
    const found = this.#planned.find(
      ({ plan, left }) => left > 0 && (plan.method ?? method) === method && plan.path.test(path),
    );
    if (found) found.left -= 1;
    return found?.plan;
  }
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8', ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function dataOf(contentType: string, body: Buffer): unknown {
  if (/^application\/json\b/.test(contentType)) return parseJson(body);
  if (/^application\/x-www-form-urlencoded\b/.test(contentType)) {
    return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  }
  return undefined;
}
