import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatProblem, loadDeployment } from '@octo-bots/config';
import { silentLog } from '@octo-bots/core';
import { temporaryDirectory } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { extensions } from './extensions.ts';

const shipped = join(import.meta.dirname, '../../../config');
const read = (path: string) => readFile(join(shipped, path), 'utf8');

/** @returns the messages about a deployment whose only credentials are in this file. */
async function messagesOf(credentials: string, main?: string): Promise<string[]> {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'credentials'));
  await writeFile(join(directory.path, 'credentials/checkmarx.yml'), credentials);
  const path = join(directory.path, 'octo-bots.yml');
  const block = '{ api-url: https://checkmarx.example, creds-path: credentials/checkmarx.yml }';
  await writeFile(path, main ?? `settings: {}\ncredentials:\n  checkmarx-credentials: ${block}\n`);
  const result = await loadDeployment(path, extensions, { log: silentLog, environment: {} });
  return result.ok ? [] : result.problems.map((problem) => formatProblem(problem, { cwd: directory.path }));
}

describe('checkmarx-credentials', () => {
  it.each(['checkmarx.example.yml', 'checkmarx-one.example.yml'])('load from a copy of %s', async (file) => {
    expect(await messagesOf(await read(`credentials/${file}`))).toEqual([]);
  });

  it('load from an example with an OAuth client', async () => {
    const example = await read('credentials/checkmarx-one.example.yml');
    const withClient = example.replace(/^api-key:.*\n/m, '').replaceAll(/^# (client-(?:id|secret):)/gm, '$1');
    expect(await messagesOf(withClient)).toEqual([]);
  });

  it('load as the main file shows them in a comment', async () => {
    const main = await read('octo-bots.yml');
    const block = /^ {2}# checkmarx-credentials:\n(?: {2}# {3}.*\n)+/m.exec(main)?.[0] ?? '';
    const shown = block.replaceAll(/^ {2}# /gm, '  ').replace(/^.*certificate-path.*\n/m, '');
    expect(shown).toContain('creds-path: ./credentials/checkmarx.yml');
    const example = await read('credentials/checkmarx.example.yml');
    expect(await messagesOf(example, `settings: {}\ncredentials:\n${shown}`)).toEqual([]);
  });

  it('say what is missing, and what does not go together', async () => {
    const one = 'tenant: octo\niam-url: https://eu.iam.checkmarx.net\n';
    expect(await messagesOf(one)).toEqual([
      'credentials/checkmarx.yml:1:1 the file of "checkmarx-credentials" has no "api-key"; needed: an API key of Checkmarx One, or client-id and client-secret instead of it. Add "api-key: …".',
    ]);
    expect(await messagesOf('username: me\npassword: hush\nclient-secret: hush\n')).toEqual([
      'credentials/checkmarx.yml:1:1 the file of "checkmarx-credentials" has no "team-full-name"; needed: the full name of a team, such as "/CxServer/SP/Company/Team". Add "team-full-name: …".',
    ]);
    expect(await messagesOf(`${one}api-key: hush\nusername: me\n`)).toEqual([
      'credentials/checkmarx.yml:4:1 "username" does not go with the other keys of the file of "checkmarx-credentials"; allowed beside them: tenant, iam-url, api-key. Remove it, or remove the others.',
    ]);
    expect(await messagesOf('tenant: octo\niam-url: eu.iam.checkmarx.net\napi-key: hush\n')).toEqual([
      'credentials/checkmarx.yml:2:10 "iam-url" is a text; allowed: the http(s) URL of a Checkmarx server, such as "https://eu.iam.checkmarx.net". Write such a text.',
    ]);
  });
});
