import { expect, test } from 'vitest';
import { certificate, deploymentOf, messagesOf, privateKey } from './test-support/deployment.ts';

/** The files of users as the product's description shows them: they load as they are. */

const mainFile = `settings:
  parallel-background-jobs: 10        # most background jobs running at once, over the whole deployment
  bots-endpoint: /events              # path that receives the webhooks
  client-validity-time-minutes: 10    # how long an authenticated client is used before it is made anew
  parallel-bots: true                 # do the bots of one event run in parallel, or one after another
credentials:                          # one block for each kind of client
  github-app-credentials:
    api-url: https://api.github.com
    app-name: octo-bot-app
    certificate-path: ../data/cacert.pem                     # optional CA, for GitHub Enterprise Server
    app-creds-path: ../data/github/octo_bot_github_app_creds.yml
  checkmarx-credentials:
    api-url: https://checkmarx.api.com
    creds-path: ../data/checkmarx/octo_bot_checkmarx_creds.yml
bots:                                 # files that define bots
  - ./bots/github_checkmarx_bot.yml
jobs:                                 # files that define background jobs
  - ./jobs/github_stale_job.yml
`;

const botFile = `bots:
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
`;

const jobFile = `jobs:
  - name: Close stale issues and pull requests
    parallel: true
    operations:
      - close-stale:
          close-issues: true
          close-prs: true
          stale-expiration: 60 days
          stale-comment: >
            This issue has been automatically marked as stale because it has not had
            recent activity. It will be closed and can be later re-opened.
            Thanks for your contributions.
          exempt-labels:
            - hotfix
            - release
    every: "30 minutes"
`;

const appCredentialsFile = `app-id: 1
client-id: some_client_id
client-secret: some_client_secret
private-key-path: /some/path/to/app/key
webhook-secret: some_webhook_secret
`;

const checkmarxCredentialsFile = `username: some_user
password: some_password
grant-type: password
scope: sast_rest_api
client-id: resource_owner_client
client-secret: some_client_secret
team-full-name: /CxServer/SP/Company/Team
`;

const files = {
  'config/octo-bots.yml': mainFile,
  'config/bots/github_checkmarx_bot.yml': botFile,
  'config/jobs/github_stale_job.yml': jobFile,
  'data/cacert.pem': certificate,
  'data/github/octo_bot_github_app_creds.yml': appCredentialsFile.replace('/some/path/to/app/key', 'app.pem'),
  'data/github/app.pem': privateKey,
  'data/checkmarx/octo_bot_checkmarx_creds.yml': checkmarxCredentialsFile,
};
const main = { main: 'config/octo-bots.yml' };

test('the documented files load unchanged', async () => {
  const { settings, credentials, bots, jobs } = await deploymentOf(files, main);
  expect(settings).toEqual({
    parallelBackgroundJobs: 10,
    botsEndpoint: '/events',
    clientValidityMs: 600_000,
    parallelBots: true,
    recoverMissedDeliveries: true,
    trustProxy: false,
  });
  expect(credentials.map(({ type }) => type)).toEqual(['github-app-credentials', 'checkmarx-credentials']);
  expect(bots).toMatchObject([
    {
      name: 'Checkmarx scan',
      slug: 'checkmarx-scan',
      parallel: true,
      filters: [{ type: 'events-filter' }],
      operations: [{ type: 'pull-request-checkmarx' }],
    },
  ]);
  expect(jobs).toMatchObject([
    {
      name: 'Close stale issues and pull requests',
      slug: 'close-stale-issues-and-pull-requests',
      parallel: true,
      everyMs: 1_800_000,
    },
  ]);
});

test('the documented credentials say which file they miss', async () => {
  expect(await messagesOf({ 'app.yml': appCredentialsFile })).toEqual([
    'app.yml:4:19 "private-key-path" names a path that does not exist (looked at /some/path/to/app/key); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
  ]);
});
