import { request } from 'node:http';
import { startRedis, type TestRedis, waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bot,
  countKeys,
  send,
  sign,
  startIngress,
  type TestIngress,
  type Webhook,
  webhookSecret,
} from './test-support/harness.ts';

const bots = [bot('Tidy', 'pull_request', ['opened', 'synchronize']), bot('Greeter', 'pull_request', ['opened'])];
const opened = JSON.stringify({ action: 'opened', number: 7, pull_request: { title: 'Grüße 👋 \u2028 "quoted" \\ß' } });
const formOf = (json: string) => new URLSearchParams({ payload: json }).toString();
const form = { 'content-type': 'application/x-www-form-urlencoded' };

let redis: TestRedis;
let ingress: TestIngress;

beforeAll(async () => {
  redis = await startRedis();
  ingress = await startIngress({ redisUrl: redis.url, bots });
});

afterAll(async () => {
  await ingress?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

describe('the ingress accepts', () => {
  it.each<[string, Webhook]>([
    ['a signed JSON payload', { body: opened }],
    ['a content type with a charset', { body: opened, headers: { 'content-type': 'application/json; charset=utf-8' } }],
    ['the form encoding, signed over the form', { body: formOf(opened), headers: form }],
    [
      'a signature in capital letters',
      { body: opened, headers: { 'x-hub-signature-256': sign(opened).toUpperCase().replace('SHA256', 'sha256') } },
    ],
    ['a payload of exactly 25 MB', { body: padded(25 * 1024 * 1024) }],
  ])('%s', async (_what, webhook) => {
    const delivery = crypto.randomUUID();
    const answer = await send(ingress.endpoint, {
      ...webhook,
      headers: { ...webhook.headers, 'x-github-delivery': delivery },
    });
    expect(await answer.json()).toEqual({
      delivery,
      runs: [
        { bot: 'Tidy', id: `${delivery}.tidy` },
        { bot: 'Greeter', id: `${delivery}.greeter` },
      ],
    });
    expect(answer.status).toBe(202);
  });

  it('the longest and the strangest allowed delivery id', async () => {
    const delivery = `0._-aZ${'9'.repeat(122)}`;
    const answer = await send(ingress.endpoint, { body: opened, headers: { 'x-github-delivery': delivery } });
    expect(answer.status).toBe(202);
  });

  it('a redelivery, and stores nothing new', async () => {
    const headers = { 'x-github-delivery': 'delivered-twice' };
    const first = await (await send(ingress.endpoint, { body: opened, headers })).json();
    const stored = await countKeys(redis);
    const second = await (await send(ingress.endpoint, { body: opened, headers })).json();
    expect(second).toEqual(first);
    expect(await countKeys(redis)).toEqual(stored);
  });

  it('only the bots that the event is for', async () => {
    const body = JSON.stringify({ action: 'synchronize' });
    const answer = await send(ingress.endpoint, { body });
    expect(await answer.json()).toMatchObject({ runs: [{ bot: 'Tidy' }] });
  });

  it('an event that is for no bot, counts it and stores nothing', async () => {
    const before = await countKeys(redis);
    for (const [event, body] of [
      ['pull_request', '{"action":"labeled"}'],
      ['ping', '{"zen":"Keep it logically awesome."}'],
      ['push', '{}'],
    ] as const) {
      const answer = await send(ingress.endpoint, {
        body,
        headers: { 'x-github-event': event, 'x-github-delivery': 'd' },
      });
      expect(answer.status).toBe(202);
      expect(await answer.json()).toEqual({ delivery: 'd', runs: [] });
    }
    expect(await countKeys(redis)).toEqual(before);
    expect(await ingress.metrics()).toContain('octo_bots_events_total{event="ping",result="unmatched"} 1');
  });
});

describe('the ingress refuses', () => {
  const unsigned = { 'x-hub-signature-256': undefined };

  it.each<[string, Webhook, number, string]>([
    [
      'a signature by another secret',
      { body: opened, headers: { 'x-hub-signature-256': sign(opened, 'wrong') } },
      401,
      'does not match',
    ],
    ['no signature', { body: opened, headers: unsigned }, 401, 'missing'],
    ['an empty signature', { body: opened, headers: { 'x-hub-signature-256': '' } }, 401, 'missing'],
    [
      'a SHA-1 signature alone',
      { body: opened, headers: { ...unsigned, 'x-hub-signature': sign(opened, webhookSecret, 'sha1') } },
      401,
      'SHA-1',
    ],
    ['a malformed signature', { body: opened, headers: { 'x-hub-signature-256': 'sha256=abc' } }, 401, 'malformed'],
    ['changed bytes', { body: `${opened} `, headers: { 'x-hub-signature-256': sign(opened) } }, 401, 'does not match'],
    [
      'a form signed over its payload instead',
      { body: formOf(opened), headers: { ...form, 'x-hub-signature-256': sign(opened) } },
      401,
      'does not match',
    ],
    ['an empty body without a signature', { body: '', headers: unsigned }, 401, 'missing'],
    ['an empty body', { body: '' }, 400, 'empty'],
    ['what is not JSON', { body: '{"action":' }, 400, 'not a JSON object'],
    ['a JSON list', { body: '[]' }, 400, 'not a JSON object'],
    ['JSON null', { body: 'null' }, 400, 'not a JSON object'],
    ['what is not UTF-8', { body: Uint8Array.from([0x7b, 0xff, 0x7d]) }, 400, 'not UTF-8'],
    ['a form without a payload', { body: 'a=b', headers: form }, 400, 'no field "payload"'],
    ['a form whose payload is not JSON', { body: 'payload=x', headers: form }, 400, 'form field "payload"'],
    ['a missing event name', { body: opened, headers: { 'x-github-event': undefined } }, 400, 'X-GitHub-Event'],
    ['a strange event name', { body: opened, headers: { 'x-github-event': 'pull request' } }, 400, 'X-GitHub-Event'],
    ['a missing delivery id', { body: opened, headers: { 'x-github-delivery': undefined } }, 400, 'X-GitHub-Delivery'],
    ['an empty delivery id', { body: opened, headers: { 'x-github-delivery': '' } }, 400, 'X-GitHub-Delivery'],
    ['a delivery id with a colon', { body: opened, headers: { 'x-github-delivery': 'a:b' } }, 400, 'X-GitHub-Delivery'],
    [
      'a delivery id that is too long',
      { body: opened, headers: { 'x-github-delivery': 'a'.repeat(129) } },
      400,
      'X-GitHub-Delivery',
    ],
    ['another content type', { body: opened, headers: { 'content-type': 'text/plain' } }, 415, 'application/json'],
    [
      'a multipart form',
      { body: opened, headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      415,
      'application/json',
    ],
  ])('%s', async (_what, webhook, status, says) => {
    const stored = await countKeys(redis);
    const answer = await send(ingress.endpoint, webhook);
    const body = await answer.json();
    expect(body).toEqual({ error: { code: expect.any(String), message: expect.stringContaining(says) } });
    expect(answer.status).toBe(status);
    expect(await countKeys(redis)).toEqual(stored);
  });

  it('a payload one byte over 25 MB, with its length told or not', async () => {
    const body = padded(25 * 1024 * 1024 + 1);
    expect(await postRaw(ingress.endpoint, body, { 'content-length': String(body.byteLength) })).toMatchObject({
      status: 413,
    });
    expect(await postRaw(ingress.endpoint, body, { 'transfer-encoding': 'chunked' })).toMatchObject({ status: 413 });
  });

  it('a GET of the endpoint, and says how webhooks come', async () => {
    const answer = await fetch(ingress.endpoint);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining('POST') } });
  });

  it('and writes nothing of what it did not verify into the log', async () => {
    const marker = 'marker-of-an-unverified-request';
    const headers = { 'x-hub-signature-256': 'sha256=00', 'x-github-delivery': marker, 'user-agent': marker };
    await send(ingress.endpoint, { body: JSON.stringify({ marker }), headers });
    expect(ingress.lines.at(-1)).toMatchObject({ msg: 'webhook refused' });
    expect(JSON.stringify(ingress.lines)).not.toContain(marker);
  });
});

