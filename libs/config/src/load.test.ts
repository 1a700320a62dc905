import { join } from 'node:path';
import { type BackgroundJob, type Bot, memoOf, silentLog } from '@octo-bots/core';
import { describe, expect, test } from 'vitest';
import { loadDeployment } from './load.ts';
import { formatProblem } from './problem.ts';
import {
  certificate,
  deploymentOf,
  head,
  load,
  messagesOf,
  privateKey,
  writeFiles,
} from './test-support/deployment.ts';
import { testExtensions } from './test-support/extensions.ts';

const labels = '{ name: Labels, operations: [pull-request-labels] }';

/** The test extensions report the options that they were made with. */
async function optionsOf(definition: Bot | BackgroundJob | undefined): Promise<unknown[]> {
  const context = {
    key: 'key',
    memo: memoOf(undefined, 'none'),
    state: undefined,
    waitingSince: undefined,
    signal: new AbortController().signal,
    log: silentLog,
    clients: {},
  };
  const run = { id: 'run', kind: 'bot', name: 'bot', attempt: 1, delivery: undefined } as const;
  const event = { delivery: 'd', name: 'push', action: undefined, headers: {}, payload: {}, receivedAt: '' };
  const outcomes = (definition?.operations ?? []).map((operation) =>
    operation.trigger === 'event'
      ? operation.execute({ ...context, run, event })
      : operation.execute({ ...context, run, tick: { job: 'job', dueAt: '' } }),
  );
  return (await Promise.all(outcomes)).map((outcome) => outcome.status === 'done' && JSON.parse(outcome.summary));
}

