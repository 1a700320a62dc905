import { defineVault, FilePath, Options, Secret } from '@octo-bots/core';
import { Type } from 'typebox';
import { ConjurClient, type ConjurLogin } from './conjur-client.ts';

const urlExpectation = 'the http(s) URL of a Conjur server, such as "https://conjur.example.com"';

const apiUrl = Type.Codec(
  Type.Refine(
    Type.String({
      description: 'The Conjur server; a path, such as /api, belongs to it.',
      'x-expects': urlExpectation,
    }),
    isHttpUrl,
    () => urlExpectation,
  ),
)
  .Decode((url) => url.replace(/\/+$/, ''))
  .Encode((url) => url);

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const bare = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return (url.protocol === 'https:' || url.protocol === 'http:') && bare;
}

const loginExpectation = 'either login and api-key, or jwt-service-id and jwt-path';

/**
 * CyberArk Conjur, by its REST API. The process logs in as a host: with an API key (authn), or with a token that its platform
 * writes into a file (authn-jwt).
 */
export const conjur = defineVault({
  type: 'conjur',
  summary: 'CyberArk Conjur: Cloud, Enterprise or open source.',
  config: Type.Refine(
    Options({
      'api-url': apiUrl,
      account: Type.String({
        minLength: 1,
        description: 'The account of the Conjur server; Conjur Cloud calls it conjur.',
      }),
      'certificate-path': Type.Optional(
        FilePath({
          contains: 'certificate',
          description: 'Certificate authorities to trust beside the machine’s own.',
        }),
      ),
      login: Type.Optional(
        Type.String({ minLength: 1, description: 'Who logs in with the API key, such as host/octo-bots.' }),
      ),
      'api-key': Type.Optional(Secret({ description: 'The API key of login.' })),
      'jwt-service-id': Type.Optional(
        Type.String({ minLength: 1, description: 'The id of the authn-jwt service that takes the token.' }),
      ),
      'jwt-path': Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'The absolute path of the file with the token. It is read at each login, since the platform renews it.',
        }),
      ),
      'jwt-host': Type.Optional(
        Type.String({
          minLength: 1,
          description: 'The host that the token stands for, where the token itself does not tell.',
        }),
      ),
    }),
    (given) => loginOf(given) !== undefined,
    () => loginExpectation,
  ),
  connect({ config, log }) {
    const login = loginOf(config);
    // The schema refuses anything else; this tells the compiler so.
    if (login === undefined) throw new TypeError(loginExpectation);
    const { account, 'api-url': root, 'certificate-path': certificatePath } = config;
    return new ConjurClient({ root, account, login, certificatePath, log });
  },
});

interface LoginKeys {
  readonly login?: string;
  readonly 'api-key'?: string;
  readonly 'jwt-service-id'?: string;
  readonly 'jwt-path'?: string;
  readonly 'jwt-host'?: string;
}

/** @returns undefined unless it is exactly one of the two ways. */
function loginOf(given: LoginKeys): ConjurLogin | undefined {
  const { login, 'api-key': apiKey, 'jwt-service-id': serviceId, 'jwt-path': tokenPath, 'jwt-host': host } = given;
  const byKey = login !== undefined && apiKey !== undefined;
  const byToken = serviceId !== undefined && tokenPath !== undefined;
  if (byKey && serviceId === undefined && tokenPath === undefined && host === undefined) {
    return { kind: 'api-key', login, apiKey };
  }
  if (byToken && login === undefined && apiKey === undefined) return { kind: 'jwt', serviceId, tokenPath, host };
  return undefined;
}
