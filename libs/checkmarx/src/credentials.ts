import { type CredentialsDeclaration, defineCredentials, Options, Secret } from '@octo-bots/core';
import { Type } from 'typebox';
import { CxSastClient } from './client.ts';

const urlExpectation = 'the http(s) URL of a Checkmarx server, such as "https://checkmarx.example.com"';

/** A URL without a slash at its end for us; with or without in YAML. */
const apiUrl = Type.Codec(
  Type.Refine(
    Type.String({
      description: 'The CxSAST server; the calls go to /cxrestapi below it.',
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

const secrets = Options({
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
});

/** `checkmarx-credentials`: a CxSAST 9.x server. */
export const checkmarxCredentials: CredentialsDeclaration = defineCredentials({
  type: 'checkmarx-credentials',
  clientType: 'checkmarx',
  summary: 'A CxSAST 9.x server, with a user who may scan.',
  config: Options({ 'api-url': apiUrl }),
  fileKey: 'creds-path',
  secrets,
  // The token is got with the first request: the ingress checks webhooks with its clients and must need no other service.
  createAuthenticatedClient: async ({ config, secrets: given, validityMs }) =>
    new CxSastClient({
      apiUrl: config['api-url'],
      team: given['team-full-name'],
      validityMs,
      login: {
        username: given.username,
        password: given.password,
        grantType: given['grant-type'],
        scope: given.scope,
        clientId: given['client-id'],
        clientSecret: given['client-secret'],
      },
    }),
});
