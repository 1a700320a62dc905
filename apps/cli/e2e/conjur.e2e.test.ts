import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EmulatedGitHub,
  startConjur,
  startGitHub,
  startProcess,
  startRedis,
  type TestConjur,
  type TestProcess,
  type TestRedis,
  type WrittenDeployment,
  waitFor,
  writeDeployment,
} from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const login = 'host/octo-bots';
const apiKey = 'the-api-key-of-the-host';

describe('secrets in Conjur', () => {
  const stack = new AsyncDisposableStack();
  let redis: TestRedis;
  let github: EmulatedGitHub;
  let conjur: TestConjur;
  let deployment: WrittenDeployment;
  let octoBots: TestProcess;

  beforeAll(async () => {
    redis = stack.use(await startRedis());
    github = stack.use(await startGitHub());
    const { app } = github;
    const variables = {
      'octo-bots/app-id': String(app.id),
      'octo-bots/client-secret': app.clientSecret,
      'octo-bots/private-key': app.privateKey,
      'octo-bots/webhook-secret': app.webhookSecret,
    };
    conjur = stack.use(await startConjur({ tls: true, hosts: { [login]: apiKey }, variables }));
    deployment = stack.use(
      await writeDeployment({
        github,
        settings: { 'client-validity-time-minutes': 0.02 },
        vaults: {
          conjur: {
            'api-url': conjur.url,
            account: conjur.account,
            'certificate-path': '../conjur-ca.pem',
            login,
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the form that stands in YAML
            'api-key': '${CONJUR_AUTHN_API_KEY}',
          },
        },
        bots: [{ name: 'Labels', operations: ['pull-request-labels'] }],
      }),
    );
    await writeFile(join(deployment.dir, 'conjur-ca.pem'), conjur.authority);
    await writeFile(
      deployment.githubSecretsPath,
      `app-id: !conjur octo-bots/app-id
client-id: ${app.clientId}
client-secret: !conjur octo-bots/client-secret
private-key: !conjur octo-bots/private-key
webhook-secret: !conjur octo-bots/webhook-secret
`,
    );
    await conjur.stop();
    octoBots = stack.use(
      await startProcess({
        args: ['start', '--config', deployment.configPath, '--tls', 'off'],
        env: { REDIS_URL: redis.url, CONJUR_AUTHN_API_KEY: apiKey, LOG_LEVEL: 'trace' },
      }),
    );
    github.setWebhookUrl(`${octoBots.url}/events`);
  });

  afterAll(() => stack.disposeAsync());

  const ping = async (secret: string) => {
    const body = '{"zen":"Keep it logically awesome."}';
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'ping',
      'x-github-delivery': crypto.randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    };
    return octoBots.request('/events', { method: 'POST', headers, body });
  };

  it('that cannot be read at the start keep webhooks waiting, and nothing else', async () => {
    const answer = await ping(github.app.webhookSecret);
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'SECRET_UNAVAILABLE' } });
    expect((await octoBots.request('/healthz')).status).toBe(200);
  });

  it('are read once Conjur is there, and a pull request gets its labels', async () => {
    await conjur.start();
    await waitFor('webhooks to be taken', async () => (await ping(github.app.webhookSecret)).status === 202);
    const { number } = await github.openPullRequest({ ...place, head: 'feature/conjur' });
    await waitFor('the labels', async () =>
      (await github.labelsOf(place.owner, place.repo, number)).includes('feature'),
    );
  });

  it('that were rotated are taken up without a restart', async () => {
    conjur.setVariable('octo-bots/webhook-secret', 'a-rotated-secret');
    await waitFor('the new secret to be taken', async () => (await ping('a-rotated-secret')).status === 202);
    expect((await ping(github.app.webhookSecret)).status).toBe(401);
  });

  it('that Conjur refuses stop webhooks until it gives them again', async () => {
    conjur.setApiKey(login, 'another-key');
    conjur.expireTokens();
    const answer = await waitFor('a webhook that cannot be verified', async () => {
      const { status, body } = await ping('a-rotated-secret');
      return status === 503 && body;
    });
    expect(JSON.parse(answer)).toMatchObject({ error: { code: 'SECRET_REFUSED' } });
    expect(octoBots.output()).toContain('answered 401 to our login');
    conjur.setApiKey(login, apiKey);
    await waitFor('webhooks to be taken again', async () => (await ping('a-rotated-secret')).status === 202);
  });

  it('go on being used while Conjur is out of reach', async () => {
    await conjur.stop();
    const statuses = new Set<number>();
    await waitFor('the old client to go on', async () => {
      statuses.add((await ping('a-rotated-secret')).status);
      return octoBots.log().some(({ msg }) => msg === 'client not made anew; the old one goes on');
    });
    statuses.add((await ping('a-rotated-secret')).status);
    expect([...statuses]).toEqual([202]);
  });

  it('are in no log', () => {
    const output = octoBots.output();
    expect(output).toContain('webhook refused');
    expect(output).toContain('logged in to the vault');
    const { clientSecret, privateKey, webhookSecret } = github.app;
    const [, keyLine = ''] = privateKey.split('\n');
    for (const secret of [clientSecret, keyLine, webhookSecret, 'a-rotated-secret', apiKey]) {
      expect(output).not.toContain(secret);
    }
  });
});
