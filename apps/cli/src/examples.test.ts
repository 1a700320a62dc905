import { loadDeployment } from '@octo-bots/config';
import { type FilterDeclaration, type OperationDeclaration, silentLog } from '@octo-bots/core';
import { type EmulatedGitHub, startGitHub, writeDeployment } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extensions } from './extensions.ts';

/** The examples that stand on the docs pages of the extensions load as they are, where a user would put them. */
describe('the example of', () => {
  let github: EmulatedGitHub;

  beforeAll(async () => {
    github = await startGitHub();
  });

  afterAll(() => github?.[Symbol.asyncDispose]());

  it.each(extensions.filters.filter(hasExample).map((filter) => [filter.type, filter] as const))(
    '%s loads',
    async (type, { example }) => {
      const { bots } = await load({
        bots: `bots:\n  - name: A bot\n    operations: [pull-request-labels]\n    filters:\n${item(example, 6)}`,
      });
      expect(bots[0]?.filters.map((filter) => filter.type)).toEqual([type]);
    },
  );

  it.each(
    extensions.operations
      .filter(hasExample)
      .filter(({ clients }) => clients.every((client) => client === 'github'))
      .map((operation) => [operation.type, operation] as const),
  )('%s loads', async (type, { example, trigger }) => {
    const { bots, jobs } = await load(
      trigger === 'event'
        ? { bots: `bots:\n  - name: A bot\n    operations:\n${item(example, 6)}` }
        : { jobs: `jobs:\n  - name: A job\n    every: 1 hour\n    operations:\n${item(example, 6)}` },
    );
    expect([...bots, ...jobs].flatMap(({ operations }) => operations.map((operation) => operation.type))).toEqual([
      type,
    ]);
  });

  async function load(input: { bots?: string; jobs?: string }) {
    await using deployment = await writeDeployment({ ...input, github });
    const result = await loadDeployment(deployment.configPath, extensions, { log: silentLog });
    if (!result.ok) throw new Error(result.problems.map(({ arrived, advice }) => `${arrived}. ${advice}`).join('\n'));
    return result.deployment;
  }
});

function hasExample<D extends FilterDeclaration | OperationDeclaration>(
  declaration: D,
): declaration is D & { example: string } {
  return declaration.example !== undefined;
}

/** @returns the example as an item of a list, indented by so many spaces. */
function item(example: string, indent: number): string {
  const text = example.startsWith('- ') ? example : `- ${example.trimEnd().replaceAll('\n', '\n  ')}\n`;
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(indent));
}