describe('while Redis is down, the ingress', () => {
  it('says 503 within a second, is not ready, and recovers by itself', async () => {
    await using own = await startRedis();
    await using running = await startIngress({ redisUrl: own.url, bots });
    expect((await send(running.endpoint, { body: opened })).status).toBe(202);

    await own.stop();
    const answer = await withinASecond(() => send(running.endpoint, { body: opened }));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ error: { code: 'QUEUE_UNREACHABLE' } });
    expect((await fetch(`${running.server.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${running.server.url}/healthz`)).status).toBe(200);

    await own.start();
    await waitFor(
      'the ingress to accept again',
      async () => (await send(running.endpoint, { body: opened })).status === 202,
    );
    expect((await fetch(`${running.server.url}/readyz`)).status).toBe(200);
  });

  it('starts all the same, says 503 within a second, and works once Redis is up', async () => {
    await using own = await startRedis();
    await own.stop();
    await using running = await startIngress({ redisUrl: own.url, bots });
    expect((await withinASecond(() => send(running.endpoint, { body: opened }))).status).toBe(503);
    expect((await fetch(`${running.server.url}/readyz`)).status).toBe(503);
    await own.start();
    await waitFor('the ingress to accept', async () => (await send(running.endpoint, { body: opened })).status === 202);
  });

  it('still answers 401 to what is not signed, and 202 to what no bot wants', async () => {
    await using own = await startRedis();
    await using running = await startIngress({ redisUrl: own.url, bots });
    await own.stop();
    expect((await send(running.endpoint, { body: opened, headers: { 'x-hub-signature-256': 'x' } })).status).toBe(401);
    expect((await send(running.endpoint, { body: '{}', headers: { 'x-github-event': 'ping' } })).status).toBe(202);
  });
});

