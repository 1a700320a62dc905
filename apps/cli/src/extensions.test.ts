import {
  BotDefinition,
  exampleItem,
  formatProblem,
  JobDefinition,
  loadDeployment,
  MainFile,
  optionsOf,
  Settings,
} from '@octo-bots/config';
import { type FilterDeclaration, type OperationDeclaration, silentLog } from '@octo-bots/core';
import { describe, expect, test } from 'vitest';
import { extensions } from './extensions.ts';
import { writeSmallDeployment } from './test-support/deployment.ts';

const { filters, operations, credentials, vaults = [] } = extensions;

const checkmarx = {
  'checkmarx-credentials': {
    'api-url': 'https://checkmarx.invalid',
    username: 'octo',
    password: 'some_password',
    'client-secret': 'some_secret',
    'team-full-name': '/CxServer',
  },
};

const indented = (item: string) => item.replaceAll(/^(?=.)/gm, '      ');

/** The example in a definition, as the page of the declaration shows it. */
function definitionWith(declared: OperationDeclaration | FilterDeclaration, item: string) {
  const name = 'name: An example';
  if (declared.kind === 'filter') {
    const operation = '      - pull-request-labels';
    return { bots: `bots:\n  - ${name}\n    operations:\n${operation}\n    filters:\n${indented(item)}` };
  }
  const rest = `    operations:\n${indented(item)}`;
  return declared.trigger === 'event'
    ? { bots: `bots:\n  - ${name}\n${rest}` }
    : { jobs: `jobs:\n  - ${name}\n    every: 1 hour\n${rest}` };
}

/** What `octo-bots validate` would say to it. */
async function problemsIn(declared: OperationDeclaration | FilterDeclaration, example: string) {
  const written = definitionWith(declared, exampleItem(example));
  await using deployment = await writeSmallDeployment({ bots: [], jobs: [], credentials: checkmarx, ...written });
  const result = await loadDeployment(deployment.configPath, extensions, { log: silentLog });
  return result.ok ? [] : result.problems.map((problem) => formatProblem(problem, { cwd: deployment.dir }));
}

describe('the example of', () => {
  const declarations = [...operations, ...filters];

  test('every operation and filter is there', () => {
    const without = declarations.filter(({ example = '' }) => example.trim() === '');
    expect(without.map(({ type }) => type)).toEqual([]);
  });

  test.each(declarations.map((declared) => [declared.type, declared] as const))(
    '%s loads as it is',
    async (_type, declared) => {
      expect(await problemsIn(declared, declared.example ?? '')).toEqual([]);
    },
  );

  test('something wrong does not', async () => {
    const [labels] = operations.filter(({ type }) => type === 'pull-request-labels');
    if (labels === undefined) throw new Error('no such operation');
    expect(await problemsIn(labels, 'pull-request-labels:\n  schema: branches')).toEqual([
      expect.stringContaining('unknown key "schema" in "pull-request-labels"'),
    ]);
  });
});

describe('every option has a description:', () => {
  const schemas = [
    ...operations.map(({ type, config }) => [type, config] as const),
    ...filters.map(({ type, config }) => [type, config] as const),
    ...credentials.map(({ type, config }) => [type, config] as const),
    ...credentials.map(({ type, secrets }) => [`the secrets of ${type}`, secrets] as const),
    ...vaults.map(({ type, config }) => [type, config] as const),
    ['the main file', MainFile] as const,
    ['settings', Settings] as const,
    ['a bot', BotDefinition] as const,
    ['a background job', JobDefinition] as const,
  ];

  test.each(schemas)('%s', (_what, schema) => {
    const without = optionsOf(schema).filter(({ description = '' }) => description.trim() === '');
    expect(without.map(({ path }) => path)).toEqual([]);
  });
});