describe('a deployment', () => {
  test('of settings and credentials alone has every default', async () => {
    const deployment = await deploymentOf({});
    expect(deployment.settings).toEqual({
      parallelBackgroundJobs: 10,
      botsEndpoint: '/events',
      clientValidityMs: 600_000,
      parallelBots: true,
      recoverMissedDeliveries: true,
      trustProxy: false,
    });
    expect(deployment.credentials.map(({ type, clientType }) => [type, clientType])).toEqual([
      ['github-app-credentials', 'github'],
    ]);
    expect([deployment.bots, deployment.jobs]).toEqual([[], []]);
  });

  test('takes "settings:" with nothing below it for all the defaults', async () => {
    const { settings } = await deploymentOf({ 'octo-bots.yml': head.replace('settings: {}', 'settings:') });
    expect(settings.botsEndpoint).toBe('/events');
  });

  test('has the settings that YAML gives', async () => {
    const given = `settings:
  parallel-background-jobs: 3
  bots-endpoint: /hooks/github
  client-validity-time-minutes: 0.5
  parallel-bots: false
  recover-missed-deliveries: false`;
    const { settings } = await deploymentOf({ 'octo-bots.yml': head.replace('settings: {}', given) });
    expect(settings).toEqual({
      parallelBackgroundJobs: 3,
      botsEndpoint: '/hooks/github',
      clientValidityMs: 30_000,
      parallelBots: false,
      recoverMissedDeliveries: false,
      trustProxy: false,
    });
  });

  test('fills in the defaults of a bot', async () => {
    const { bots, directory } = await deploymentOf({ 'octo-bots.yml': `${head}bots: [${labels}]\n` });
    const day = 24 * 60 * 60 * 1000;
    expect(bots).toEqual([
      {
        name: 'Labels',
        slug: 'labels',
        parallel: false,
        source: { file: join(directory, 'octo-bots.yml'), line: 5, column: 8 },
        filters: [],
        operations: [expect.objectContaining({ type: 'pull-request-labels', trigger: 'event' })],
        queue: {
          attempts: 5,
          backoff: { type: 'exponential', delayMs: 10_000, jitter: 0.2 },
          timeoutMs: 15 * 60_000,
          priority: undefined,
          keep: { completed: { count: 1000, ageMs: 7 * day }, failed: { count: 5000, ageMs: 30 * day } },
        },
      },
    ]);
  });

  test('has the queue options that YAML gives, beside the defaults of the others', async () => {
    const queue =
      '{ attempts: 1, backoff: { type: fixed, delay: 5s }, priority: 7, coalesce: pull-request, keep: { failed: { age: 1 day } }, concurrency: 2, rate-limit: { max: 30, per: 1 minute } }';
    const bot = `{ name: x, operations: [pull-request-labels], parallel: true, queue: ${queue} }`;
    const { bots } = await deploymentOf({ 'octo-bots.yml': `${head}bots: [${bot}]\n` });
    expect(bots[0]?.parallel).toBe(true);
    expect(bots[0]?.queue).toMatchObject({
      attempts: 1,
      backoff: { type: 'fixed', delayMs: 5000, jitter: 0.2 },
      timeoutMs: 15 * 60_000,
      priority: 7,
      coalesce: 'pull-request',
      concurrency: 2,
      rateLimit: { max: 30, perMs: 60_000 },
      keep: { completed: { count: 1000 }, failed: { count: 5000, ageMs: 24 * 60 * 60 * 1000 } },
    });
  });

  test('takes an operation as a plain string, as a map, and as a map to nothing', async () => {
    const operations = '[pull-request-labels, { pull-request-labels: { scheme: branches } }, { pull-request-labels: }]';
    const { bots } = await deploymentOf({
      'octo-bots.yml': `${head}bots: [{ name: x, operations: ${operations} }]\n`,
    });
    expect(await optionsOf(bots[0])).toEqual([{ scheme: 'branches' }, { scheme: 'branches' }, { scheme: 'branches' }]);
  });

  test('gives an operation its options decoded, with defaults, and files absolute', async () => {
    const { bots, jobs, directory } = await deploymentOf({
      'octo-bots.yml': `${head}bots: [bots/chat.yml]\njobs: [{ name: x, every: 12h, operations: [{ close-stale: { stale-expiration: 60 days } }] }]\n`,
      'bots/chat.yml':
        'bots: [{ name: Chat, operations: [{ post-to-chat: { token: hush, template: ../keys/ca.pem } }] }]\n',
    });
    expect(await optionsOf(bots[0])).toEqual([
      { token: 'hush', template: join(directory, 'keys/ca.pem'), when: 'always' },
    ]);
    expect(jobs[0]?.everyMs).toBe(12 * 60 * 60 * 1000);
    expect(await optionsOf(jobs[0])).toEqual([
      {
        'close-issues': false,
        'close-prs': false,
        'stale-expiration': 60 * 24 * 60 * 60 * 1000,
        'stale-comment': 'Closed as stale.',
        'exempt-labels': [],
        'repo-filter': [],
      },
    ]);
  });

  test('has bots and background jobs of files and of the main file, in the order of the YAML', async () => {
    const job = (name: string) =>
      `{ name: ${name}, every: 1 day, operations: [{ close-stale: { stale-expiration: 1d } }] }`;
    const { bots, jobs } = await deploymentOf({
      'octo-bots.yml': `${head}bots:
  - bots/first.yml
  - ${labels}
  - bots/last.yml
jobs: [jobs/one.yml, ${job('two')}]
background-jobs: [${job('three')}, jobs/four.yml]
`,
      'bots/first.yml': 'bots: [{ name: First, operations: [pull-request-labels] }]\n',
      'bots/last.yml': 'bots: [{ name: Last, operations: [pull-request-labels] }]\n',
      'jobs/one.yml': `jobs: [${job('one')}]\n`,
      'jobs/four.yml': `background-jobs: [${job('four')}]\n`,
    });
    expect(bots.map(({ name }) => name)).toEqual(['First', 'Labels', 'Last']);
    expect(jobs.map(({ name }) => name)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('finds relative paths from the file that names them, however deep', async () => {
    const { bots } = await deploymentOf(
      {
        'deploy/prod/main.yml': head.replace('app.yml', '../../creds/app.yml').concat('bots: [./bots/a.yml]\n'),
        'deploy/prod/bots/a.yml': 'bots: [../../shared/b.yml]\n',
        'deploy/shared/b.yml': `bots: [${labels}]\n`,
        'creds/app.yml': `app-id: "1"
client-id: a
client-secret: b
private-key-path: ../keys/app.pem
webhook-secret: c
`,
      },
      { main: 'deploy/prod/main.yml' },
    );
    expect(bots.map(({ name }) => name)).toEqual(['Labels']);
  });

  test('takes anchors, aliases and merge keys', async () => {
    const { bots } = await deploymentOf({
      'octo-bots.yml': `${head}bots:
  - &base
    name: First
    operations: &operations [pull-request-labels]
    queue: &queue { attempts: 2 }
  - { <<: *base, name: Second, queue: { <<: *queue, timeout: 1 minute } }
  - { name: Third, operations: *operations }
`,
    });
    expect(bots.map(({ name, queue }) => [name, queue.attempts, queue.timeoutMs])).toEqual([
      ['First', 2, 900_000],
      ['Second', 2, 60_000],
      ['Third', 5, 900_000],
    ]);
  });

  test('refuses aliases that blow a small file up', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = Array(10).fill(level === 0 ? 'x' : `*l${level - 1}`);
      return `  l${level}: &l${level} [${items.join(', ')}]\n`;
    });
    const [message] = await messagesOf({ 'octo-bots.yml': `settings:\n${levels.join('')}` });
    expect(message).toContain('aliases make the file grow to over 100000 values');
  });
});

