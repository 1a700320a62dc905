import {
  Duration,
  defineAskingFilter,
  defineCompositeFilter,
  defineCredentials,
  defineJobOperation,
  defineOperation,
  definePureFilter,
  done,
  FilePath,
  type Filter,
  type FilterSubject,
  Filters,
  Glob,
  letThrough,
  OneFilter,
  Options,
  Secret,
  Secrets,
} from '@octo-bots/core';
import { type StaticDecode, type TSchema, Type } from 'typebox';
import type { Extensions } from '../extensions.ts';

/**
 * For tests: extensions with the options of the real ones, and a few more shapes of options. Each shows the options that it
 * was made with: a filter as the reason of its verdict, an operation as the summary of its outcome.
 */

function filter(type: string, config: TSchema, about: FilterSubject = 'event') {
  return definePureFilter({
    type,
    about,
    summary: `For tests: ${type}.`,
    config,
    filter: (context) => letThrough(JSON.stringify(context.config)),
  });
}

function asking(type: string, client: string) {
  const declaration = defineAskingFilter({
    type,
    about: 'repository',
    summary: `For tests: ${type}.`,
    clients: [],
    config: Options({ exists: Type.Array(Type.String(), { default: [] }) }),
    filter: async (context) => letThrough(JSON.stringify(context.config)),
  });
  // Clients are known to the types once a library declares them, and this one sees none.
  return {
    ...declaration,
    clients: [client],
    create: (config: unknown) => ({ ...declaration.create(config), clients: [client] }),
  };
}

/** Shows the verdicts of its filters. */
function composite<Config extends TSchema>(
  type: string,
  config: Config,
  filters: (config: StaticDecode<Config>) => readonly Filter[],
) {
  return defineCompositeFilter({
    type,
    summary: `For tests: ${type}.`,
    config,
    filters,
    settledBy: () => false,
    combine: (verdicts) => letThrough(verdicts.map((verdict) => `${verdict.type} ${verdict.reason}`).join(', ')),
  });
}

function operation(type: string, config: TSchema) {
  return defineOperation({
    type,
    summary: `For tests: ${type}.`,
    events: ['pull_request'],
    clients: ['github'],
    config,
    execute: async (context) => done(JSON.stringify(context.config)),
  });
}

const labelRules = Options({
  rules: Type.Array(Options({ head: Type.Optional(Glob()), labels: Type.Array(Type.String(), { minItems: 1 }) })),
  'remove-unmatched': Type.Boolean({ default: false }),
});

const reviewerSchemes = Type.Union([
  Options({ name: Type.Literal('top-contributors'), top: Type.Integer({ minimum: 1, default: 4 }) }),
  Options({ name: Type.Literal('codeowners') }),
]);

/** Filters in an option that takes other shapes too. */
const when = Type.Union([Type.Literal('always'), Filters(), Options({ unless: OneFilter() })], { default: 'always' });

