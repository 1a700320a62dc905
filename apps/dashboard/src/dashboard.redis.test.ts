import { request } from 'node:http';
import type { Bot, Deployment } from '@octo-bots/core';
import { RunProducer } from '@octo-bots/queue';
import { type RunningServer, startServer } from '@octo-bots/server';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { startRedis, type TestRedis, waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDashboard } from './dashboard.ts';
import type { Login } from './login.ts';

const log = createLogger({ level: 'silent', name: 'test' });
const login: Login = { user: 'octo-bots', password: 'pässword: with a colon' };
const tidy: Bot = {
  name: 'Tidy pull requests',
  slug: 'tidy-pull-requests',
  parallel: false,
  source: { file: 'bots.yml', line: 1, column: 1 },
  queue: {
    attempts: 1,
    backoff: { type: 'fixed', delayMs: 1000, jitter: 0 },
    timeoutMs: 60_000,
    priority: undefined,
    keep: { completed: { count: 10, ageMs: 60_000 }, failed: { count: 10, ageMs: 60_000 } },
  },
  filters: [],
  operations: [],
};
const deployment: Deployment = {
  settings: {
    parallelBackgroundJobs: 1,
    botsEndpoint: '/events',
    clientValidityMs: 600_000,
    parallelBots: true,
    recoverMissedDeliveries: true,
    trustProxy: false,
  },
  credentials: [],
  bots: [tidy],
  jobs: [],
};

let redis: TestRedis;
let guarded: RunningServer;
let open: RunningServer;

function start(given?: Login, redisUrl = redis.url): Promise<RunningServer> {
  return startServer({
    services: [createDashboard({ deployment, redisUrl, login: given, host: '127.0.0.1', redirectRoot: true, log })],
    listen: { host: '127.0.0.1', port: 0, tls: { kind: 'off' } },
    log,
    metrics: createMetrics(),
    shutdownMs: 5_000,
  });
}

beforeAll(async () => {
  redis = await startRedis();
  [guarded, open] = await Promise.all([start(login), start()]);
});

afterAll(async () => {
  await Promise.all([guarded?.stop(), open?.stop()]);
  await redis?.[Symbol.asyncDispose]();
});

function authorization({ user, password }: Login): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function pause(server: RunningServer, headers: Record<string, string>): Promise<Response> {
  return fetch(`${server.url}/dashboard/api/queues/bot.tidy-pull-requests/pause`, { method: 'PUT', headers });
}

describe('the dashboard with a password', () => {
  it.each([
    ['nobody', {}],
    ['a wrong password', authorization({ ...login, password: 'wrong' })],
    ['a wrong user', authorization({ ...login, user: 'root' })],
    ['something that is no login', { authorization: 'Bearer x' }],
  ])('asks %s for the login, on its pages, its data and its files', async (_who, headers) => {
    for (const path of ['/dashboard', '/dashboard/', '/dashboard/api/queues', '/dashboard/static/images/logo.svg']) {
      const answer = await fetch(`${guarded.url}${path}`, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Basic realm="Octo Bots"');
      expect(await answer.json()).toMatchObject({ error: { code: 'LOGIN_REQUIRED' } });
    }
  });

  it('lets the login in, and keeps other pages from framing it', async () => {
    const answer = await fetch(`${guarded.url}/dashboard`, { headers: authorization(login) });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Octo Bots');
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it('serves the files that its page names', async () => {
    const page = await (await fetch(`${guarded.url}/dashboard/`, { headers: authorization(login) })).text();
    const base = /<base href="([^"]+)"/.exec(page)?.[1] ?? '';
    const script = /<script[^>]+src="([^"]+)"/.exec(page)?.[1] ?? '';
    const url = new URL(script, new URL(base, guarded.url));
    expect((await fetch(url, { headers: authorization(login) })).status).toBe(200);
  });

  it('leaves health and metrics open', async () => {
    expect((await fetch(`${guarded.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${guarded.url}/metrics`)).status).toBe(200);
  });

  it('sends those who come to the root to the board', async () => {
    const answer = await fetch(`${guarded.url}/`, { redirect: 'manual' });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/dashboard/');
  });
});

describe('the dashboard', () => {
  it('shows a run by its bot, event and delivery, without its payload', async () => {
    const producer = new RunProducer({ redisUrl: redis.url, deployment, log });
    await producer.enqueue({
      event: {
        delivery: 'd-1',
        name: 'pull_request',
        headers: { 'x-github-event': 'pull_request' },
        receivedAt: '2025-01-01T00:00:00Z',
      },
      body: Buffer.from(JSON.stringify({ action: 'opened' })),
      bots: [tidy],
    });
    await producer.close();
    const answer = await fetch(
      `${open.url}/dashboard/api/queues?activeQueue=bot.tidy-pull-requests&status=prioritized&page=1&jobsPerPage=10`,
    );
    expect(await answer.json()).toMatchObject({
      queues: [
        {
          displayName: 'Tidy pull requests',
          jobs: [
            {
              id: 'd-1.tidy-pull-requests',
              name: 'pull_request',
              data: { event: { delivery: 'd-1' }, body: expect.stringMatching(/^\(\d+ characters, not shown\)$/) },
            },
          ],
        },
        { displayName: 'Background jobs' },
        { displayName: 'Ticks' },
      ],
    });
  });

  it('does what its own pages ask for', async () => {
    expect((await pause(open, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const answer = await fetch(`${open.url}/dashboard/api/queues`);
    expect(await answer.json()).toMatchObject({
      queues: [{ isPaused: true }, { isPaused: false }, { isPaused: false }],
    });
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbouring site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
  ])('refuses what %s asks for, login or not', async (_who, headers: Record<string, string>) => {
    expect((await pause(open, headers)).status).toBe(403);
    expect((await pause(guarded, { ...headers, ...authorization(login) })).status).toBe(403);
  });

  it('does not let people write the data of runs by hand', async () => {
    const queue = `${open.url}/dashboard/api/queues/bot.tidy-pull-requests`;
    const send = (url: string, method: string, body: object) =>
      fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect((await send(`${queue}/add`, 'POST', { name: 'x', data: {}, options: {} })).status).toBe(403);
    expect((await send(`${queue}/d-1.tidy-pull-requests/update-data`, 'PATCH', {})).status).toBe(403);
  });

  it('says so at once while Redis is down, and comes back by itself', async () => {
    await using own = await startRedis();
    const server = await start(undefined, own.url);
    await own.stop();
    const answer = await fetch(`${server.url}/dashboard/api/queues`, { signal: AbortSignal.timeout(2_000) });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('Redis') });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    await own.start();
    await waitFor(
      'the board to answer',
      async () => (await fetch(`${server.url}/dashboard/api/queues`)).status === 200,
    );
    await server.stop();
  });

  it('without a password is only for this machine, whatever name points at it', async () => {
    expect(await statusFor(open, 'localhost:80')).toBe(200);
    expect(await statusFor(open, 'rebound.example')).toBe(403);
  });

  it.each(['0.0.0.0', '::', '192.0.2.7', 'bots.example'])('without a password refuses to start on %s', (host) => {
    const create = () => createDashboard({ deployment, redisUrl: redis.url, host, log });
    expect(create).toThrow(
      expect.objectContaining({
        code: 'DASHBOARD_UNPROTECTED',
        message: expect.stringContaining('DASHBOARD_PASSWORD'),
      }),
    );
  });
});

function statusFor(server: RunningServer, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`${server.url}/dashboard/`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}
