import type { IncomingHttpHeaders } from 'node:http';
import type { Accounts, TokenHolder } from './accounts.ts';
import type { Answer } from './answer.ts';
import type { Deliveries } from './deliveries.ts';
import type { GitMirror } from './git-mirror.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';
import type { Overlay } from './overlay.ts';
import type { Payloads } from './payloads.ts';
import type { Pulls } from './pulls.ts';
import type { Timeline } from './timeline.ts';
import type { Upstream } from './upstream.ts';

/** One request of a client. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly holder: TokenHolder;
}

/** What the routes of the front work with. */
export interface FrontParts {
  readonly upstream: Upstream;
  readonly accounts: Accounts;
  readonly overlay: Overlay;
  readonly pulls: Pulls;
  readonly timeline: Timeline;
  readonly payloads: Payloads;
  readonly deliveries: Deliveries;
  readonly mirror: GitMirror;
}

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  /** @param values of the path's `:names`, decoded, in order. */
  readonly handle: (exchange: Exchange, ...values: string[]) => Promise<Answer>;
}

/** @param path with `:name` for one segment and a last `*` for all the rest. */
export function route(method: string, path: string, handle: Route['handle']): Route {
  const source = path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '([^/]+)').replace(/\*$/, '(.+)');
  return { method, pattern: new RegExp(`^${source}$`), handle };
}

/** Hands the request on to the emulator, with another body when one is given. */
export function pass(parts: FrontParts, exchange: Exchange, body?: JsonObject): Promise<Answer> {
  const { method, url, headers } = exchange;
  const content = body === undefined ? exchange.body : Buffer.from(JSON.stringify(body));
  return parts.upstream.pass({ method, path: `${url.pathname}${url.search}`, headers, body: content });
}

export function bodyOf(exchange: Exchange): JsonObject {
  const body = parseJson(exchange.body);
  return isObject(body) ? body : {};
}
