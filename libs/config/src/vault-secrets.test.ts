import { defineVault, OctoError, Options, Secret } from '@octo-bots/core';
import { describe, expect, test } from 'vitest';
import { head, load, privateKey, writeFiles } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

const vaults = 'vaults:\n  safe:\n    combination: right\n';
const fromSafe = `app-id: !safe app/id
client-id: i
client-secret: !safe app/client-secret
private-key: !safe app/key
webhook-secret: [!safe app/webhook-secret, a-second-one]
`;

/** A vault that is a map, and credentials that show what they were made with. */
function safe(secrets: Map<string, string>) {
  const vault = defineVault({
    type: 'safe',
    summary: 'For tests: a map.',
    config: Options({ combination: Secret({ description: 'What opens it.' }) }),
    connect: () => ({
      read: async (path) => {
        const secret = secrets.get(path);
        if (secret !== undefined) return secret;
        throw new OctoError('SECRET_REFUSED', `there is no ${path}`);
      },
    }),
  });
  return { vaults: [vault] };
}

const good = () =>
  new Map([
    ['app/id', '17'],
    ['app/client-secret', '12345\n'],
    ['app/key', privateKey],
    ['app/webhook-secret', 'first'],
  ]);

/** @returns what the credentials are made with, each time that a client is made. */
async function credentialsWith(secrets: Map<string, string>) {
  await using directory = await writeFiles({ 'octo-bots.yml': `${head}${vaults}`, 'app.yml': fromSafe });
  const result = await load(directory, { extensions: safe(secrets) });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const [credentials] = result.deployment.credentials;
  if (credentials === undefined) throw new Error('there are no credentials');
  return async (): Promise<unknown> => {
    // The credentials for tests make no client: they reject with what they were made with.
    const reason: unknown = await credentials.createAuthenticatedClient(1000).catch((error: unknown) => error);
    if (reason instanceof OctoError || !(reason instanceof Error)) throw reason;
    return JSON.parse(reason.message);
  };
}

describe('a secret of a vault', () => {
  test('is put in where its tag stands, as what is needed there', async () => {
    const make = await credentialsWith(good());
    expect(await make()).toMatchObject({
      secrets: {
        'app-id': '17',
        'client-secret': '12345',
        'private-key': privateKey.trimEnd(),
        'webhook-secret': ['first', 'a-second-one'],
      },
    });
  });

  test('is fetched for each client, so that a rotated one needs no restart', async () => {
    const secrets = good();
    const make = await credentialsWith(secrets);
    await make();
    secrets.set('app/webhook-secret', 'rotated');
    expect(await make()).toMatchObject({ secrets: { 'webhook-secret': ['rotated', 'a-second-one'] } });
  });

  test('may be the same as another of its list for a while', async () => {
    const secrets = good();
    secrets.set('app/webhook-secret', 'a-second-one');
    const make = await credentialsWith(secrets);
    expect(await make()).toMatchObject({ secrets: { 'webhook-secret': ['a-second-one'] } });
  });

  test('stands in each way to write credentials that have several', async () => {
    const checkmarx = '  checkmarx-credentials: { api-url: "https://cx", creds-path: cx.yml }\n';
    await using directory = await writeFiles({
      'octo-bots.yml': `${head}${checkmarx}${vaults}`,
      'cx.yml': 'tenant: octo\niam-url: https://iam\napi-key: !safe cx/key\n',
    });
    const result = await load(directory, { extensions: safe(new Map([['cx/key', 'k']])) });
    const credentials = result.ok ? result.deployment.credentials.at(-1) : undefined;
    const made: unknown = await credentials
      ?.createAuthenticatedClient(1000)
      .catch(({ message }: Error) => JSON.parse(message));
    expect(made).toMatchObject({ secrets: { tenant: 'octo', 'iam-url': 'https://iam', 'api-key': 'k' } });
  });

  test('that does not fit where it stands is refused by its place, without being shown', async () => {
    const secrets = good();
    secrets.set('app/id', 'hidden-id');
    secrets.set('app/key', 'hidden-key');
    const make = await credentialsWith(secrets);
    const error = await make().catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'SECRET_REFUSED',
      message: expect.stringMatching(/app\.yml:1:15 "app-id" .*app\.yml:4:20 "private-key" /),
    });
    expect(String(error)).not.toMatch(/hidden/);
  });

  test('that the vault does not have is what the vault says', async () => {
    const secrets = good();
    secrets.delete('app/key');
    const make = await credentialsWith(secrets);
    await expect(make()).rejects.toMatchObject({ code: 'SECRET_REFUSED', message: 'there is no app/key' });
  });
});

describe('tags and blocks of vaults', () => {
  const extensions = safe(new Map());
  expectMessages([
    {
      title: 'stand where there is no vault',
      extensions,
      files: { 'app.yml': fromSafe.replace('!safe app/id', '1').replace('!safe app/key', '!safe ""') },
      messages: ['client-secret', 'private-key', 'webhook-secret'].map((key) => {
        const place = { 'client-secret': '3:22', 'private-key': '4:20', 'webhook-secret': '5:24' }[key];
        const name = key === 'webhook-secret' ? `an item of "${key}"` : `"${key}"`;
        return `app.yml:${place} ${name} is a secret of a vault (!safe), and the main file has no "safe" under "vaults"; allowed: the vaults that are configured (none). Add "safe:" under "vaults" of the main file.`;
      }),
    },
    {
      title: 'stand where a file is named, or name nothing',
      extensions,
      main: `${head}${vaults}`,
      files: {
        'app.yml': 'app-id: 1\nclient-id: i\nclient-secret: !safe\nprivate-key-path: !safe key\nwebhook-secret: w\n',
      },
      messages: [
        'app.yml:3:21 "client-secret" is a secret of a vault (!safe) without its path; allowed: "!safe path/of/variable". Write the path of the secret after the tag.',
        'app.yml:4:25 "private-key-path" is a secret of a vault (!safe); allowed: the path of a file. Use the key that takes the secret itself, such as private-key instead of private-key-path.',
      ],
    },
    {
      title: 'stand where no secret is read',
      extensions,
      main: `${head.replace('settings: {}', 'settings:\n  bots-endpoint: !safe x')}${vaults}`,
      messages: [
        'octo-bots.yml:2:24 "bots-endpoint" is a secret of a vault (!safe); allowed: such a secret among the secrets of credentials. Write the value itself, or "${' +
          'NAME}" for an environment variable.',
      ],
    },
    {
      title: 'are of a vault that is not known',
      extensions,
      main: `${head}vaults:\n  saef: {}\n`,
      files: { 'app.yml': fromSafe.replaceAll('!safe', '!save') },
      messages: [
        'octo-bots.yml:6:3 unknown vault "saef"; known: safe. Did you mean safe?',
        ...['1:9', '3:16', '4:14', '5:18'].map(
          (place) =>
            `app.yml:${place} a value has a tag ("!…") that is not known here; allowed: values without a tag. Remove the tag, or put the value in quotes if it starts with "!".`,
        ),
      ],
    },
    {
      title: 'are no map, or have wrong keys',
      extensions,
      main: `${head}vaults: [safe]\n`,
      messages: [
        'octo-bots.yml:5:9 "vaults" is a list; allowed: a map with one block for each vault; known: safe. Write "conjur:", and its keys indented below it.',
      ],
    },
  ]);
});
