import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProblem, loadDeployment } from '@octo-bots/config';
import { silentLog } from '@octo-bots/core';
import { codeBlocks, privateAuthority, startGitHub, temporaryDirectory } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { extensions } from './extensions.ts';

const yamlOf = async (page: string) =>
  codeBlocks(await readFile(join(import.meta.dirname, '../../../docs/how-to', page), 'utf8'), 'yaml');

/** @returns what is wrong with a deployment of these files; `octo-bots.yml` is the main one. */
async function messagesOf(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>) {
  await using directory = await temporaryDirectory();
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory.path, name), content);
  const main = join(directory.path, 'octo-bots.yml');
  const result = await loadDeployment(main, extensions, { log: silentLog, environment });
  return result.ok ? [] : result.problems.map((problem) => formatProblem(problem, { cwd: directory.path }));
}

describe('the YAML of the how-to about', () => {
  it('a GitHub App loads, with a key in one line', async () => {
    await using github = await startGitHub();
    const { id, clientId, clientSecret, privateKey, webhookSecret } = github.app;
    const [block = ''] = await yamlOf('github-app.md');
    const environment = {
      GITHUB_APP_ID: String(id),
      GITHUB_CLIENT_ID: clientId,
      GITHUB_CLIENT_SECRET: clientSecret,
      GITHUB_PRIVATE_KEY: privateKey.replaceAll('\n', String.raw`\n`),
      GITHUB_WEBHOOK_SECRET: webhookSecret,
    };
    const main = `settings: {}\n${block}`;
    expect(await messagesOf({ 'octo-bots.yml': main }, environment)).toEqual([]);
    const { GITHUB_PRIVATE_KEY: _, ...incomplete } = environment;
    expect(await messagesOf({ 'octo-bots.yml': main }, incomplete)).toEqual([
      expect.stringContaining('GITHUB_PRIVATE_KEY'),
    ]);
  });

  it('Conjur loads, with each way to log in', async () => {
    const { authority } = await privateAuthority();
    const blocks = await yamlOf('secrets-in-conjur.md');
    const logins = blocks.filter((block) => block.startsWith('vaults:'));
    const credentials = blocks.filter((block) => block.includes('webhook-secret: !conjur'));
    expect([logins.length, credentials.length]).toEqual([2, 1]);
    for (const login of logins) {
      const main = `settings: {}\n${login}credentials:\n  github-app-credentials: { app-creds-path: github-app.yml }\n`;
      const files = { 'octo-bots.yml': main, 'github-app.yml': credentials[0] ?? '', 'conjur-ca.pem': authority };
      expect(await messagesOf(files, { CONJUR_AUTHN_API_KEY: 'a key' })).toEqual([]);
    }
  });
});
