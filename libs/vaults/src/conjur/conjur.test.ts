import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type Log, silentLog, type Vault } from '@octo-bots/core';
import { privateAuthority, startConjur, type TestConjur, temporaryDirectory } from '@octo-bots/testing';
import { Value } from 'typebox/value';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { conjur } from './conjur.ts';

const login = 'host/octo-bots';
const apiKey = 'an-api-key';

function connect(server: Pick<TestConjur, 'url' | 'account'>, keys: object, log: Log = silentLog): Vault {
  const config = { 'api-url': `${server.url}/`, account: server.account, ...keys };
  return conjur.create({ config: Value.Decode(conjur.config, config), log });
}

describe('a variable of Conjur', () => {
  const variables = {
    'team/app/webhook-secret': 'it is a secret',
    empty: undefined,
    hidden: 'x',
    odd: 'a\nb€',
    'a picture': Buffer.from([0x89, 0xff]),
  };
  let server: TestConjur;
  let vault: Vault;

  beforeEach(async () => {
    await server?.[Symbol.asyncDispose]();
    server = await startConjur({ hosts: { [login]: apiKey }, variables, forbidden: ['hidden'] });
    // As it comes out of a file.
    vault = connect(server, { login, 'api-key': `${apiKey}\n` });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it('is read as it is now, with one login for many', async () => {
    const paths = ['team/app/webhook-secret', 'odd', 'team/app/webhook-secret'];
    expect(await Promise.all(paths.map((path) => vault.read(path)))).toEqual([
      'it is a secret',
      'a\nb€',
      'it is a secret',
    ]);
    server.setVariable('odd', 'rotated');
    expect(await vault.read('odd')).toBe('rotated');
    expect(server.requests().filter(({ method }) => method === 'POST')).toEqual([
      { method: 'POST', path: '/authn/octo/host%2Focto-bots/authenticate', status: 200 },
    ]);
    expect(server.requests().at(-1)?.path).toBe('/secrets/octo/variable/odd');
  });

  it('is read with a new token when the old one has ended', async () => {
    await vault.read('odd');
    server.expireTokens();
    expect(await vault.read('odd')).toBe('a\nb€');
    expect(server.requests().map(({ status }) => status)).toEqual([200, 200, 401, 200, 200]);
  });

  it('is read again once Conjur is back', async () => {
    await server.stop();
    const error = await vault.read('odd').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    // Runs that need it come back by themselves, without burning an attempt.
    expect(error).toHaveProperty('resumeAt', expect.any(Number));
    await server.start();
    expect(await vault.read('odd')).toBe('a\nb€');
  });

  it.each([
    ['was never given a value', 'empty', 404, 'correct the path or load the policy'],
    ['is not there', 'team/app/webhook-secrets', 404, 'correct the path or load the policy'],
    ['may not be read by this host', 'hidden', 403, 'its policy must permit'],
  ])('that %s is refused, and the message says what to do', async (_what, path, status, advice) => {
    await expect(vault.read(path)).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      status,
      message: expect.stringMatching(new RegExp(`${status} to the secret "${path}"; .*${advice}`)),
    });
  });

  it('that is no text is refused, since it would be another one', async () => {
    await expect(vault.read('a picture')).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      message: expect.stringContaining('"a picture" of Conjur at'),
    });
  });

  it('is not given for a wrong key; the key is in no message and no log', async () => {
    const lines: unknown[] = [];
    const note = (fields: object, message: string) => void lines.push(fields, message);
    const wrong = connect(
      server,
      { login, 'api-key': 'a-wrong-key' },
      { debug: note, info: note, warn: note, error: note },
    );
    const error = await wrong.read('odd').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'SECRET_REFUSED', status: 401, message: expect.stringContaining('api-key') });
    await connect(server, { login, 'api-key': apiKey }, { debug: note, info: note, warn: note, error: note }).read(
      'odd',
    );
    expect(lines).not.toEqual([]);
    expect(JSON.stringify([error, String(error), lines])).not.toMatch(/a-wrong-key|an-api-key|a\\nb€/);
  });
});

describe('a login with the token of a platform', () => {
  const serviceId = 'our/cluster';

  it('reads the token anew at each login', async () => {
    await using directory = await temporaryDirectory();
    await using server = await startConjur({ tokens: { [serviceId]: ['first'] }, variables: { v: 'value' } });
    const path = join(directory.path, 'token');
    await writeFile(path, 'first\n');
    const vault = connect(server, { 'jwt-service-id': serviceId, 'jwt-path': path });
    expect(await vault.read('v')).toBe('value');
    expect(server.requests()[0]?.path).toBe('/authn-jwt/our%2Fcluster/octo/authenticate');
    server.expireTokens();
    server.setTokens(serviceId, ['second']);
    await expect(vault.read('v')).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      message: expect.stringContaining('jwt-path'),
    });
    await writeFile(path, 'second\n');
    expect(await vault.read('v')).toBe('value');
  });

  it('names its host where the token does not', async () => {
    await using directory = await temporaryDirectory();
    await using server = await startConjur({ tokens: { k8s: ['jwt'] }, variables: { v: 'value' } });
    await writeFile(join(directory.path, 'token'), 'jwt');
    const keys = {
      'jwt-service-id': 'k8s',
      'jwt-path': join(directory.path, 'token'),
      'jwt-host': 'host/apps/octo-bots',
    };
    expect(await connect(server, keys).read('v')).toBe('value');
    expect(server.requests()[0]?.path).toBe('/authn-jwt/k8s/octo/host%2Fapps%2Focto-bots/authenticate');
  });

  it('says when there is no token', async () => {
    await using server = await startConjur();
    const vault = connect(server, { 'jwt-service-id': 'k8s', 'jwt-path': '/nowhere/token' });
    await expect(vault.read('v')).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      message: expect.stringContaining('/nowhere/token'),
    });
  });
});

