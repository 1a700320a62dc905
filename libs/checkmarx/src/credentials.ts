import { type CredentialsDeclaration, defineCredentials, FilePath, Options, Secret } from '@octo-bots/core';
import { type Static, Type } from 'typebox';
import { checkmarxOneServer } from './checkmarx-one/client.ts';
import type { CheckmarxOneLogin } from './checkmarx-one/login.ts';
import { cxSastServer } from './cxsast/client.ts';
import { type RequestLimits, usualLimits } from './limits.ts';
import { createTransport } from './transport.ts';

/** A URL without a slash at its end for us; with or without in YAML. */
function serverUrl(description: string, example: string) {
  const expected = `the http(s) URL of a Checkmarx server, such as "${example}"`;
  return Type.Codec(Type.Refine(Type.String({ description, 'x-expects': expected }), isHttpUrl, () => expected))
    .Decode((url) => url.replace(/\/+$/, ''))
    .Encode((url) => url);
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const bare = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return (url.protocol === 'https:' || url.protocol === 'http:') && bare;
}

const cxSast = Options(
  {
    username: Type.String({
      minLength: 1,
      description: 'A user who may scan.',
      'x-expects': 'the name of a CxSAST user',
    }),
    password: Secret({ description: 'Its password.' }),
    'grant-type': Type.String({
      minLength: 1,
      default: 'password',
      description: 'How the user gets a token (OAuth 2.0).',
    }),
    scope: Type.String({ minLength: 1, default: 'sast_rest_api', description: 'What the token is for.' }),
    'client-id': Type.String({
      minLength: 1,
      default: 'resource_owner_client',
      description: 'The OAuth client that CxSAST knows scripts by.',
    }),
    'client-secret': Secret({ description: 'The secret of that client, from the documentation of CxSAST.' }),
    'team-full-name': Type.String({
      minLength: 1,
      description: 'The team that owns the projects, such as /CxServer/SP/Company/Team.',
      'x-expects': 'the full name of a team, such as "/CxServer/SP/Company/Team"',
    }),
  },
  { description: 'CxSAST 9.x: a user who may make projects and scan.' },
);

const tenant = {
  tenant: Type.String({
    minLength: 1,
    description: 'The name of the tenant.',
    'x-expects': 'the name of a tenant of Checkmarx One',
  }),
  'iam-url': serverUrl(
    'Where Checkmarx One gives tokens: https://iam.checkmarx.net, or that of your region.',
    'https://eu.iam.checkmarx.net',
  ),
};

const oneByKey = Options(
  {
    ...tenant,
    'api-key': Secret({
      description: 'An API key of Checkmarx One; or client-id and client-secret instead of it.',
      expects: 'an API key of Checkmarx One, or client-id and client-secret instead of it',
    }),
  },
  { description: 'Checkmarx One, with an API key.' },
);

const oneByClient = Options(
  {
    ...tenant,
    'client-id': Type.String({ minLength: 1, description: 'An OAuth client of the tenant.' }),
    'client-secret': Secret({ description: 'Its secret.' }),
  },
  { description: 'Checkmarx One, with an OAuth client.' },
);

const secrets = Type.Union([cxSast, oneByKey, oneByClient]);

/** `checkmarx-credentials`: CxSAST 9.x or Checkmarx One, as the keys of its file say. */
export const checkmarxCredentials: CredentialsDeclaration = declareCheckmarx(usualLimits);

/** @param limits the usual ones for everyone but tests, which cannot wait that long. */
export function declareCheckmarx(limits: RequestLimits): CredentialsDeclaration {
  return defineCredentials({
    type: 'checkmarx-credentials',
    clientType: 'checkmarx',
    summary: 'A Checkmarx server, with somebody who may scan there: CxSAST 9.x, or Checkmarx One.',
    config: Options({
      'api-url': serverUrl(
        'The CxSAST server, without /cxrestapi; or Checkmarx One in your region, such as https://eu.ast.checkmarx.net.',
        'https://checkmarx.example.com',
      ),
      'certificate-path': Type.Optional(
        FilePath({
          contains: 'certificate',
          description: 'Certificate authorities to trust beside the machine’s own, for a server on premises.',
        }),
      ),
    }),
    fileKey: 'creds-path',
    secrets,
    // The token is got with the first request: the ingress checks webhooks with its clients and must need no other service.
    async createAuthenticatedClient({ config, secrets: given, validityMs }) {
      const transport = await createTransport(config['certificate-path']);
      const common = { apiUrl: config['api-url'], transport, limits, validityMs };
      if ('tenant' in given) return checkmarxOneServer({ ...common, login: oneLogin(given) });
      return cxSastServer({
        ...common,
        team: given['team-full-name'],
        login: {
          username: given.username,
          password: given.password,
          grantType: given['grant-type'],
          scope: given.scope,
          clientId: given['client-id'],
          clientSecret: given['client-secret'],
        },
      });
    },
  });
}

function oneLogin(given: Static<typeof oneByKey> | Static<typeof oneByClient>): CheckmarxOneLogin {
  const where = { tenant: given.tenant, iamUrl: given['iam-url'] };
  return 'api-key' in given
    ? { ...where, apiKey: given['api-key'] }
    : { ...where, clientId: given['client-id'], clientSecret: given['client-secret'] };
}
