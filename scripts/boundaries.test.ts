import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findViolations } from './boundaries.ts';

interface Files {
  readonly [path: string]: string | object;
}

const manifest = (name: string, layer: string, dependencies: Record<string, string> = {}) => ({
  name: `@octo-bots/${name}`,
  version: '0.0.0',
  type: 'module',
  exports: { '.': './src/index.ts' },
  nx: { tags: [`layer:${layer}`] },
  dependencies,
});

/** A workspace of its own with the packages that a case needs, so that the real one stays as it is. */
async function workspaceOf(files: Files) {
  const root = await mkdtemp(join(tmpdir(), 'octo-bots-boundaries-'));
  const all: Files = {
    'package.json': { name: 'case', private: true, workspaces: ['libs/*', 'apps/*'] },
    'nx.json': { neverConnectToCloud: true, analytics: false },
    'libs/core/package.json': manifest('core', 'core'),
    'libs/core/src/index.ts': 'export const word = 1;',
    'libs/engine/package.json': manifest('engine', 'engine', { '@octo-bots/core': '0.0.0' }),
    'libs/engine/src/index.ts': "export { word } from '@octo-bots/core';",
    'libs/queue/package.json': manifest('queue', 'library', { '@octo-bots/core': '0.0.0', bullmq: '6.7.0' }),
    'libs/queue/src/index.ts': "import { Queue } from 'bullmq'; export const kind = Queue;",
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await symlink(join(import.meta.dirname, '..', 'node_modules'), join(root, 'node_modules'));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

describe('the boundary check', { timeout: 30_000 }, () => {
  it('finds nothing in a workspace whose imports run downwards', async () => {
    await using workspace = await workspaceOf({});
    expect(findViolations(workspace.root)).toEqual([]);
  });

  it.each<[string, Files, string]>([
    [
      'a dependency that points upwards',
      { 'libs/core/package.json': manifest('core', 'core', { '@octo-bots/engine': '0.0.0' }) },
      'libs/core/package.json (layer core) depends on engine (layer engine); dependencies point downwards',
    ],
    [
      'a dependency within a layer',
      { 'libs/filters/package.json': manifest('filters', 'library', { '@octo-bots/queue': '0.0.0' }) },
      'libs/filters/package.json (layer library) depends on queue (layer library)',
    ],
    [
      'an import that is not declared',
      { 'libs/engine/src/index.ts': "import { kind } from '@octo-bots/queue'; export { kind };" },
      'libs/engine/src/index.ts:1 import of "@octo-bots/queue" is not among the dependencies of libs/engine/package.json',
    ],
    [
      'BullMQ outside the queue, even when declared',
      {
        'libs/engine/package.json': manifest('engine', 'engine', { bullmq: '6.7.0' }),
        'libs/engine/src/index.ts': "\nimport { Queue } from 'bullmq'; export const q = Queue;",
      },
      'libs/engine/src/index.ts:2 import of "bullmq" belongs behind the door of queue',
    ],
    [
      'Octokit outside the github library, by dynamic import',
      { 'libs/engine/src/index.ts': "export const app = await import('@octokit/app');" },
      'libs/engine/src/index.ts:1 import of "@octokit/app" belongs behind the door of github',
    ],
    [
      'a deep import past a door',
      { 'libs/engine/src/index.ts': "export * from '@octo-bots/core/src/index.ts';" },
      'libs/engine/src/index.ts:1 import of "@octo-bots/core/src/index.ts" goes past the door of @octo-bots/core',
    ],
    [
      'a path into another package',
      { 'libs/engine/src/index.ts': "export * from '../../core/src/index.ts';" },
      'libs/engine/src/index.ts:1 import of "../../core/src/index.ts" reaches into another package by path',
    ],
    [
      'a value where only a type may be imported',
      {
        'libs/github/package.json': manifest('github', 'library'),
        'libs/github/src/index.ts': 'export const client = 1;',
        'libs/operations/package.json': manifest('operations', 'library', { '@octo-bots/github': '0.0.0' }),
        'libs/operations/src/index.ts': "import { client } from '@octo-bots/github'; export const c = client;",
      },
      'libs/operations/src/index.ts:1 import of "@octo-bots/github" only its types may be imported',
    ],
    [
      'the test harness in a product package',
      {
        'libs/testing/package.json': manifest('testing', 'testing'),
        'libs/engine/package.json': manifest('engine', 'engine', {
          '@octo-bots/testing': '0.0.0',
          '@octo-bots/core': '0.0.0',
        }),
      },
      'libs/engine/package.json depends on testing, which only tests and the demo may use',
    ],
    [
      'a package without a layer',
      { 'libs/stray/package.json': { name: '@octo-bots/stray', version: '0.0.0' } },
      'libs/stray/package.json has no layer',
    ],
  ])('refuses %s', async (_what, files, expected) => {
    await using workspace = await workspaceOf(files);
    expect(findViolations(workspace.root)).toContainEqual(expect.stringContaining(expected));
  });
});