describe('a Conjur with a certificate of a private authority', () => {
  it('is trusted with certificate-path, and not without', async () => {
    await using directory = await temporaryDirectory();
    await using server = await startConjur({ hosts: { [login]: apiKey }, variables: { v: 'value' }, tls: true });
    const certificatePath = join(directory.path, 'ca.pem');
    await writeFile(certificatePath, server.authority);
    const keys = { login, 'api-key': apiKey };
    expect(await connect(server, { ...keys, 'certificate-path': certificatePath }).read('v')).toBe('value');
    await expect(connect(server, keys).read('v')).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: expect.stringMatching(/UNABLE_TO_VERIFY|SELF_SIGNED/),
    });
  });
});

describe('something else at the address of Conjur', () => {
  async function answering(answer: (response: ServerResponse) => void) {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url);
      answer(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    const url = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`;
    const stop = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { url, account: 'octo', seen, [Symbol.asyncDispose]: stop };
  }

  const token = JSON.stringify({ protected: 'e30=', payload: 'e30=', signature: 'c2lnbmVk' });
  const encoded = Buffer.from(token).toString('base64');

  it.each([
    ['as JSON', `${token}\n`],
    ['in lines', `${encoded.slice(0, 20)}\n${encoded.slice(20)}\n`],
  ])('that gives its token %s is an old Conjur', async (_what, answer) => {
    await using server = await answering((response) => {
      const { method, headers } = response.req;
      response.end(method === 'POST' ? answer : headers.authorization);
    });
    expect(await connect(server, { login, 'api-key': apiKey }).read('v')).toBe(`Token token="${encoded}"`);
  });

  it.each([
    ['answers a login with a page', 200, 'SECRET_UNAVAILABLE'],
    ['knows nothing of logins', 404, 'SECRET_REFUSED'],
  ])('that %s lets the message name api-url, and is not quoted', async (_what, status, code) => {
    await using server = await answering((response) => void response.writeHead(status).end('<html>\n</html>'));
    const error = await connect(server, { login, 'api-key': apiKey })
      .read('v')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code, message: expect.stringContaining('api-url must be where') });
    expect(inspect(error)).not.toContain('html');
    expect(server.seen).toHaveLength(1);
  });

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['breaks off its answer', 'UND_ERR_SOCKET', (response) => void response.write('{', () => response.destroy())],
    ['never answers', 'TimeoutError', () => undefined],
  ])('that %s is out of reach', async (_what, reason, answer) => {
    await using server = await answering((response) => {
      response.writeHead(200, { 'content-length': 100 });
      answer(response);
    });
    await expect(connect(server, { login, 'api-key': apiKey }).read('v')).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
      message: expect.stringContaining(`did not answer (${reason})`),
    });
  });

  it('does not get the key by a redirect', async () => {
    await using other = await answering((response) => void response.end());
    await using server = await answering((response) => void response.writeHead(307, { location: other.url }).end());
    await expect(connect(server, { login, 'api-key': apiKey }).read('v')).rejects.toMatchObject({
      code: 'SECRET_REFUSED',
      message: expect.stringContaining('answered 307 to our login; redirects are not followed'),
    });
    expect(other.seen).toEqual([]);
  });
});

describe('a certificate file that is missing or of another authority for a while', () => {
  it('does not keep secrets away for good', async () => {
    await using directory = await temporaryDirectory();
    await using server = await startConjur({ hosts: { [login]: apiKey }, variables: { v: 'value' }, tls: true });
    const certificatePath = join(directory.path, 'ca.pem');
    const vault = connect(server, { login, 'api-key': apiKey, 'certificate-path': certificatePath });
    await expect(vault.read('v')).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
    await writeFile(certificatePath, (await privateAuthority()).authority);
    await expect(vault.read('v')).rejects.toMatchObject({ code: 'SECRET_UNAVAILABLE' });
    await writeFile(certificatePath, server.authority);
    expect(await vault.read('v')).toBe('value');
  });
});

describe('the block conjur', () => {
  const base = { 'api-url': 'https://conjur.example.com', account: 'octo' };

  it.each([
    ['no login', {}],
    ['half a login', { login }],
    ['half a token', { 'jwt-path': '/token' }],
    ['both', { login, 'api-key': apiKey, 'jwt-service-id': 'k8s', 'jwt-path': '/token' }],
    ['a host for a login with a key', { login, 'api-key': apiKey, 'jwt-host': 'h' }],
  ])('is refused with %s', (_what, keys) => {
    const [error] = Value.Errors(conjur.config, { ...base, ...keys });
    expect(error?.message).toBe('either login and api-key, or jwt-service-id and jwt-path');
  });
});
