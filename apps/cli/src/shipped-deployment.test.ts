import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatProblem, loadDeployment } from '@octo-bots/config';
import { silentLog } from '@octo-bots/core';
import { temporaryDirectory } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { extensions } from './extensions.ts';
import { app } from './test-support/deployment.ts';

const shipped = join(import.meta.dirname, '../../../config');

/** The folder `config/` of this repository, with the steps done that its comments ask for. */
async function filledIn(): Promise<Record<string, string>> {
  const entries = await readdir(shipped, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => [path.slice(shipped.length + 1), await readFile(path, 'utf8')]),
  );
  const texts: Record<string, string> = Object.fromEntries(files);
  return {
    ...texts,
    'octo-bots.yml': (texts['octo-bots.yml'] ?? '')
      .replaceAll('# - ./', '- ./')
      .replaceAll(/^ {2}# (checkmarx-credentials:| {2}(?:api-url|creds-path):)/gm, '  $1'),
    'credentials/checkmarx.yml': texts['credentials/checkmarx.example.yml'] ?? '',
    'credentials/github-app.yml': texts['credentials/github-app.example.yml'] ?? '',
    'credentials/github-app.private-key.pem': app.privateKey,
  };
}

/** @throws with the messages when the files have mistakes. */
async function deploymentOf(files: Readonly<Record<string, string>>) {
  await using directory = await temporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory.path, path)), { recursive: true });
    await writeFile(join(directory.path, path), text);
  }
  const result = await loadDeployment(join(directory.path, 'octo-bots.yml'), extensions, { log: silentLog });
  if (result.ok) return result.deployment;
  throw new Error(result.problems.map((problem) => formatProblem(problem, { cwd: directory.path })).join('\n'));
}

test('the deployment that users copy loads once its credentials are filled in', async () => {
  const { bots, jobs, credentials } = await deploymentOf(await filledIn());
  expect(credentials.map(({ type }) => type)).toEqual(['github-app-credentials', 'checkmarx-credentials']);
  expect(bots.map(({ name, operations }) => [name, operations.map(({ type }) => type)])).toEqual([
    ['Pull request labels', ['pull-request-labels']],
    ['Branch names', ['pull-request-naming-enforcer']],
    ['Pull request label rules', ['pull-request-labels']],
    ['Pull request reviewers', ['pull-request-reviewers-assign']],
    ['Head branch deletion', ['pull-request-head-branch-deletion']],
    ['Release pull requests', ['pull-request-release-branch-creation']],
    ['C and C++ format', ['clang-format-validator']],
    ['C and C++ errors', ['cppcheck-validator']],
    ['Checkmarx scan', ['pull-request-checkmarx']],
    ['Checkmarx cleanup', ['branch-deleted-checkmarx-cleanup']],
  ]);
  expect(jobs.map(({ name, operations }) => [name, operations.map(({ type }) => type)])).toEqual([
    ['Close stale issues and pull requests', ['close-stale']],
  ]);
});

test('nothing in it does more than to label before somebody turns that on', async () => {
  const { 'octo-bots.yml': _, ...files } = await filledIn();
  const { bots, jobs } = await deploymentOf({
    ...files,
    'octo-bots.yml': await readFile(join(shipped, 'octo-bots.yml'), 'utf8'),
  });
  expect(bots.map(({ name }) => name)).toEqual(['Pull request labels']);
  expect(jobs).toEqual([]);
});

test('what it writes out as defaults are the defaults', async () => {
  const files = await filledIn();
  const main = files['octo-bots.yml'] ?? '';
  const shown = await deploymentOf(files);
  const bare = await deploymentOf({
    ...files,
    'octo-bots.yml': main.replace(/^settings:[\s\S]*?\n\n/m, 'settings: {}\n'),
  });
  expect(shown.settings).toEqual(bare.settings);
  const [first, second] = shown.bots;
  expect(second?.queue).toEqual(first?.queue);
  expect(main).toContain('parallel-bots: true');
  expect(files['bots/branch-names.yml']).toContain('attempts: 5');
});

test('the example of each operation and filter loads as an item of its list', async () => {
  const files = await filledIn();
  const head = (files['octo-bots.yml'] ?? '').replace(/^bots:[\s\S]*/m, '').replace(/^# Files that define[\s\S]*/m, '');
  const examples = [...extensions.operations, ...extensions.filters].filter(({ example }) => example !== undefined);
  expect(examples.length).toBeGreaterThan(0);
  const indented = (example: string) => example.trim().replaceAll('\n', '\n        ');
  for (const declaration of examples) {
    const { type, example = '' } = declaration;
    const item = `      - ${indented(example)}\n`;
    const isJob = declaration.kind === 'operation' && declaration.trigger === 'tick';
    const body =
      declaration.kind === 'operation'
        ? `    operations:\n${item}`
        : `    operations:\n      - pull-request-labels\n    filters:\n${item}`;
    const list = isJob ? 'jobs:\n  - name: An example\n    every: 1 hour\n' : 'bots:\n  - name: An example\n';
    const { bots, jobs } = await deploymentOf({ ...files, 'octo-bots.yml': `${head}\n${list}${body}` });
    const named = [
      ...bots.flatMap(({ operations, filters }) => [...operations, ...filters]),
      ...jobs.flatMap(({ operations }) => operations),
    ];
    expect(named.map((extension) => extension.type)).toContain(type);
  }
});
