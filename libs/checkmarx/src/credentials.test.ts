import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateAuthority, startCheckmarxOne, startCxSast, temporaryDirectory, waitFor } from '@octo-bots/testing';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { checkmarxCredentials } from './index.ts';
import { clientOf, connect, failureOf } from './test-support/harness.ts';

const { config, secrets } = checkmarxCredentials;
const cxSast = {
  username: 'octo',
  password: 'some-password',
  'client-secret': 'client-secret',
  'team-full-name': '/CxServer/Octo',
};
const oneTenant = { tenant: 'octo', 'iam-url': 'https://eu.iam.checkmarx.net' };
const oneByKey = { ...oneTenant, 'api-key': 'key' };
const oneByClient = { ...oneTenant, 'client-id': 'id', 'client-secret': 'secret' };

const holds = (given: object) => Value.Check(secrets, Value.Default(secrets, structuredClone(given)));

describe('the credentials', () => {
  it('of CxSAST need only what has no usual value', () => {
    expect(Value.Default(secrets, { ...cxSast })).toMatchObject({
      'grant-type': 'password',
      scope: 'sast_rest_api',
      'client-id': 'resource_owner_client',
    });
  });

  it.each([
    ['CxSAST', cxSast],
    ['Checkmarx One with an API key', oneByKey],
    ['Checkmarx One with an OAuth client', oneByClient],
  ])('of %s need all their keys', (_, whole) => {
    expect(holds(whole)).toBe(true);
    for (const key of Object.keys(whole)) {
      const without: Record<string, string> = { ...whole };
      delete without[key];
      expect(holds(without), key).toBe(false);
    }
  });

  it('are those of one server, logged in in one way', () => {
    expect(holds({ ...cxSast, ...oneByKey })).toBe(false);
    expect(holds({ ...oneByKey, ...oneByClient })).toBe(false);
  });

  it('take a URL with or without a slash at its end', () => {
    expect(Value.Decode(secrets, { ...oneByKey, 'iam-url': 'https://iam.example/' })).toEqual({
      ...oneByKey,
      'iam-url': 'https://iam.example',
    });
  });

  it('need the URL of a server', () => {
    expect(Value.Decode(config, { 'api-url': 'https://checkmarx.api.com/' })).toEqual({
      'api-url': 'https://checkmarx.api.com',
    });
    for (const wrong of ['checkmarx.api.com', 'ftp://checkmarx', 'https://me:hush@checkmarx.test', '', undefined]) {
      expect(Value.Check(config, { 'api-url': wrong }), String(wrong)).toBe(false);
    }
  });

  it('choose the product by their keys', async () => {
    await using cxSastServer = await startCxSast();
    await using oneServer = await startCheckmarxOne();
    expect((await clientOf(cxSastServer)).product).toBe('CxSAST');
    expect((await clientOf(oneServer)).product).toBe('Checkmarx One');
    expect((await clientOf({ url: oneServer.url, login: oneServer.clientLogin })).product).toBe('Checkmarx One');
  });
});

describe('a client', () => {
  const nowhere = { url: 'http://127.0.0.1:9', login: cxSast };

  it('has no say over webhooks, and asks nobody for a token before it is used', async () => {
    await using server = await startCxSast();
    const client = await connect(server);
    expect(await client.validateRequest({ headers: {}, body: new Uint8Array() })).toEqual({ accepted: true });
    expect(server.requests()).toEqual([]);
  });

  it('is valid for as long as was said', async () => {
    expect((await connect(nowhere)).isValid()).toBe(true);
    expect((await connect(nowhere, { validityMs: 0 })).isValid()).toBe(false);
  });
});

describe('the token of CxSAST', () => {
  it('is asked for as its documentation says', async () => {
    await using server = await startCxSast();
    await (await clientOf(server)).findProject('cat');
    const [first] = server.requests();
    expect(first?.headers['content-type']).toMatch('application/x-www-form-urlencoded');
    expect(first?.body).toEqual({
      username: server.login.username,
      password: server.login.password,
      grant_type: 'password',
      scope: 'sast_rest_api',
      client_id: 'resource_owner_client',
      client_secret: server.login['client-secret'],
    });
  });

  it('is renewed when it ends earlier than was said', async () => {
    await using server = await startCxSast({ quirks: { tokenLifeSeconds: 100, tokensEndEarly: 0.002 } });
    const checkmarx = await clientOf(server);
    await waitFor('a refused token', async () => {
      await checkmarx.findProject('cat');
      return server.requests().some(({ status }) => status === 401);
    });
  });

  it('tells that the login is wrong, without showing it', async () => {
    await using server = await startCxSast();
    const login = { ...server.login, password: 'wr0ng-w0rd' };
    const error = await failureOf((await clientOf({ url: server.url, login })).findProject('cat'));
    expect(error).toMatchObject({ code: 'CLIENT_AUTHENTICATION_FAILED', status: undefined });
    expect(String(error)).toContain('400 (invalid_grant); username, password and client of checkmarx-credentials');
    expect(String(error)).not.toContain('wr0ng-w0rd');
  });

  it('tells that api-url is no CxSAST server', async () => {
    await using server = await startCxSast();
    const elsewhere = { url: `${server.url}/portal`, login: server.login };
    expect(await failureOf((await clientOf(elsewhere)).findProject('cat'))).toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      message: expect.stringContaining('api-url must be that of a CxSAST 9.x server'),
    });
  });

  it('is asked for again after a failure', async () => {
    await using server = await startCxSast();
    server.answerWith({ path: /token$/, answer: { status: 503 } });
    const checkmarx = await clientOf(server, undefined, { limits: { retries: 0 } });
    expect(await failureOf(checkmarx.findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      retryable: true,
    });
    expect(await checkmarx.findProject('cat')).toBeUndefined();
  });
});

describe('a server with a certificate of a private authority', () => {
  it('is not tried with a file that cannot be read', async () => {
    await using server = await startCxSast();
    expect(await failureOf(connect(server, { certificatePath: '/none/ca.pem' }))).toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      message: expect.stringContaining('certificate-path: /none/ca.pem cannot be read'),
    });
  });

  it('is trusted with certificate-path, and not without', async () => {
    const { authority, tls } = await privateAuthority();
    await using directory = await temporaryDirectory();
    const certificatePath = join(directory.path, 'cacert.pem');
    await writeFile(certificatePath, authority);
    await using server = await startCxSast({ tls });
    const trusting = await clientOf(server, undefined, { certificatePath });
    expect(await trusting.createProject('cat')).toMatchObject({ name: 'cat' });
    const asked = server.requests().length;
    expect(await failureOf((await clientOf(server)).findProject('cat'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_FAILED',
      message: expect.stringContaining('certificate'),
    });
    expect(server.requests()).toHaveLength(asked);
  });
});
