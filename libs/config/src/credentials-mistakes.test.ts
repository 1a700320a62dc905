import { describe } from 'vitest';
import { head, privateKey, publicKey } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

function secretsFile(text: string) {
  return { files: { 'app.yml': text } };
}

const goodSecrets = 'app-id: 1\nclient-id: a\nclient-secret: b\nwebhook-secret: c\n';

describe('credentials', () => {
  const block = (text: string) => `settings: {}\ncredentials:\n${text}`;
  expectMessages([
    {
      title: 'are empty',
      main: block(''),
      messages: [
        'octo-bots.yml:2:1 "credentials" is empty; allowed: a map with one block for each kind of client; known: github-app-credentials, checkmarx-credentials. Add a block: without one no webhook can be verified.',
      ],
    },
    {
      title: 'have no block',
      main: 'settings: {}\ncredentials: {}\n',
      messages: [
        'octo-bots.yml:2:14 "credentials" is an empty map; allowed: a map with one block for each kind of client; known: github-app-credentials, checkmarx-credentials. Add a block: without one no webhook can be verified.',
      ],
    },
    {
      title: 'are unknown',
      main: block('  github-app-creds: {}\n  jira: {}\n'),
      messages: [
        'octo-bots.yml:3:3 unknown credentials "github-app-creds"; known: github-app-credentials, checkmarx-credentials. Did you mean github-app-credentials?',
        'octo-bots.yml:4:3 unknown credentials "jira"; known: github-app-credentials, checkmarx-credentials. Use one of these, or remove the block.',
      ],
    },
    {
      title: 'are a secret instead of a block',
      main: block('  github-app-credentials: hush\n'),
      messages: [
        'octo-bots.yml:3:27 "github-app-credentials" is a text; allowed: a map with the keys api-url, app-name, certificate-path, app-creds-path, app-id, client-id, client-secret, private-key-path, private-key, webhook-secret. Write one line "key: value" for each key, indented.',
      ],
    },
    {
      title: 'name no file',
      main: block('  github-app-credentials: {}\n'),
      messages: [
        'octo-bots.yml:3:27 "github-app-credentials" has no secrets; needed: "app-creds-path", or the keys app-id, client-id, client-secret, private-key-path, private-key, webhook-secret. Add "app-creds-path: …" with the path of the file that holds them.',
      ],
    },
    {
      title: 'misspell the key of the file',
      main: block('  github-app-credentials: { app-cred-path: app.yml }\n'),
      messages: [
        'octo-bots.yml:3:29 unknown key "app-cred-path" in "github-app-credentials"; known: api-url, app-name, certificate-path, app-creds-path, app-id, client-id, client-secret, private-key-path, private-key, webhook-secret. Did you mean app-creds-path?',
      ],
    },
    {
      title: 'have the file and secrets',
      main: block('  github-app-credentials: { app-creds-path: app.yml, client-secret: hush }\n'),
      messages: [
        'octo-bots.yml:3:54 "client-secret" stands beside "app-creds-path" (at octo-bots.yml:3:29); allowed: the secrets in one place, the file or this block. Remove the one or the other.',
      ],
    },
    {
      title: 'name a missing file',
      main: block('  github-app-credentials: { app-creds-path: creds/none.yml }\n'),
      messages: [
        'octo-bots.yml:3:45 "app-creds-path" names a path that does not exist (looked at creds/none.yml); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'name a directory',
      main: block('  github-app-credentials: { app-creds-path: keys }\n'),
      messages: [
        'octo-bots.yml:3:45 "app-creds-path" names a path that is a directory (looked at keys); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'name nothing',
      main: block('  github-app-credentials: { app-creds-path: }\n'),
      messages: [
        'octo-bots.yml:3:29 "app-creds-path" is empty; allowed: the path of a YAML file. Write the path, relative to this file.',
      ],
    },
    {
      title: 'have a URL with a password',
      main: block('  github-app-credentials: { api-url: "https://me:hush@x.example", app-creds-path: app.yml }\n'),
      messages: ['octo-bots.yml:3:38 "api-url" is "https://…@x.example"; allowed: an http(s) URL. Write such a text.'],
    },
    {
      title: 'have a certificate that is none',
      main: block('  github-app-credentials: { certificate-path: keys/app.pem, app-creds-path: app.yml }\n'),
      messages: [
        'octo-bots.yml:3:47 "certificate-path" holds no certificate (looked at keys/app.pem); allowed: one or more certificates in PEM form. Name a file that starts with -----BEGIN CERTIFICATE-----.',
      ],
    },
    {
      title: 'have a certificate that is missing',
      main: block('  github-app-credentials: { certificate-path: ca.pem, app-creds-path: app.yml }\n'),
      messages: [
        'octo-bots.yml:3:47 "certificate-path" names a path that does not exist (looked at ca.pem); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'are incomplete in the main file',
      main: block('  github-app-credentials: { app-id: 1, client-id: a, client-secret: hush, private-key: hush }\n'),
      messages: [
        'octo-bots.yml:3:27 "github-app-credentials" has no "webhook-secret"; needed: a secret string, or a list of secret strings, each another. Add "webhook-secret: …".',
        'octo-bots.yml:3:88 "private-key" holds no private key; allowed: a private key in PEM form, without a passphrase. Paste the whole key after "|", each line indented, from -----BEGIN to -----END.',
      ],
    },
    {
      title: 'are incomplete in their file',
      ...secretsFile('app-id: one\nclient-secret: 12345678\nwebhook-secret: [hush, [hush]]\n'),
      messages: [
        'app.yml:1:1 the file of "github-app-credentials" has no "client-id"; needed: a text that is not empty. Add "client-id: …".',
        'app.yml:1:9 "app-id" is a text; allowed: the number of a GitHub App. Write such a value.',
        'app.yml:2:16 "client-secret" is a number; allowed: a secret string. Put it in quotes, so that it is a text.',
        'app.yml:3:24 an item of "webhook-secret" is a list; allowed: a secret string. Write such a text.',
      ],
    },
    ...(
      [
        ['an empty text', "''", '5:17 "webhook-secret" is an empty text', 'Fill it in.'],
        ['an empty list', '[]', '5:17 "webhook-secret" is an empty list', 'Add an item.'],
        ['the same secret twice', '[hush, hush]', '5:17 "webhook-secret" is a list', 'Change the list.'],
        ['a map', '{ hush: hush }', '5:17 "webhook-secret" is a map', 'Write a list: one line "- …" for each item.'],
      ] as const
    ).map(([what, yaml, arrived, advice]) => ({
      title: `have ${what} as webhook secret`,
      ...secretsFile(
        `app-id: 1\nclient-id: a\nclient-secret: b\nprivate-key-path: keys/app.pem\nwebhook-secret: ${yaml}\n`,
      ),
      messages: [`app.yml:${arrived}; allowed: a secret string, or a list of secret strings, each another. ${advice}`],
    })),
    {
      title: 'have an empty item among the webhook secrets',
      ...secretsFile(
        `${goodSecrets.replace('webhook-secret: c', "webhook-secret: [hush, '']")}private-key-path: keys/app.pem\n`,
      ),
      messages: ['app.yml:4:24 an item of "webhook-secret" is an empty text; allowed: a secret string. Fill it in.'],
    },
    {
      title: 'have a text as their file',
      ...secretsFile('hush\n'),
      messages: [
        'app.yml:1:1 the file of "github-app-credentials" is a text; allowed: a map with the keys app-id, client-id, client-secret, private-key-path, private-key, webhook-secret. Write a map: one line "key: value" for each key.',
      ],
    },
    {
      title: 'have unknown keys',
      ...secretsFile(`${goodSecrets}private-key-pth: x\nhush-hush: hush\n`),
      messages: [
        'app.yml:5:1 unknown key "private-key-pth" in the file of "github-app-credentials"; known: app-id, client-id, client-secret, private-key-path, private-key, webhook-secret. Did you mean private-key-path?',
        'app.yml:6:1 unknown key in the file of "github-app-credentials"; known: app-id, client-id, client-secret, private-key-path, private-key, webhook-secret. Remove it.',
      ],
    },
    {
      title: 'have broken YAML',
      ...secretsFile('client-secret:hush\nwebhook-secret: hush\n'),
      messages: [
        'app.yml:1:1 a text over several lines stands where a key is expected; allowed: "key: value", with a space after the colon. Add the space after the colon, or write "key: |" and indent the lines of the text below it.',
      ],
    },
    {
      title: 'have a key in the place of its path',
      ...secretsFile(`${goodSecrets}private-key-path: |\n${privateKey.replaceAll(/^/gm, '  ')}\n`),
      messages: [
        'app.yml:5:19 "private-key-path" holds the content of a file; allowed: the path of a readable file, relative to the file that names it. Put the content in a file of its own, and write its path.',
      ],
    },
    {
      title: 'have no private key',
      ...secretsFile(goodSecrets),
      messages: [
        'app.yml:1:1 the file of "github-app-credentials" has the keys app-id, client-id, client-secret and webhook-secret; allowed: exactly one of private-key-path and private-key. Change its keys.',
      ],
    },
    {
      title: 'have a missing key',
      ...secretsFile(`${goodSecrets}private-key-path: none.pem\n`),
      messages: [
        'app.yml:5:19 "private-key-path" names a path that does not exist (looked at none.pem); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'have a public key',
      ...secretsFile(`${goodSecrets}private-key-path: keys/public.pem\n`),
      messages: [
        'app.yml:5:19 "private-key-path" holds a public key, not the private one (looked at keys/public.pem); allowed: a private key in PEM form, without a passphrase. Use the .pem file that was downloaded when the key was made, whole.',
      ],
    },
    {
      title: 'have a certificate as key',
      ...secretsFile(`${goodSecrets}private-key-path: keys/ca.pem\n`),
      messages: [
        'app.yml:5:19 "private-key-path" holds a certificate, not a private key (looked at keys/ca.pem); allowed: a private key in PEM form, without a passphrase. Use the .pem file that was downloaded when the key was made, whole.',
      ],
    },
    {
      title: 'have a damaged key',
      files: { 'keys/app.pem': privateKey.replace(/\n.*\n/, '\n') },
      messages: [
        'app.yml:4:19 "private-key-path" holds a private key that is damaged (looked at keys/app.pem); allowed: a private key in PEM form, without a passphrase. Use the .pem file that was downloaded when the key was made, whole.',
      ],
    },
    {
      title: 'have an empty key',
      files: { 'keys/app.pem': '\n' },
      messages: [
        'app.yml:4:19 "private-key-path" holds nothing (looked at keys/app.pem); allowed: a private key in PEM form, without a passphrase. Use the .pem file that was downloaded when the key was made, whole.',
      ],
    },
    {
      title: 'have a public key in the place of the private one',
      ...secretsFile(`${goodSecrets}private-key: ${JSON.stringify(publicKey)}\n`),
      messages: [
        'app.yml:5:14 "private-key" holds a public key, not the private one; allowed: a private key in PEM form, without a passphrase. Paste the whole key after "|", each line indented, from -----BEGIN to -----END.',
      ],
    },
    {
      title: 'make no client that an operation needs',
      main: `${head}jobs: [{ name: x, every: 1 hour, operations: [checkmarx-cleanup] }]\n`,
      messages: [
        'octo-bots.yml:5:47 "checkmarx-cleanup" needs the client "checkmarx", and no credentials make it; credentials that make it: checkmarx-credentials. Add "checkmarx-credentials" under "credentials" of the main file, or remove "checkmarx-cleanup".',
      ],
    },
  ]);
});

describe('credentials that have several ways to be written', () => {
  const main = `settings: {}
credentials:
  github-app-credentials: { app-creds-path: app.yml }
  checkmarx-credentials: { api-url: https://checkmarx.example, creds-path: cx.yml }
`;
  const cxSast = 'username: me\npassword: hush\nclient-secret: hush\nteam-full-name: /CxServer/Octo\n';
  const one = 'tenant: octo\niam-url: https://iam.example\n';
  const way = (title: string, text: string, ...messages: string[]) => ({
    title,
    main,
    files: { 'cx.yml': text },
    messages,
  });
  expectMessages([
    way('are good in the first way', cxSast),
    way('are good in the second way', `${one}api-key: hush\n`),
    way('are good in the third way', `${one}client-id: me\nclient-secret: hush\n`),
    way(
      'lack a key of the way that most keys are of',
      cxSast.replace('client-secret: hush\n', ''),
      'cx.yml:1:1 the file of "checkmarx-credentials" has no "client-secret"; needed: a secret string. Add "client-secret: …".',
    ),
    way(
      'lack a key that tells the way',
      one,
      'cx.yml:1:1 the file of "checkmarx-credentials" has no "api-key"; needed: a secret string. Add "api-key: …".',
    ),
    way(
      'have a key of another way',
      `${cxSast}tenant: octo\n`,
      'cx.yml:5:1 "tenant" does not go with the other keys of the file of "checkmarx-credentials"; allowed beside them: username, password, grant-type, scope, client-id, client-secret, team-full-name. Remove it, or remove the others.',
    ),
    way(
      'log in twice',
      `${one}client-id: me\nclient-secret: hush\napi-key: hush\n`,
      'cx.yml:5:1 "api-key" does not go with the other keys of the file of "checkmarx-credentials"; allowed beside them: tenant, iam-url, client-id, client-secret. Remove it, or remove the others.',
    ),
    way(
      'misspell a key',
      `${one.replace('iam-url', 'iam-urls')}api-key: hush\n`,
      'cx.yml:2:1 unknown key "iam-urls" in the file of "checkmarx-credentials"; known: tenant, iam-url, api-key. Did you mean iam-url?',
    ),
    way(
      'have a pasted secret for a key',
      `${one}api-key: hush\nq7x9: hush\n`,
      'cx.yml:4:1 unknown key in the file of "checkmarx-credentials"; known: tenant, iam-url, api-key. Remove it.',
    ),
    {
      title: 'stand in the block itself, as a mixture',
      main: `${main.replace(', creds-path: cx.yml', ', tenant: octo, iam-url: "https://iam.example", api-key: hush, username: me')}`,
      messages: [
        'octo-bots.yml:4:125 "username" does not go with the other keys of "checkmarx-credentials"; allowed beside them: tenant, iam-url, api-key. Remove it, or remove the others.',
      ],
    },
  ]);
});
