import { createHmac } from 'node:crypto';
import { createLogger } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { createOctoBots } from './octo-bots.ts';
import { app as gitHubApp, writeSmallDeployment } from './test-support/deployment.ts';

const log = createLogger({ level: 'silent', name: 'test' });

function webhook(body: string) {
  const signature = createHmac('sha256', gitHubApp.webhookSecret).update(body).digest('hex');
  return {
    payload: body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': `sha256=${signature}`,
    },
  };
}

describe('Octo Bots in an application of its own', () => {
  it('serves beside the application’s routes, works, and stops with it', async () => {
    await using redis = await startRedis();
    await using written = await writeSmallDeployment();
    const bots = await createOctoBots({
      config: written.configPath,
      redisUrl: redis.url,
      log,
      login: { user: 'u', password: 'p' },
    });
    const app = Fastify();
    app.get('/', async () => 'mine');
    app.post('/echo', async (request) => request.body);
    await app.register(bots.plugin, { prefix: '/bots' });
    await app.ready();

    expect((await app.inject('/')).body).toBe('mine');
    expect((await app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } })).json()).toEqual({ a: 1 });
    await waitFor('it to be ready', async () => (await app.inject('/bots/readyz')).statusCode === 200);
    const answer = await app.inject({ method: 'POST', url: '/bots/events', ...webhook('{"action":"opened"}') });
    expect(answer.json()).toEqual({
      delivery: 'd-1',
      runs: [{ bot: 'Tidy pull requests', id: 'd-1.tidy-pull-requests' }],
    });
    expect((await app.inject({ method: 'POST', url: '/bots/events', payload: {} })).statusCode).toBe(401);
    expect((await app.inject('/bots/dashboard')).statusCode).toBe(401);
    const page = await app.inject({ url: '/bots/dashboard', headers: { authorization: `Basic ${btoa('u:p')}` } });
    expect(page.body).toContain('<base href="/bots/dashboard/"');
    expect((await app.inject('/nothing')).json()).toMatchObject({ message: 'Route GET:/nothing not found' });
    await app.close();
  });

  it('tells every problem of its configuration', async () => {
    await using written = await writeSmallDeployment({ settings: { 'parallel-bots': 'yes', 'bots-endpoint': 7 } });
    await expect(
      createOctoBots({ config: written.configPath, redisUrl: 'redis://127.0.0.1:1', log }),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('The configuration has 2 problems.'),
    });
  });
});
