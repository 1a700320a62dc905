import { once } from 'node:events';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import {
  runOctoBots,
  startGitHub,
  startProcess,
  startRedis,
  type TestRedis,
  type WrittenDeployment,
  waitFor,
  writeDeployment,
} from '@octo-bots/testing';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dayMs = 24 * 3600 * 1000;

function make(options: Parameters<typeof generate>[1] = {}) {
  return generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256', ...options });
}

/** @returns the certificate (PEM) that a new connection gets. */
async function served(url: string): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(url).port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate()?.toString();
  socket.destroy();
  return certificate?.trim() ?? '';
}

describe('an ingress', () => {
  const stack = new AsyncDisposableStack();
  let redis: TestRedis;
  let deployment: WrittenDeployment;

  beforeAll(async () => {
    redis = stack.use(await startRedis());
    const github = stack.use(await startGitHub());
    deployment = stack.use(
      await writeDeployment({
        github,
        settings: { 'trust-proxy': 1 },
        bots: [{ name: 'Labels', operations: ['pull-request-labels'] }],
      }),
    );
  });

  afterAll(() => stack.disposeAsync());

  /** As certbot does it: a folder for each pair, and a link to the one that counts. */
  async function install(pair: { cert: string; private: string }, name: string) {
    const link = (file: string) => join(deployment.dir, file);
    for (const [file, pem] of [
      ['cert.pem', pair.cert],
      ['key.pem', pair.private],
    ] as const) {
      await writeFile(link(`${name}-${file}`), pem);
      await symlink(`${name}-${file}`, link(`next-${file}`));
      await rename(link(`next-${file}`), link(file));
    }
    return ['--cert', link('cert.pem'), '--key', link('key.pem')];
  }

  const args = (...tls: string[]) => ['ingress', '--config', deployment.configPath, '--redis-url', redis.url, ...tls];

  it('serves a renewed certificate of another kind without a restart', async () => {
    const [old, renewed] = [await make(), await make({ keyType: 'rsa' })];
    await using ingress = await startProcess({ args: args(...(await install(old, 'old'))) });
    expect(await served(ingress.url)).toBe(old.cert.trim());
    await install(renewed, 'renewed');
    await waitFor('the renewed certificate', async () => (await served(ingress.url)) === renewed.cert.trim(), {
      timeoutMs: 30_000,
    });
    expect((await ingress.request('/readyz')).status).toBe(200);
  });

  it.each([
    [
      'has expired',
      () => make({ notBeforeDate: new Date(Date.now() - 2 * dayMs), notAfterDate: new Date(Date.now() - dayMs) }),
      /the certificate expired at .*Renew it/,
    ],
    [
      'has another key',
      async () => ({ ...(await make()), private: (await make({ keyType: 'rsa' })).private }),
      /do not make a pair/,
    ],
  ])('does not start with a certificate that %s, and says so', async (what, pair, message) => {
    const { code, stdout, stderr } = await runOctoBots({ args: args(...(await install(await pair(), what))) });
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(message);
  });

  it('leaves TLS to a proxy that is trusted to say who sent a request, whatever the sender claims', async () => {
    await using ingress = await startProcess({ args: args('--tls', 'off') });
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9, 192.0.2.1' };
    expect((await ingress.request('/events', { method: 'POST', headers, body: '{}' })).status).toBe(401);
    expect(ingress.log().find(({ msg }) => msg === 'webhook refused')).toMatchObject({ remote: '192.0.2.1' });
  });

  it('makes a certificate of its own, tells who speaks plain HTTP so, and does not wait for who says nothing', async () => {
    await using ingress = await startProcess({ args: args('--tls', 'adhoc') });
    expect((await ingress.request('/healthz')).status).toBe(200);
    const plain = await fetch(`${ingress.url.replace('https:', 'http:')}/events`, { method: 'POST', body: '{}' });
    expect([plain.status, await plain.text()]).toEqual([400, expect.stringMatching(/^.{1,200}https:\/\/.{1,20}$/)]);
    const silent = connect(Number(new URL(ingress.url).port), '127.0.0.1').on('error', () => undefined);
    await once(silent, 'connect');
    ingress.kill('SIGTERM');
    expect(await ingress.exited).toEqual({ code: 0, signal: null });
  });
});
