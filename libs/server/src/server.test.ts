import { Agent, get } from 'node:http';
import type { TrustProxy } from '@octo-bots/core';
import { waitFor } from '@octo-bots/testing';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { service, start } from './test-support/harness.ts';

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
    // Longer than it waits for connections on which there is no request.
    setTimeout(answer, 1_500);
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

describe('a client behind a proxy', () => {
  const behind = { name: 'echo', routes: (app: FastifyInstance) => void app.get('/ip', async ({ ip }) => ip) };

  it.each<[string, TrustProxy | undefined, string]>([
    ['is the proxy, unless a proxy is trusted', undefined, '127.0.0.1'],
    ['is what a trusted proxy says, of all of them', true, '192.0.2.1'],
    ['is what the nearest proxy says', 1, '10.0.0.9'],
    ['is what a proxy of a trusted network says', ['127.0.0.0/8', '10.0.0.0/8'], '198.51.100.7'],
    ['is the proxy when it is not of a trusted network', ['10.0.0.0/8'], '127.0.0.1'],
  ])('%s', async (_what, trustProxy, ip) => {
    await using running = await start({ services: [service('echo', behind)], trustProxy });
    const headers = { 'x-forwarded-for': '192.0.2.1, 198.51.100.7, 10.0.0.9' };
    expect(await (await fetch(`${running.server.url}/ip`, { headers })).text()).toBe(ip);
  });
});
