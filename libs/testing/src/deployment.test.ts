import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDeployment } from './deployment.ts';
import { isObject, parseJson, textAt } from './github/json.ts';
import { createApp } from './github/seed.ts';

async function read(path: string): Promise<Record<string, unknown>> {
  const value = parseJson(await readFile(path));
  return isObject(value) ? value : {};
}

test('a written deployment names its files relative to the file that names them', async () => {
  const app = await createApp();
  await using written = await writeDeployment({
    github: { url: 'http://github.example', app },
    bots: [{ name: 'One', operations: ['pull-request-labels'] }],
    jobs: `
      jobs:
        - name: Two
          every: "30 minutes"
    `,
    settings: { 'parallel-bots': false },
  });
  const main = await read(written.configPath);
  expect(main).toMatchObject({
    settings: { 'bots-endpoint': '/events', 'parallel-bots': false },
    credentials: { 'github-app-credentials': { 'api-url': 'http://github.example', 'app-name': 'octo-bots' } },
    bots: ['./bots/bots.yml'],
    jobs: ['./jobs/jobs.yml'],
  });
  const configDir = dirname(written.configPath);
  const secretsPath = join(configDir, textAt(main, 'credentials', 'github-app-credentials', 'app-creds-path') ?? '');
  const secrets = await read(secretsPath);
  expect(secrets).toMatchObject({ 'app-id': 4242, 'webhook-secret': app.webhookSecret });
  const key = await readFile(join(dirname(secretsPath), String(secrets['private-key-path'])), 'utf8');
  expect(key).toBe(app.privateKey);
  expect(await read(written.botsPath)).toEqual({ bots: [{ name: 'One', operations: ['pull-request-labels'] }] });
  expect(await readFile(written.jobsPath, 'utf8')).toBe('jobs:\n  - name: Two\n    every: "30 minutes"\n');
});

test('a disposed deployment leaves nothing behind', async () => {
  let dir = '';
  {
    await using written = await writeDeployment({});
    dir = written.dir;
  }
  await expect(access(dir)).rejects.toThrow();
});