export const testExtensions: Extensions = {
  filters: [
    filter(
      'events-filter',
      Options({
        events: Type.Array(
          Options({ name: Type.String({ minLength: 1 }), actions: Type.Optional(Type.Array(Type.String())) }),
          { minItems: 1 },
        ),
      }),
    ),
    filter(
      'branch-filter',
      Options({
        'head-branches': Type.Array(Glob(), { default: [] }),
        'base-branches': Type.Array(Glob(), { default: [] }),
      }),
    ),
    filter(
      'repo-filter',
      Options({
        repos: Type.Array(Glob(), { default: [] }),
        action: Type.Union([Type.Literal('allow-only'), Type.Literal('ignore-only')], { default: 'allow-only' }),
      }),
      'repository',
    ),
    asking('file-filter', 'github'),
    asking('scanned-filter', 'checkmarx'),
    composite('any-of', Filters({ minItems: 1 }), (filters) => filters),
    composite('not', OneFilter(), (filter) => [filter]),
  ],
  operations: [
    operation(
      'pull-request-labels',
      Options({ scheme: Type.Union([Type.Literal('branches'), labelRules], { default: 'branches' }) }),
    ),
    operation(
      'pull-request-naming-enforcer',
      Options({
        'enforced-names': Type.Array(Glob(), { minItems: 1 }),
        'enforcing-comment': Type.String({ minLength: 1, default: 'Closed.' }),
        'enforcing-action': Type.Union([Type.Literal('closed'), Type.Literal('open')], { default: 'closed' }),
      }),
    ),
    defineOperation({
      type: 'pull-request-checkmarx',
      summary: 'For tests: pull-request-checkmarx.',
      events: ['pull_request'],
      clients: ['github', 'checkmarx'],
      config: Options({
        'risk-scheme': Type.Object(
          Object.fromEntries(
            ['critical', 'high', 'medium', 'low', 'info'].map((severity) => [
              `min-${severity}-vuls`,
              Type.Optional(Type.Integer({ minimum: 1 })),
            ]),
          ),
          { additionalProperties: false, minProperties: 1 },
        ),
        'scan-timeout': Duration({ default: '30 minutes' }),
      }),
      execute: async (context) => done(JSON.stringify(context.config)),
    }),
    operation('pull-request-reviewers-assign', Options({ scheme: reviewerSchemes })),
    operation('post-to-chat', Options({ token: Secret(), template: FilePath({ contains: 'any' }), when })),
    defineJobOperation({
      type: 'close-stale',
      summary: 'For tests: close-stale.',
      clients: ['github'],
      config: Options({
        'close-issues': Type.Boolean({ default: false }),
        'close-prs': Type.Boolean({ default: false }),
        'stale-expiration': Duration(),
        'stale-comment': Type.String({ minLength: 1, default: 'Closed as stale.' }),
        'exempt-labels': Type.Array(Type.String(), { default: [] }),
        'repo-filter': Filters({ about: 'repository' }),
      }),
      execute: async (context) => done(JSON.stringify(context.config)),
    }),
    defineJobOperation({
      type: 'checkmarx-cleanup',
      summary: 'For tests: a background job of another client.',
      clients: ['checkmarx'],
      config: Options({}),
      execute: async () => done('cleaned up'),
    }),
  ],
  credentials: [
    defineCredentials({
      type: 'github-app-credentials',
      clientType: 'github',
      summary: 'For tests: a GitHub App.',
      config: Options({
        'api-url': Type.Refine(
          Type.String({ default: 'https://api.github.com', 'x-expects': 'an http(s) URL' }),
          (url) => URL.parse(url)?.username === '',
          () => 'an http(s) URL',
        ),
        'app-name': Type.Optional(Type.String({ minLength: 1 })),
        'certificate-path': Type.Optional(FilePath({ contains: 'certificate' })),
      }),
      fileKey: 'app-creds-path',
      secrets: Type.Refine(
        Options({
          'app-id': Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[0-9]+$' })], {
            'x-expects': 'the number of a GitHub App',
          }),
          'client-id': Type.String({ minLength: 1 }),
          'client-secret': Secret(),
          'private-key-path': Type.Optional(FilePath({ contains: 'private-key' })),
          'private-key': Type.Optional(Secret({ contains: 'private-key' })),
          'webhook-secret': Secrets(),
        }),
        (secrets) => (secrets['private-key-path'] === undefined) !== (secrets['private-key'] === undefined),
        () => 'exactly one of private-key-path and private-key',
      ),
      // What it was made with, so that tests can look at it.
      createAuthenticatedClient: (input) => Promise.reject(new Error(JSON.stringify(input))),
    }),
    defineCredentials({
      type: 'checkmarx-credentials',
      clientType: 'checkmarx',
      summary: 'For tests: a Checkmarx server.',
      config: Options({ 'api-url': Type.String({ minLength: 1 }) }),
      fileKey: 'creds-path',
      secrets: Type.Union([
        Options({
          username: Type.String({ minLength: 1 }),
          password: Secret(),
          'grant-type': Type.String({ default: 'password' }),
          scope: Type.String({ default: 'sast_rest_api' }),
          'client-id': Type.String({ default: 'resource_owner_client' }),
          'client-secret': Secret(),
          'team-full-name': Type.String({ minLength: 1 }),
        }),
        Options({ tenant: Type.String({ minLength: 1 }), 'iam-url': Type.String(), 'api-key': Secret() }),
        Options({
          tenant: Type.String({ minLength: 1 }),
          'iam-url': Type.String(),
          'client-id': Type.String({ minLength: 1 }),
          'client-secret': Secret(),
        }),
      ]),
      createAuthenticatedClient: (input) => Promise.reject(new Error(JSON.stringify(input))),
    }),
  ],
};