describe('a stopping ingress', () => {
  it('answers the webhook that is under way before it closes', async () => {
    await using running = await startIngress({ redisUrl: redis.url, bots });
    const { promise: answered, resolve: answer } = Promise.withResolvers<number | undefined>();
    const { promise: underWay, resolve: getUnderWay } = Promise.withResolvers<void>();
    const slow = request(running.endpoint, {
      method: 'POST',
      headers: {
        // The server says "continue" once it has the headers.
        expect: '100-continue',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(opened),
        'x-github-event': 'pull_request',
        'x-github-delivery': crypto.randomUUID(),
        'x-hub-signature-256': sign(opened),
      },
    })
      .once('continue', getUnderWay)
      .once('response', (response) => {
        response.resume();
        answer(response.statusCode);
      });
    slow.flushHeaders();
    await underWay;
    const stopping = running.server.stop();
    await waitFor('the process to say that it stops', async () => running.lines.some(({ msg }) => msg === 'stopping'));
    slow.end(opened);
    expect(await answered).toBe(202);
    await stopping;
    expect(await running.server.stopped).toBe(true);
  });
});

function padded(bytes: number): Uint8Array<ArrayBuffer> {
  const start = '{"action":"opened","padding":"';
  const buffer = Buffer.alloc(bytes, 'x');
  buffer.write(start, 0);
  buffer.write('"}', bytes - 2);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** As a client that goes on sending while the answer comes: fetch would report a broken pipe instead of the answer. */
function postRaw(
  url: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

async function withinASecond(call: () => Promise<Response>): Promise<Response> {
  const startedAt = performance.now();
  const answer = await call();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  return answer;
}
