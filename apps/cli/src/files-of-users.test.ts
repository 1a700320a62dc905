import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { type Deployment, silentLog } from '@octo-bots/core';
import { temporaryDirectory } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { requireDeployment } from './deployment.ts';
import { extensions } from './extensions.ts';

/** Files that users have load with the extensions that they get. */

const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
}).privateKey;

const documented = {
  'config/octo-bots.yml': `settings:
  parallel-background-jobs: 10
  bots-endpoint: /events
  client-validity-time-minutes: 10
  parallel-bots: true
credentials:
  github-app-credentials:
    api-url: https://api.github.com
    app-name: octo-bot-app
    certificate-path: ../data/cacert.pem
    app-creds-path: ../data/github/octo_bot_github_app_creds.yml
  checkmarx-credentials:
    api-url: https://checkmarx.api.com
    creds-path: ../data/checkmarx/octo_bot_checkmarx_creds.yml
bots:
  - ./bots/github_checkmarx_bot.yml
`,
  'config/bots/github_checkmarx_bot.yml': `bots:
  - name: Checkmarx scan
    parallel: true                    # its operations run in parallel; default false
    operations:
      - pull-request-checkmarx:
          risk-scheme:
            min-high-vuls: 1
            min-medium-vuls: 20
            min-low-vuls: 100
            min-info-vuls: 10000
          scan-timeout: 30 minutes
    filters:
      - events-filter:
          events:
            - name: pull_request
              actions:
                - opened
                - reopened
                - ready_for_review
                - synchronize
`,
  'data/cacert.pem': rootCertificates[0] ?? '',
  'data/github/octo_bot_github_app_creds.yml': `app-id: 1
client-id: some_client_id
client-secret: some_client_secret
private-key-path: app.pem
webhook-secret: some_webhook_secret
`,
  'data/github/app.pem': privateKey,
  'data/checkmarx/octo_bot_checkmarx_creds.yml': `username: some_user
password: some_password
grant-type: password
scope: sast_rest_api
client-id: resource_owner_client
client-secret: some_client_secret
team-full-name: /CxServer/SP/Company/Team
`,
};

/** Name and operations of each bot. */
const namesOf = ({ bots }: Deployment) =>
  bots.map(({ name, operations }) => [name, operations.map(({ type }) => type)]);

test('the documented main file and its Checkmarx bot load unchanged', async () => {
  await using directory = await temporaryDirectory();
  for (const [path, text] of Object.entries(documented)) {
    const file = join(directory.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  const deployment = await requireDeployment(join(directory.path, 'config/octo-bots.yml'), extensions, silentLog);

  expect(namesOf(deployment)).toEqual([['Checkmarx scan', ['pull-request-checkmarx']]]);
});
