import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDeployment } from '@octo-bots/config';
import { silentLog } from '@octo-bots/core';
import { filters } from '@octo-bots/filters';
import { codeBlocks, startGitHub, writeDeployment } from '@octo-bots/testing';
import { expect, it } from 'vitest';
import { extensions } from './extensions.ts';

const page = await readFile(join(import.meta.dirname, '../../../docs/how-to/choose-what-a-bot-sees.md'), 'utf8');

it('the page about filters has every filter in its table', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(named.toSorted()).toEqual(filters.map(({ type }) => type).toSorted());
});

it('the filters on the page about filters load as they are', async () => {
  const blocks = codeBlocks(page, 'yaml');
  expect(blocks.length).toBeGreaterThan(2);
  const bots = blocks.map((yaml, index) => {
    const indented = yaml.replaceAll(/^(?=.)/gm, '    ');
    return `  - name: Bot ${index}\n    operations: [pull-request-labels]\n${indented}`;
  });
  await using github = await startGitHub();
  await using deployment = await writeDeployment({ bots: `bots:\n${bots.join('')}`, github });
  const result = await loadDeployment(deployment.configPath, extensions, { log: silentLog });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  expect(result.deployment.bots.every((bot) => bot.filters.length > 1)).toBe(true);
});