describe('credentials', () => {
  const inline = (key: string) => `settings: {}
credentials:
  github-app-credentials:
    api-url: https://ghes.example/api/v3
    certificate-path: keys/ca.pem
    app-id: 7
    client-id: a
    client-secret: b
    private-key: ${key}
    webhook-secret: c
`;

  test.for([
    ['as a block', `|\n${privateKey.trimEnd().replaceAll(/^/gm, '      ')}`],
    ['on one line', JSON.stringify(privateKey)],
    ['on one line whose backslashes were not unescaped', `'${privateKey.trimEnd().replaceAll('\n', '\\n')}'`],
  ] as const)('stand in the main file itself, with the key %s', async ([, key]) => {
    const { credentials } = await deploymentOf({ 'octo-bots.yml': inline(key) });
    expect(credentials.map(({ type }) => type)).toEqual(['github-app-credentials']);
  });

  test('reach their declaration decoded, with defaults, and files absolute', async () => {
    await using directory = await writeFiles({});
    const result = await load(directory);
    const [credentials] = result.ok ? result.deployment.credentials : [];
    await expect(credentials?.createAuthenticatedClient(5)).rejects.toThrow(
      JSON.stringify({
        config: { 'api-url': 'https://api.github.com' },
        secrets: {
          'app-id': 1,
          'client-id': 'some_client_id',
          'client-secret': 'some_client_secret',
          'private-key-path': join(directory.path, 'keys/app.pem'),
          'webhook-secret': 'some_webhook_secret',
        },
        log: {},
        validityMs: 5,
      }),
    );
  });

  test('take a chain of certificates', async () => {
    const files = {
      'octo-bots.yml': inline(JSON.stringify(privateKey)),
      'keys/ca.pem': `${certificate}\n${certificate}`,
    };
    await expect(deploymentOf(files)).resolves.toBeDefined();
  });
});

describe('mistakes', () => {
  test('of all files come at once, by file and line', async () => {
    const messages = await messagesOf({
      'octo-bots.yml': `${head}bots: [a.yml, b.yml]\nextra: 1\n`,
      'app.yml': 'app-id: 1\n',
      'a.yml': 'bots: [{ name: A, operations: [nothing], parallel: 1 }]\n',
      'b.yml': 'bots:\n\t- x\n',
    });
    expect(messages.map((message) => message.split(' ')[0])).toEqual([
      'octo-bots.yml:6:1',
      'app.yml:1:1',
      'app.yml:1:1',
      'app.yml:1:1',
      'a.yml:1:32',
      'a.yml:1:52',
      'b.yml:2:1',
    ]);
  });

  test.for([
    ['does not exist', 'none.yml'],
    ['is a directory', 'keys'],
  ])('say that the main file %s', async ([reason = '', main = '']) => {
    expect(await messagesOf({}, { main })).toEqual([
      `${main} the main file ${reason}; allowed: the path of a readable YAML file. Name the file with --config, or put it there.`,
    ]);
  });

  test('in a file outside the working directory come with its absolute path', async () => {
    await using directory = await writeFiles({ 'octo-bots.yml': 'settings: {}\n' });
    const result = await load(directory);
    const messages = result.ok ? [] : result.problems.map((problem) => formatProblem(problem, { cwd: '/nowhere' }));
    expect(messages).toEqual([expect.stringContaining(`${directory.path}/octo-bots.yml:1:1 the main file has no`)]);
  });

  test('never hold a secret, wherever it stands', async () => {
    const secret = 'hush-7f3a';
    const files: readonly Record<string, string>[] = [
      ...[
        secret,
        `${secret}: x`,
        `client-secret: [${secret}]`,
        `client-secret: {${secret}: x}`,
        `private-key: ${secret}`,
      ].map((text) => ({ 'app.yml': `${text}\n` })),
      ...[
        `client-secret:${secret}\na: b`,
        `client-secret: @${secret}`,
        `client-secret: "${secret}`,
        `? [${secret}]\n: x`,
      ].map((text) => ({ 'app.yml': `${text}\n` })),
      { 'octo-bots.yml': `settings: {}\ncredentials:\n  github-app-credentials: ${secret}\n` },
      { 'octo-bots.yml': `settings: {}\ncredentials: ${secret}\n` },
      { 'octo-bots.yml': `settings: {}\ncredentials:\n  github-app-credentials: { client-secret: [${secret}] }\n` },
      { 'octo-bots.yml': `${head}bots: [{ name: x, operations: [{ post-to-chat: { token: [${secret}] } }] }]\n` },
    ];
    for (const broken of files) {
      const messages = await messagesOf(broken);
      expect(messages, JSON.stringify(broken)).not.toEqual([]);
      expect(messages.join('\n')).not.toContain(secret);
    }
  });
});

test('two extensions with one name are a mistake of the program', async () => {
  const { filters, operations, credentials } = testExtensions;
  const doubled = { filters: [...filters, ...filters.slice(0, 1)], operations, credentials };
  await expect(loadDeployment('octo-bots.yml', doubled, { log: silentLog })).rejects.toMatchObject({
    code: 'EXTENSION_DUPLICATE',
  });
});
