import { createHmac } from 'node:crypto';
import { Agent, get } from 'node:http';
import {
  runOctoBots,
  startProcess,
  startRedis,
  type TestRedis,
  type WrittenDeployment,
  waitFor,
} from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, writeSmallDeployment } from './test-support/deployment.ts';

let redis: TestRedis;
let written: WrittenDeployment;

beforeAll(async () => {
  [redis, written] = await Promise.all([startRedis(), writeSmallDeployment()]);
});

afterAll(async () => {
  await written?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

function environment(more: Record<string, string> = {}): Record<string, string> {
  return { HOST: '127.0.0.1', PORT: '0', REDIS_URL: redis.url, OCTO_BOTS_CONFIG: written.configPath, ...more };
}

function webhook(body: string, event = 'pull_request') {
  return {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': crypto.randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', app.webhookSecret).update(body).digest('hex')}`,
    },
  };
}

describe('octo-bots start', () => {
  it('runs everything over HTTPS, and leaves the dashboard out where others could get in', async () => {
    await using all = await startProcess({ args: ['start'], env: environment({ HOST: '0.0.0.0' }) });
    expect(all.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    await waitFor('it to be ready', async () => (await all.request('/readyz')).status === 200);
    expect(JSON.parse((await all.request('/readyz')).body).checks).toHaveProperty('worker');
    expect((await all.request('/events', webhook('{"action":"labeled"}'))).status).toBe(202);
    expect((await all.request('/dashboard')).status).toBe(404);
    expect(all.output()).toContain('DASHBOARD_PASSWORD');
  });

  it('has the dashboard for this machine alone, and with a password for others', async () => {
    await using local = await startProcess({ args: ['start', '--tls', 'off'], env: environment() });
    expect(local.url).toMatch(/^http:/);
    expect((await local.request('/dashboard')).status).toBe(200);
    await using open = await startProcess({
      args: ['start'],
      env: environment({ HOST: '0.0.0.0', DASHBOARD_PASSWORD: 's3cret' }),
    });
    expect((await open.request('/dashboard')).status).toBe(401);
    const authorization = `Basic ${Buffer.from('octo-bots:s3cret').toString('base64')}`;
    expect((await open.request('/dashboard', { headers: { authorization } })).status).toBe(200);
    expect(open.output()).not.toContain('s3cret');
  });
});

describe.each(['start', 'ingress', 'worker', 'scheduler', 'dashboard'])('octo-bots %s', (command) => {
  it('ends with 0 on SIGTERM, however many idle connections are open', async () => {
    await using running = await startProcess({ args: [command, '--tls', 'off'], env: environment() });
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      get(`${running.url}/healthz`, { agent }, (response) => response.resume().once('end', resolve)).once(
        'error',
        reject,
      );
    });
    running.kill('SIGTERM');
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(running.log().map(({ msg }) => msg)).toEqual(expect.arrayContaining(['listening', 'stopping', 'stopped']));
    agent.destroy();
  });
});

describe('an octo-bots process', () => {
  it('says so and ends with 1 when its port is taken', async () => {
    await using first = await startProcess({ args: ['ingress'], env: environment() });
    const port = new URL(first.url).port;
    const { code, stderr } = await runOctoBots({ args: ['worker', '--port', port], env: environment() });
    expect(code).toBe(1);
    expect(stderr).toContain(`Cannot listen on 127.0.0.1:${port}: another process listens there.`);
    expect(stderr).not.toContain('    at ');
  });

  it('lets a flag win over its environment', async () => {
    await using running = await startProcess({
      args: ['ingress', '--redis-url', redis.url],
      env: environment({ REDIS_URL: 'redis://127.0.0.1:1' }),
    });
    await waitFor('it to reach Redis', async () => (await running.request('/readyz')).status === 200);
  });

  it('ends with 1 at once on a second signal', async () => {
    await using own = await startRedis();
    await using running = await startProcess({ args: ['ingress'], env: environment({ REDIS_URL: own.url }) });
    // A webhook under way, whose body does not end, keeps the first signal waiting.
    const pending = get(`${running.url}/events`, {
      method: 'POST',
      headers: { ...webhook('').headers, expect: '100-continue', 'content-length': '10' },
    });
    pending.on('error', () => {});
    const underWay = new Promise<void>((resolve) => void pending.once('continue', resolve));
    pending.flushHeaders();
    await underWay;
    running.kill('SIGTERM');
    await running.waitForLine(/"msg":"stopping"/);
    running.kill('SIGTERM');
    expect(await running.exited).toEqual({ code: 1, signal: null });
    pending.destroy();
  });

  it.each(['ingress', 'worker', 'scheduler', 'dashboard'])(
    'of the %s starts while Redis is down, says that it is not ready, and ends with 0 on SIGINT',
    async (command) => {
      const env = environment({ REDIS_URL: 'redis://127.0.0.1:1' });
      await using running = await startProcess({ args: [command], env });
      expect((await running.request('/healthz')).status).toBe(200);
      expect((await running.request('/readyz')).status).toBe(503);
      running.kill('SIGINT');
      expect(await running.exited).toEqual({ code: 0, signal: null });
    },
  );
});
