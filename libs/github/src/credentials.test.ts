import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { silentLog } from '@octo-bots/core';
import { temporaryDirectory } from '@octo-bots/testing';
import { sign } from '@octokit/webhooks-methods';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { githubAppCredentials } from './index.ts';

const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

/** As in the document of Octo Bots, decoded from YAML. */
const documented = {
  'app-id': 1,
  'client-id': 'some_client_id',
  'client-secret': 'some_client_secret',
  'private-key-path': '/some/path/to/app/key',
  'webhook-secret': 'some_webhook_secret',
};
const { config, secrets } = githubAppCredentials;

function problemsOf(value: unknown): string[] {
  return [...Value.Errors(secrets, value)].map((error) => `${error.instancePath} ${error.message}`);
}

describe('the credentials file', () => {
  it('of the document loads as it is', () => {
    expect(problemsOf(documented)).toEqual([]);
  });

  it('may give the App ID as a string of digits, as an environment variable does', () => {
    expect(Value.Decode(secrets, { ...documented, 'app-id': '123' })).toMatchObject({ 'app-id': 123 });
  });

  it.each([0, -1, 1.5, '', 'abc', '1 2', '0x1'])('refuses %j as an App ID', (id) => {
    expect(problemsOf({ ...documented, 'app-id': id })).not.toEqual([]);
  });

  it('may hold the private key itself', () => {
    const { 'private-key-path': _path, ...rest } = documented;
    expect(problemsOf({ ...rest, 'private-key': pem })).toEqual([]);
  });

  it('needs exactly one of the two forms of the private key', () => {
    const { 'private-key-path': _path, ...neither } = documented;
    const problem = [' exactly one of private-key-path and private-key'];
    expect(problemsOf(neither)).toEqual(problem);
    expect(problemsOf({ ...documented, 'private-key': pem })).toEqual(problem);
  });

  it('needs a webhook secret: without one, anybody could send events', () => {
    const { 'webhook-secret': _secret, ...without } = documented;
    expect(problemsOf(without)).not.toEqual([]);
    expect(problemsOf({ ...documented, 'webhook-secret': '' })).not.toEqual([]);
    expect(problemsOf({ ...documented, 'webhook-secret': null })).not.toEqual([]);
  });

  it('may hold several live webhook secrets, each another, none empty', () => {
    expect(problemsOf({ ...documented, 'webhook-secret': ['new', 'old'] })).toEqual([]);
    for (const secrets of [[], [''], ['new', ''], ['same', 'same'], ['new', 1], [['new']]]) {
      expect(problemsOf({ ...documented, 'webhook-secret': secrets })).not.toEqual([]);
    }
  });

  it('takes no keys that it does not know', () => {
    expect(problemsOf({ ...documented, 'webhook-secert': 'x' })).not.toEqual([]);
  });
});

describe('the block in the main file', () => {
  it.each([
    ['https://api.github.com', 'https://api.github.com'],
    ['https://ghes.example/api/v3', 'https://ghes.example/api/v3'],
    ['https://ghes.example/api/v3/', 'https://ghes.example/api/v3'],
    ['http://127.0.0.1:4000//', 'http://127.0.0.1:4000'],
  ])('takes %s as an API', (given, meant) => {
    expect(Value.Decode(config, { 'api-url': given })).toEqual({ 'api-url': meant });
  });

  it('means github.com when it names no API', () => {
    expect(Value.Decode(config, Value.Default(config, {}))).toEqual({ 'api-url': 'https://api.github.com' });
  });

  it.each([
    'api.github.com',
    'ftp://api.github.com',
    '',
    'https://user:pass@host',
    'https://host?a=b',
    'https://host#a',
    5,
  ])('refuses %j as an API', (given) => {
    expect(Value.Check(config, { 'api-url': given })).toBe(false);
  });
});

describe('a client', () => {
  const base = { 'app-id': 1, 'client-id': 'id', 'client-secret': 'secret', 'webhook-secret': 'hook' };
  const create = (given: object, block: object = {}) =>
    githubAppCredentials
      .create({ config: { 'api-url': 'http://127.0.0.1:9', ...block }, secrets: { ...base, ...given }, log: silentLog })
      .createAuthenticatedClient(60_000);

  it('is made from a key in a file, in the configuration, or on one line with \\n', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'app.pem');
    await writeFile(path, pem);
    for (const given of [
      { 'private-key-path': path },
      { 'private-key': pem },
      { 'private-key': pem.replaceAll('\n', '\\n') },
    ]) {
      expect((await create(given)).type).toBe('github');
    }
  });

  it('takes webhooks of every live secret, and none of one that was taken out', async () => {
    const body = new TextEncoder().encode('{}');
    const signedBy = async (secret: string) => ({
      headers: { 'x-hub-signature-256': await sign(secret, '{}') },
      body,
    });
    const during = await create({ 'private-key': pem, 'webhook-secret': ['new', 'old'] });
    expect(await during.validateRequest(await signedBy('old'))).toEqual({ accepted: true });
    expect(await during.validateRequest(await signedBy('new'))).toEqual({ accepted: true });
    expect((await during.validateRequest(await signedBy('other'))).accepted).toBe(false);
    const after = await create({ 'private-key': pem, 'webhook-secret': ['new'] });
    expect((await after.validateRequest(await signedBy('old'))).accepted).toBe(false);
    expect(inspect(during, { depth: 10, showHidden: true })).not.toMatch(/'(new|old)'/);
  });

  it('is made without asking GitHub, and is valid for as long as was said', async () => {
    expect((await create({ 'private-key': pem })).isValid()).toBe(true);
    const brief = await githubAppCredentials
      .create({ config: { 'api-url': 'http://127.0.0.1:9' }, secrets: { ...base, 'private-key': pem }, log: silentLog })
      .createAuthenticatedClient(0);
    expect(brief.isValid()).toBe(false);
  });

  it('is not made from what is no private key, and the error does not show it', async () => {
    const error = await create({ 'private-key': 'my-own-words' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CLIENT_AUTHENTICATION_FAILED' });
    expect(String(error)).not.toContain('my-own-words');
    await expect(create({ 'private-key-path': '/nowhere/app.pem' })).rejects.toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      message: expect.stringContaining('/nowhere/app.pem'),
    });
  });

  it('is not made when the certificate cannot be read', async () => {
    const made = create({ 'private-key': pem }, { 'certificate-path': '/nowhere/ca.pem' });
    await expect(made).rejects.toMatchObject({ message: expect.stringContaining('/nowhere/ca.pem') });
  });
});
