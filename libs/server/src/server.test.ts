import { writeFile } from 'node:fs/promises';
import { Agent, get, request } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { temporaryDirectory, waitFor } from '@octo-bots/testing';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import type { Tls } from './certificate.ts';
import { type RunningServer, startServer } from './server.ts';
import type { Service } from './service.ts';

type Lines = Record<string, unknown>[];

function service(name: string, overrides: Partial<Service> = {}): Service {
  return {
    name,
    start: async () => {},
    stop: async () => {},
    ready: async () => ({ ok: true, detail: 'fine' }),
    ...overrides,
  };
}

async function start(
  options: { services?: Service[]; tls?: Tls; host?: string; port?: number; shutdownMs?: number } = {},
) {
  const lines: Lines = [];
  const log = createLogger({ level: 'debug', name: 'test', stream: { write: (line) => lines.push(JSON.parse(line)) } });
  const server = await startServer({
    services: options.services ?? [],
    listen: { host: options.host ?? '127.0.0.1', port: options.port ?? 0, tls: options.tls ?? { kind: 'off' } },
    log,
    metrics: createMetrics(),
    shutdownMs: options.shutdownMs ?? 5_000,
  });
  return { server, lines, [Symbol.asyncDispose]: () => server.stop() };
}

describe('a server', () => {
  it('says where it listens, in a log line and to its caller', async () => {
    await using running = await start({ services: [service('ingress')] });
    expect(running.lines).toContainEqual(expect.objectContaining({ msg: 'listening', url: running.server.url }));
    expect((await fetch(`${running.server.url}/healthz`)).status).toBe(200);
  });

  it('serves the health of its services', async () => {
    const broken = service('worker', { healthy: async () => ({ ok: false, detail: 'stuck' }) });
    await using good = await start({ services: [service('ingress')] });
    await using bad = await start({ services: [service('ingress'), broken] });
    const answer = await fetch(`${good.server.url}/healthz`);
    expect(await answer.json()).toEqual({ status: 'ok', checks: { ingress: { ok: true, detail: 'running' } } });
    const badAnswer = await fetch(`${bad.server.url}/healthz`);
    expect(badAnswer.status).toBe(503);
    expect(await badAnswer.json()).toMatchObject({ checks: { worker: { ok: false, detail: 'stuck' } } });
  });

  it('is ready only while every service is', async () => {
    let ok = true;
    await using running = await start({
      services: [service('ingress'), service('worker', { ready: async () => ({ ok, detail: 'Redis' }) })],
    });
    expect((await fetch(`${running.server.url}/readyz`)).status).toBe(200);
    ok = false;
    const answer = await fetch(`${running.server.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      status: 'not ready',
      checks: { ingress: { ok: true, detail: 'fine' }, worker: { ok: false, detail: 'Redis' } },
    });
  });

  it('takes a check that hangs, or throws, for a failed one', async () => {
    await using running = await start({
      services: [
        service('hangs', { ready: () => new Promise(() => {}) }),
        service('throws', { ready: () => Promise.reject(new Error('redis://user:s3cret@host')) }),
      ],
    });
    const answer = await fetch(`${running.server.url}/readyz`);
    const text = await answer.text();
    expect(answer.status).toBe(503);
    expect(JSON.parse(text).checks.hangs.ok).toBe(false);
    expect(JSON.parse(text).checks.throws.ok).toBe(false);
    expect(text).not.toContain('s3cret');
  });

  it('is not ready while it stops, and stops its services in order', async () => {
    const stopped: string[] = [];
    const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
    const running = await start({
      services: [
        service('worker', { stop: () => drained.then(() => void stopped.push('worker')) }),
        service('ingress', { stop: async () => void stopped.push('ingress') }),
      ],
    });
    const stopping = running.server.stop();
    const answer = await fetch(`${running.server.url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ status: 'stopping' });
    drain();
    await stopping;
    expect(stopped).toEqual(['worker', 'ingress']);
    expect(await running.server.stopped).toBe(true);
    await expect(fetch(`${running.server.url}/readyz`)).rejects.toThrow();
  });

  it('closes idle connections when it stops, and finishes requests under way', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const slow = service('slow', {
      routes: (app) => {
        app.get('/slow', async () => {
          arrive();
          await answered;
          return 'done';
        });
      },
    });
    const running = await start({ services: [slow] });
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve) => {
      get(`${running.server.url}/healthz`, { agent }, (response) => response.resume().once('end', resolve));
    });
    const slowAnswer = fetch(`${running.server.url}/slow`);
    await arrived;
    const stopping = running.server.stop();
    answer();
    expect(await (await slowAnswer).text()).toBe('done');
    await stopping;
    await waitFor('the idle connection to be closed', () => Object.keys(agent.freeSockets).length === 0);
  });

  it('cuts off what does not stop in time', async () => {
    const running = await start({
      services: [service('stuck', { stop: () => new Promise(() => {}) })],
      shutdownMs: 50,
    });
    await running.server.stop();
    expect(await running.server.stopped).toBe(false);
    expect(running.lines.map(({ msg }) => msg)).toContain('not everything stopped in time; the rest is cut off');
  });

  it('stops the other services when one fails to stop', async () => {
    const stopped: string[] = [];
    const running = await start({
      services: [
        service('fails', { stop: () => Promise.reject(new Error('no')) }),
        service('fine', { stop: async () => void stopped.push('fine') }),
      ],
    });
    await running.server.stop();
    expect(stopped).toEqual(['fine']);
    expect(await running.server.stopped).toBe(false);
  });

  it('stops everything when a service fails to start', async () => {
    const stopped: string[] = [];
    const services = [
      service('one', { stop: async () => void stopped.push('one') }),
      service('two', { start: () => Promise.reject(new Error('no start')) }),
    ];
    await expect(start({ services })).rejects.toThrow('no start');
    expect(stopped).toEqual(['one']);
  });

  it('serves metrics', async () => {
    await using running = await start();
    const answer = await fetch(`${running.server.url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_resident_memory_bytes');
  });

  it('answers unknown paths and unexpected errors in JSON that says what to do, and tells nothing internal', async () => {
    const throwing = service('throwing', {
      routes: (app) => {
        app.get('/boom', async () => {
          throw new Error('s3cret');
        });
      },
    });
    await using running = await start({ services: [throwing] });
    const missing = await fetch(`${running.server.url}/nothing?token=s3cret`);
    expect(missing.status).toBe(404);
    const missingText = await missing.text();
    expect(JSON.parse(missingText).error.message).toContain('/healthz');
    expect(missingText).not.toContain('s3cret');
    const boom = await fetch(`${running.server.url}/boom`);
    expect(boom.status).toBe(500);
    expect(await boom.text()).not.toContain('s3cret');
  });

  it('says so when its port is taken', async () => {
    await using first = await start();
    const port = Number(new URL(first.server.url).port);
    await expect(start({ port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringMatching(/another process listens there.*--port/),
    });
  });

  it('says so when the address is not of this machine', async () => {
    await expect(start({ host: '203.0.113.1' })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining('--host'),
    });
  });
});

describe('an ad-hoc certificate', () => {
  it('is for localhost, 127.0.0.1, ::1 and this machine’s name, and holds for those who trust it', async () => {
    await using running = await start({ tls: { kind: 'adhoc' }, host: '0.0.0.0' });
    const certificate = await certificateOf(running.server);
    for (const name of [`DNS:localhost`, `DNS:${hostname()}`, 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1']) {
      expect(certificate.subjectaltname).toContain(name);
    }
    expect(new Date(certificate.valid_to).getTime()).toBeGreaterThan(Date.now() + 300 * 24 * 3600 * 1000);
    expect(await statusOf(running.server.url, toPem(certificate.raw))).toBe(200);
  });

  it('is refused by those who do not trust it', async () => {
    await using running = await start({ tls: { kind: 'adhoc' } });
    await expect(statusOf(running.server.url)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED/) });
  });

  it('is another one at each start', async () => {
    await using one = await start({ tls: { kind: 'adhoc' } });
    await using other = await start({ tls: { kind: 'adhoc' } });
    expect((await certificateOf(one.server)).fingerprint256).not.toBe(
      (await certificateOf(other.server)).fingerprint256,
    );
  });
});

describe('a certificate from files', () => {
  it('serves', async () => {
    await using dir = await temporaryDirectory();
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
    const files = { cert: join(dir.path, 'cert.pem'), key: join(dir.path, 'key.pem') };
    await writeFile(files.cert, pems.cert);
    await writeFile(files.key, pems.private);
    await using running = await start({ tls: { kind: 'files', ...files }, host: 'localhost' });
    expect(await statusOf(running.server.url, pems.cert)).toBe(200);
  });

  it.each([
    ['a missing certificate', { cert: 'nowhere.pem' }, /--cert .*nowhere\.pem: there is no such file/],
    ['a folder as key', { key: '.' }, /--key .*: that is a folder, not a file/],
    [
      'something else as certificate',
      { cert: 'text.txt' },
      /--cert .*text\.txt: the file holds no "-----BEGIN … CERTIFICATE-----"/,
    ],
    ['the key of another certificate', { key: 'other.pem' }, /do not make a pair/],
  ])('says what is wrong with %s', async (_what, names, message) => {
    await using dir = await temporaryDirectory();
    const [pems, other] = await Promise.all([
      generate(undefined, { keyType: 'ec' }),
      generate(undefined, { keyType: 'ec' }),
    ]);
    await writeFile(join(dir.path, 'cert.pem'), pems.cert);
    await writeFile(join(dir.path, 'key.pem'), pems.private);
    await writeFile(join(dir.path, 'other.pem'), other.private);
    await writeFile(join(dir.path, 'text.txt'), 'hello');
    const { cert, key } = { cert: 'cert.pem', key: 'key.pem', ...names };
    const tls = { kind: 'files', cert: join(dir.path, cert), key: join(dir.path, key) } as const;
    await expect(start({ tls })).rejects.toMatchObject({
      code: 'TLS_INVALID',
      message: expect.stringMatching(message),
    });
  });
});

function statusOf(url: string, ca?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = url.startsWith('https:') ? httpsRequest : request;
    call(`${url}/healthz`, { agent: false, ...(ca === undefined ? {} : { ca }) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

function certificateOf(server: RunningServer): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    httpsRequest(`${server.url}/healthz`, { agent: false, rejectUnauthorized: false }, (response) => {
      // The socket of an HTTPS response is a TLS socket; its type does not say so.
      resolve((response.socket as TLSSocket).getPeerCertificate());
      response.resume();
    })
      .once('error', reject)
      .end();
  });
}

function toPem(raw: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
}
