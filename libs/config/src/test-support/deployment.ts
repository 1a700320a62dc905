import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { silentLog } from '@octo-bots/core';
import { type TemporaryDirectory, temporaryDirectory } from '@octo-bots/testing';
import type { Environment } from '../environment.ts';
import type { Extensions } from '../extensions.ts';
import { loadDeployment } from '../load.ts';
import { formatProblem } from '../problem.ts';
import { testExtensions } from './extensions.ts';

/** For tests: files of a deployment in a directory of their own. */

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
export const privateKey = pair.privateKey;
export const publicKey = pair.publicKey;
export const certificate = rootCertificates[0] ?? '';

/** The least that a main file holds. */
export const head = `settings: {}
credentials:
  github-app-credentials:
    app-creds-path: app.yml
`;

const goodFiles: Readonly<Record<string, string>> = {
  'octo-bots.yml': head,
  'app.yml': `app-id: 1
client-id: some_client_id
client-secret: some_client_secret
private-key-path: keys/app.pem
webhook-secret: some_webhook_secret
`,
  'keys/app.pem': privateKey,
  'keys/public.pem': publicKey,
  'keys/ca.pem': certificate,
};

/** @param files beside or instead of the good ones: path → text. */
export async function writeFiles(files: Readonly<Record<string, string>>): Promise<TemporaryDirectory> {
  const directory = await temporaryDirectory();
  for (const [path, text] of Object.entries({ ...goodFiles, ...files })) {
    await mkdir(dirname(join(directory.path, path)), { recursive: true });
    await writeFile(join(directory.path, path), text);
  }
  return directory;
}

export interface LoadInput {
  readonly main?: string;
  readonly environment?: Environment;
  /** Instead of those for tests. */
  readonly extensions?: Partial<Extensions>;
}

export function load(
  directory: TemporaryDirectory,
  { main = 'octo-bots.yml', environment = {}, extensions = {} }: LoadInput = {},
) {
  const all = { ...testExtensions, ...extensions };
  return loadDeployment(join(directory.path, main), all, { log: silentLog, environment });
}

/** @returns what `octo-bots validate` would print when it is called in the directory. */
export async function messagesOf(
  files: Readonly<Record<string, string>>,
  options: LoadInput = {},
): Promise<readonly string[]> {
  await using directory = await writeFiles(files);
  const result = await load(directory, options);
  return result.ok ? [] : result.problems.map((problem) => formatProblem(problem, { cwd: directory.path }));
}

/** @throws with the messages when the files have mistakes. */
export async function deploymentOf(files: Readonly<Record<string, string>>, options: LoadInput = {}) {
  await using directory = await writeFiles(files);
  const result = await load(directory, options);
  if (result.ok) return { ...result.deployment, directory: directory.path };
  throw new Error(result.problems.map((problem) => formatProblem(problem, { cwd: directory.path })).join('\n'));
}
