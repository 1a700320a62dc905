import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  type CredentialsDeclaration,
  defineCredentials,
  FilePath,
  OctoError,
  Options,
  Secret,
  Secrets,
  secretsOf,
} from '@octo-bots/core';
import { type Static, Type } from 'typebox';
import { createApp } from './app.ts';
import { GitHubAppClient } from './client.ts';
import { type RequestLimits, usualLimits } from './limits.ts';
import { createTransport, trustedAuthorities } from './transport.ts';

const urlExpectation =
  'the http(s) URL of a GitHub API, such as "https://api.github.com" or "https://ghes.example/api/v3"';

/** A URL without a slash at its end for us; with or without in YAML. */
const apiUrl = Type.Codec(
  Type.Refine(
    Type.String({
      default: 'https://api.github.com',
      description: 'The API of GitHub, or of a GitHub Enterprise Server.',
      'x-expects': urlExpectation,
    }),
    isApiUrl,
    () => urlExpectation,
  ),
)
  .Decode((url) => url.replace(/\/+$/, ''))
  .Encode((url) => url);

function isApiUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const bare = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return (url.protocol === 'https:' || url.protocol === 'http:') && bare;
}

const idExpectation = 'the number of a GitHub App, such as 123456';
const appId = Type.Codec(
  Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[1-9][0-9]*$' })], {
    description: 'The App ID, from the settings of the App.',
    'x-expects': idExpectation,
  }),
)
  .Decode((value) => Number(value))
  .Encode((value) => value);

const keyExpectation = 'exactly one of private-key-path and private-key';
const keys = Options({
  'app-id': appId,
  'client-id': Type.String({
    minLength: 1,
    description: 'The Client ID, from the settings of the App.',
    'x-expects': 'the Client ID of the App',
  }),
  'client-secret': Secret({ description: 'A client secret of the App.' }),
  'private-key-path': Type.Optional(
    FilePath({ contains: 'private-key', description: 'The private key of the App, as GitHub gave it (.pem).' }),
  ),
  'private-key': Type.Optional(
    Secret({ contains: 'private-key', description: 'The private key itself, instead of its path.' }),
  ),
  'webhook-secret': Secrets({
    description: 'The secret that GitHub signs webhooks with; a list while one takes over from another.',
  }),
});
const secrets = Type.Refine(
  keys,
  (value) => (value['private-key-path'] === undefined) !== (value['private-key'] === undefined),
  () => keyExpectation,
);

/** `github-app-credentials`: a GitHub App on github.com or on a GitHub Enterprise Server. */
export const githubAppCredentials: CredentialsDeclaration = declareGitHubApp(usualLimits);

/** @param limits the usual ones for everyone but tests, which cannot wait that long. */
export function declareGitHubApp(limits: RequestLimits): CredentialsDeclaration {
  return defineCredentials({
    type: 'github-app-credentials',
    clientType: 'github',
    summary: 'A GitHub App: checks the signatures of its webhooks and acts as its installations.',
    config: Options({
      'api-url': apiUrl,
      'app-name': Type.Optional(Type.String({ minLength: 1, description: 'The name of the App, for people.' })),
      'certificate-path': Type.Optional(
        FilePath({
          contains: 'certificate',
          description: 'Certificate authorities to trust beside the machine’s own, for GitHub Enterprise Server.',
        }),
      ),
    }),
    fileKey: 'app-creds-path',
    secrets,
    async createAuthenticatedClient({ config, secrets: given, log, validityMs, cache }) {
      const authorities = await trustedAuthorities(config['certificate-path']);
      const transport = createTransport(authorities);
      const app = createApp({
        identity: {
          appId: given['app-id'],
          privateKey: await privateKeyOf(given),
          clientId: given['client-id'],
          clientSecret: given['client-secret'],
        },
        apiUrl: config['api-url'],
        transport,
        limits,
        trustedAuthorities: authorities?.join('\n'),
        log,
      });
      const webhookSecrets = secretsOf(given['webhook-secret']);
      const appId = given['app-id'];
      return new GitHubAppClient({ appId, app, transport, limits, webhookSecrets, validityMs, cache });
    },
  });
}

/** Read anew with each client, so that a rotated key needs no restart. */
async function privateKeyOf(given: Pick<Static<typeof keys>, 'private-key' | 'private-key-path'>): Promise<string> {
  const path = given['private-key-path'];
  const where = path === undefined ? 'private-key' : `private-key-path: ${path}`;
  try {
    // One line with \n in it is how a key fits into an environment variable.
    const pem =
      path === undefined ? (given['private-key'] ?? '').replaceAll('\\n', '\n') : await readFile(path, 'utf8');
    createPrivateKey(pem);
    return pem;
  } catch (cause) {
    throw new OctoError(
      'CLIENT_AUTHENTICATION_FAILED',
      `${where} is not a readable private key; it must be the PEM file that GitHub gave for the App; download a new one in the settings of the App`,
      { cause },
    );
  }
}
