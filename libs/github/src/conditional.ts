import { createHash } from 'node:crypto';
import { type AnswerCache, Options } from '@octo-bots/core';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { Headers, Response } from 'undici';
import type { Transport } from './transport.ts';

/** For how long an answer is kept at most; then it is asked for in full once more. */
const lifetimeMs = 7 * 24 * 60 * 60 * 1000;
const largestBodyBytes = 1024 * 1024;
/** Of how many tokens the ETag of one answer is kept: that of each worker, and some more. */
const mostEtags = 16;

/** Of the request at hand, not of what was asked for. */
const passingHeaders =
  /^(date|connection|keep-alive|transfer-encoding|content-(encoding|length)|set-cookie|retry-after|x-ratelimit-.*|x-github-request-id|server)$/;

const head = Options({
  key: Type.String(),
  /** Where the answer came from in the end: GitHub redirects what was renamed. */
  url: Type.String(),
  /** Fingerprint of a token → the ETag that GitHub gave its holder, the newest last. */
  etags: Type.Array(Type.Tuple([Type.String(), Type.String()]), { minItems: 1 }),
  headers: Type.Record(Type.String(), Type.String()),
});

/** An answer as it is kept. */
interface Kept {
  readonly head: Static<typeof head>;
  readonly body: Buffer;
}

/**
 * Sends GET requests with the ETag of the answer that is known (`If-None-Match`), and answers a 304 with what is known: as if it
 * were a 200, headers for paging included. GitHub itself says each time whether the answer still holds, so nobody sees an
 * old one, and a 304 costs nothing of the rate limit.
 *
 * On github.com an ETag holds for one token only. Therefore the ETags that GitHub gave for one answer are kept side by side, and workers
 * with tokens of their own do not push each other's out.
 *
 * @param options.owner whose answers these are: nobody else gets them.
 */
export function conditional(transport: Transport, options: { cache: AnswerCache; owner: string }): Transport {
  const { cache, owner } = options;
  return async (url, init) => {
    const headers = new Headers(init?.headers);
    if ((init?.method ?? 'GET') !== 'GET' || headers.has('if-none-match') || headers.has('range')) {
      return transport(url, init);
    }
    const key = [owner, url, headers.get('accept'), headers.get('x-github-api-version')].join('\n');
    const token = fingerprint(headers.get('authorization') ?? '');
    const kept = unpack(await cache.get(key), key);
    const etag = kept && etagFor(kept, token);
    if (etag !== undefined) headers.set('if-none-match', etag);
    const response = await transport(url, { ...init, headers });
    if (response.status === 304 && kept) {
      return answer(kept.head.url, { ...kept.head.headers, ...newerHeaders(response) }, response, kept.body);
    }
    const newEtag = response.headers.get('etag');
    if (newEtag === null || !mayBeKept(url, response)) return response;
    const body = Buffer.from(await response.arrayBuffer());
    const lasting = lastingHeaders(response);
    if (body.byteLength <= largestBodyBytes && !mayGoOn(url, lasting.link, body)) {
      const etags = [...(kept && sameAnswer(kept, lasting, body) ? kept.head.etags : [])]
        .filter(([holder]) => holder !== token)
        .slice(1 - mostEtags);
      const news: Kept['head'] = { key, url: response.url, etags: [...etags, [token, newEtag]], headers: lasting };
      await cache.set(key, pack({ head: news, body }), lifetimeMs);
    }
    return answer(response.url, lasting, response, body);
  };
}

/** Where GitHub never gave this token an answer, another's ETag costs nothing: GitHub Enterprise Server may know it. */
function etagFor({ head: { etags } }: Kept, token: string): string | undefined {
  return (etags.find(([holder]) => holder === token) ?? etags.at(-1))?.[1];
}

/** Whole JSON of the API itself. Files and archives may be large, and come from elsewhere with an address for one use. */
function mayBeKept(url: string, response: Response): boolean {
  if (response.status !== 200) return false;
  if (Number(response.headers.get('content-length') ?? 0) > largestBodyBytes) return false;
  const isJson = /^application\/(.*\+)?json\b/.test(response.headers.get('content-type') ?? '');
  return isJson && new URL(response.url).origin === new URL(url).origin;
}

/**
 * A last page that is full: with one entry more a next page begins, while this page, and so its ETag, stays. A 304 would tell that it
 * is still the last one, and that entry would never be seen.
 */
function mayGoOn(url: string, link: string | undefined, body: Buffer): boolean {
  if (link?.includes('rel="next"')) return false;
  const perPage = Number(new URL(url).searchParams.get('per_page') ?? 30);
  const entries = parse(body.toString('utf8'));
  return Array.isArray(entries) && entries.length >= Math.min(perPage, 100);
}

function sameAnswer(kept: Kept, lasting: Record<string, string>, body: Buffer): boolean {
  return kept.body.equals(body) && kept.head.headers.link === lasting.link;
}

function lastingHeaders(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => !passingHeaders.test(name)));
}

/** What a 304 tells of the answer that is known. It has no content, so what it says of that is of none. */
function newerHeaders(response: Response): Record<string, string> {
  return Object.fromEntries(Object.entries(lastingHeaders(response)).filter(([name]) => !name.startsWith('content-')));
}

/** @param lasting what is known of the answer; what `received` tells of this very request is added. */
function answer(url: string, lasting: Record<string, string>, received: Response, body: Buffer): Response {
  const headers = new Headers(lasting);
  for (const [name, value] of received.headers) {
    if (passingHeaders.test(name) && !name.startsWith('content-')) headers.set(name, value);
  }
  const response = new Response(body, { status: 200, headers });
  // Octokit gives it to paging; a Response of our own would have none.
  return Object.defineProperty(response, 'url', { value: url });
}

function fingerprint(authorization: string): string {
  return createHash('sha256').update(authorization).digest('base64url').slice(0, 16);
}

/** A line of JSON, then the body as it came. */
function pack({ head: kept, body }: Kept): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(kept)}\n`), body]);
}

/** @returns undefined for what is not an answer to this request. */
function unpack(bytes: Uint8Array | undefined, key: string): Kept | undefined {
  if (bytes === undefined) return undefined;
  const packed = Buffer.from(bytes);
  const end = packed.indexOf('\n');
  const kept = parse(packed.subarray(0, Math.max(0, end)).toString('utf8'));
  return Value.Check(head, kept) && kept.key === key ? { head: kept, body: packed.subarray(end + 1) } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
