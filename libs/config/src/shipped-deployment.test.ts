import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deploymentOf, privateKey } from './test-support/deployment.ts';

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
    // All but what needs credentials of its own: that is tried with the real extensions in apps/cli.
    'octo-bots.yml': (texts['octo-bots.yml'] ?? '').replaceAll(/# - (?=\.\/(?!bots\/checkmarx))/g, '- '),
    'credentials/github-app.yml': texts['credentials/github-app.example.yml'] ?? '',
    'credentials/github-app.private-key.pem': privateKey,
  };
}

test('the deployment that users copy loads once its credentials are filled in', async () => {
  const { bots, jobs, credentials } = await deploymentOf(await filledIn());
  expect(credentials.map(({ type }) => type)).toEqual(['github-app-credentials']);
  expect(bots.map(({ name, operations }) => [name, operations.map(({ type }) => type)])).toEqual([
    ['Pull request labels', ['pull-request-labels']],
    ['Branch names', ['pull-request-naming-enforcer']],
  ]);
  expect(jobs.map(({ name, operations }) => [name, operations.map(({ type }) => type)])).toEqual([
    ['Close stale issues and pull requests', ['close-stale']],
  ]);
});

test('nothing in it closes anything before somebody turns that on', async () => {
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
