import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OctoError } from '@octo-bots/core';
import { operations } from '@octo-bots/operations';
import { writeDeployment } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { app } from './test-support/deployment.ts';
import { validate } from './validate.ts';

const page = join(import.meta.dirname, '../../../docs/reference/close-stale-and-actions-stale.md');

const github = { url: 'https://github.invalid', app };

/** @returns what a deployment with these bots or background jobs says of itself, or its problems. */
async function said(yaml: string): Promise<string> {
  const definitions = yaml.startsWith('bots:') ? { bots: yaml } : { jobs: yaml };
  await using deployment = await writeDeployment({ github, ...definitions });
  try {
    return (await validate(deployment.configPath)).summary;
  } catch (error) {
    if (error instanceof OctoError) return error.message;
    throw error;
  }
}

function jobWith(operation: string): string {
  const indented = operation.trim().replaceAll('\n', '\n          ');
  return `jobs:\n  - name: Stale\n    every: 1 day\n    operations:\n      - ${indented.replace(/\n {10}/g, '\n        ')}\n`;
}

describe('close-stale in YAML', () => {
  it('loads as its page and its example show it', async () => {
    const snippets = [...(await readFile(page, 'utf8')).matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, yaml = '']) => yaml,
    );
    expect(snippets).toHaveLength(2);
    for (const snippet of snippets) expect(await said(snippet)).toContain('is valid');
    const example = operations.find(({ type }) => type === 'close-stale')?.example ?? '';
    expect(await said(jobWith(example))).toContain('is valid');
  });

  it('takes the filters of a repository', async () => {
    const filtered = `
close-stale:
  stale-expiration: 60 days
  close-issues: true
  repo-filter:
    - repo-filter: {repos: [archive-*], action: ignore-only}
    - file-filter: {exists: [README.md]}
`;
    expect(await said(jobWith(filtered))).toContain('is valid');
  });

  it.each([
    { line: 'stale-label: waiting', says: '"stale-label" only with "close-after"' },
    { line: 'stale-comment: "Hello {{autor}}"', says: 'unknown: {{autor}}' },
    { line: 'close-after: 7', says: 'or "never"' },
    { line: 'stale-lable: waiting', says: 'Did you mean' },
  ])('says where it is wrong and what is allowed: $line', async ({ line, says }) => {
    const problems = await said(jobWith(`close-stale:\n  close-issues: true\n  stale-expiration: 60 days\n  ${line}`));
    expect(problems).toMatch(/jobs\.yml:\d+:\d+ /);
    expect(problems).toContain(says);
  });
});
