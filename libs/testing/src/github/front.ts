import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type TokenHolder, tokenOf } from './accounts.ts';
import { type Answer, errorAnswer } from './answer.ts';
import { checkRoutes } from './check-routes.ts';
import { forkRoutes } from './fork-routes.ts';
import { gitRoutes } from './git-routes.ts';
import { graphqlRoutes } from './graphql-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { installationRoutes, suspendedMessage } from './installation-routes.ts';
import { issueRoutes } from './issue-routes.ts';
import { labelEventRoutes } from './label-events.ts';
import { pullFileRoutes } from './pull-file-routes.ts';
import { pullRoutes } from './pull-routes.ts';
import { repositoryRoutes } from './repository-routes.ts';
import { reviewRoutes } from './review-routes.ts';
import { type Exchange, type FrontParts, pass, type Route } from './routes.ts';
import { timelineRoutes } from './timeline-routes.ts';

/** One request as the front saw it. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly status: number;
  readonly token: TokenHolder['kind'];
  /** The id of the installation whose token it carried. */
  readonly installation: number | undefined;
  /** Without the authorization. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An answer that a test wants instead of GitHub's. */
export interface PlannedAnswer {
  readonly method?: string;
  /** Tested against path and query. */
  readonly path: RegExp;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** For how many requests. Default: 1. */
  readonly times?: number;
}

/** How long GitHub takes for some requests. */
export interface Slowness {
  /** Tested against path and query. */
  readonly path: RegExp;
  readonly ms: number;
  /** For how many requests. Default: all. */
  readonly times?: number;
}

/** The thin HTTP front that clients know as GitHub's REST API: adds what the emulator lacks, hands on all the rest. */
export class Front {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #planned: { answer: PlannedAnswer; left: number }[] = [];
  readonly #slow: { slowness: Slowness; left: number }[] = [];
  /** How many 304s each token got, which the emulator counted. */
  readonly #unchanged = new Map<string, number>();
  #parts: FrontParts | undefined;
  #routes: readonly Route[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`the front of the emulated GitHub failed: ${error instanceof Error ? error.stack : error}`);
      });
    });
  }

  /** @returns the URL that clients on this machine use. */
  async listen({ host, port }: { host: string; port: number }): Promise<string> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the front has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  connect(parts: FrontParts): void {
    this.#parts = parts;
    this.#routes = [
      ...installationRoutes(parts),
      ...issueRoutes(parts),
      ...pullRoutes(parts),
      ...reviewRoutes(parts),
      ...labelEventRoutes(parts),
      ...repositoryRoutes(parts),
      ...hookRoutes(parts),
      ...checkRoutes(parts),
      ...pullFileRoutes(parts),
      ...forkRoutes(parts),
      ...gitRoutes(parts),
      ...timelineRoutes(parts),
      ...graphqlRoutes(parts),
    ];
  }

  plan(answer: PlannedAnswer): void {
    this.#planned.push({ answer, left: answer.times ?? 1 });
  }

  slowDown(slowness: Slowness): void {
    this.#slow.push({ slowness, left: slowness.times ?? Number.POSITIVE_INFINITY });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts = this.#parts;
    if (!parts) throw new Error('a request came before the emulator was there');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const exchange: Exchange = {
      method: request.method ?? 'GET',
      url: new URL(request.url ?? '/', `http://${request.headers.host}`),
      headers: request.headers,
      body: Buffer.concat(chunks),
      holder: parts.accounts.holderOf(request.headers.authorization),
    };
    const slowMs = this.#takeSlowness(exchange);
    if (slowMs > 0) await delay(slowMs);
    const answer = await this.#answer(parts, exchange);
    const shown = this.#validated(exchange, { ...answer, body: parts.overlay.show(answer.body) });
    write(response, exchange, shown);
    this.#remember(exchange, shown.status);
  }

  async #answer(parts: FrontParts, exchange: Exchange): Promise<Answer> {
    const planned = this.#takePlanned(exchange);
    if (planned) return { status: planned.status, headers: planned.headers ?? {}, body: planned.body };
    const { holder } = exchange;
    if (holder.kind === 'unknown') return errorAnswer(401, 'Bad credentials');
    if (holder.kind === 'installation' && holder.installation.suspendedAt !== undefined) {
      return errorAnswer(403, suspendedMessage);
    }
    for (const { method, pattern, handle } of this.#routes) {
      const match = method === exchange.method ? pattern.exec(exchange.url.pathname) : null;
      if (match) return handle(exchange, ...match.slice(1).map(decodeURIComponent));
    }
    return pass(parts, exchange);
  }

  /** Gives the answer its ETag; 304 to a client that has this very one. A 304 costs nothing of the rate limit. */
  #validated({ method, headers }: Exchange, answer: Answer): Answer {
    const token = tokenOf(headers.authorization);
    const etag = method === 'GET' && answer.status === 200 ? etagOf(token, answer) : undefined;
    const has = etag !== undefined && headers['if-none-match'] === etag;
    const free = (this.#unchanged.get(token) ?? 0) + (has ? 1 : 0);
    if (has) this.#unchanged.set(token, free);
    const shown: IncomingHttpHeaders = { ...answer.headers, ...(etag === undefined ? {} : { etag }) };
    const remaining = answer.headers['x-ratelimit-remaining'];
    if (remaining !== undefined) shown['x-ratelimit-remaining'] = String(Number(remaining) + free);
    return has ? { status: 304, headers: withoutContent(shown), body: undefined } : { ...answer, headers: shown };
  }

  /** @returns how long the answer is to take, in milliseconds. */
  #takeSlowness({ url }: Exchange): number {
    const slow = this.#slow.find(
      ({ slowness, left }) => left > 0 && slowness.path.test(`${url.pathname}${url.search}`),
    );
    if (slow === undefined) return 0;
    slow.left -= 1;
    return slow.slowness.ms;
  }

  #takePlanned({ method, url }: Exchange): PlannedAnswer | undefined {
    const plan = this.#planned.find(
      ({ answer, left }) =>
        left > 0 && (answer.method ?? method) === method && answer.path.test(`${url.pathname}${url.search}`),
    );
    if (plan) plan.left -= 1;
    return plan?.answer;
  }

  #remember({ method, url, headers, holder }: Exchange, status: number): void {
    const { authorization: _, ...rest } = headers;
    this.seen.push({
      method,
      path: `${url.pathname}${url.search}`,
      status,
      token: holder.kind,
      installation: holder.kind === 'installation' ? holder.installation.id : undefined,
      headers: Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, value?.toString()])),
    });
  }
}

/** As GitHub makes it, it holds for one token only. */
function etagOf(token: string, { body }: Answer): string {
  return `W/"${createHash('sha256').update(token).update(contentOf(body)).digest('hex')}"`;
}

/** A 304 of GitHub says nothing of the pages around. */
function withoutContent(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { link: _, 'content-type': __, ...kept } = headers;
  return kept;
}

function contentOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
}

function write(response: ServerResponse, { method }: Exchange, { status, headers, body }: Answer): void {
  const content = contentOf(body);
  const isJson = body !== undefined && !Buffer.isBuffer(body);
  const length = status === 304 ? {} : { 'content-length': content.byteLength };
  response.writeHead(status, {
    ...headers,
    ...(isJson ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...length,
  });
  response.end(method === 'HEAD' ? undefined : content);
}
