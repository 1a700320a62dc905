import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { done } from '@octo-bots/core';
import { describeError } from '@octo-bots/telemetry';
import { freePort, protectRedis, startRedisCluster, startRedisSentinels, waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answers, connectToRedis, type RedisClient, type Temper } from './redis-connection.ts';
import { deadLetters } from './test-support/dead-letters.ts';
import { bot, deployment, producer, push } from './test-support/harness.ts';

/** On a busy machine a host may at first be too slow to say what is wrong; the log has the next reason after 30 s. */
const patience = { timeoutMs: 40_000 };
const a = bot('A', () => done('ok'));
const what = deployment({ bots: [a] });

/** A connection, and what it logs. */
function connection(redisUrl: string, temper: Temper): AsyncDisposable & { redis: RedisClient; said: () => string } {
  const lines: string[] = [];
  const say = (fields: object, message: string) => {
    lines.push('err' in fields ? `${message}: ${inspect(describeError(fields.err))}` : message);
  };
  const redis = connectToRedis({ redisUrl, temper, log: { debug: say, info: say, warn: say, error: say } });
  return { redis, said: () => lines.join('\n'), [Symbol.asyncDispose]: async () => redis.disconnect() };
}

const ready = ({ redis }: { redis: RedisClient }) => waitFor('Redis to answer', () => answers(redis, '{octo}'));

/** Takes connections, and says nothing. @returns its port. */
async function mute(stack: AsyncDisposableStack): Promise<number> {
  const server = stack.use(createServer((socket) => socket.resume()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Each has a user, a password, TLS and an authority of its own; the certificate is for a name. */
describe('the way to', () => {
  const stack = new AsyncDisposableStack();
  const urls: Record<string, string> = {};
  let secrets: string[] = [];
  let strangerPath = '';

  beforeAll(async () => {
    const protection = stack.use(await protectRedis('localhost'));
    const cluster = stack.use(await startRedisCluster({ protection }));
    const sentinels = stack.use(await startRedisSentinels({ protection }));
    Object.assign(urls, { 'a Cluster': cluster.url, Sentinels: sentinels.url });
    secrets = [protection.password, sentinels.password, 'wr0ng'];
    strangerPath = protection.strangerPath;
  });
  afterAll(() => stack.disposeAsync());

  const silentAbout = (text: string) => {
    for (const secret of secrets) expect(text).not.toContain(secret);
  };

  test.each(['a Cluster', 'Sentinels'])(
    '%s leads through TLS, with a password and an authority of one’s own',
    async (form) => {
      const url = urls[form] ?? '';
      for (const temper of ['patient', 'hasty'] as const) {
        await using open = connection(url, temper);
        await ready(open);
        expect(open.said()).toBe('');
      }
      await using letters = deadLetters(url, what);
      expect(await letters.list({ limit: 1 })).toEqual({ total: 0, letters: [] });
    },
  );

  type Way = readonly [form: string, wrong: string, mend: (url: string) => string, says: RegExp];
  const refused: readonly Way[] = ['a Cluster', 'Sentinels'].flatMap((form) => [
    [form, 'password', (url) => url.replace('p4ss-of-octo', 'wr0ng'), /WRONGPASS/],
    [form, 'user', (url) => url.replace('octo:', 'nobody:'), /WRONGPASS/],
    [
      form,
      'authority',
      (url) => url.replace(/(certificate-path=)[^&]*/, `$1${strangerPath}`),
      /localhost:\d+: .*certificate/,
    ],
    [
      form,
      'scheme',
      (url) => url.replace('rediss', 'redis').replace(/certificate-path=[^&]*&?/, ''),
      /localhost:\d+: .*ECONNRESET/,
    ],
  ]);
  const ofSentinels: readonly Way[] = [
    [
      'Sentinels',
      'password of theirs',
      (url) => url.replace(/(sentinel-password=).*/, '$1wr0ng'),
      /localhost:\d+: WRONGPASS/,
    ],
    ['Sentinels', 'name', (url) => url.replace('/primary', '/secondary'), /No such master/],
  ];

  test.concurrent.each([...refused, ...ofSentinels])(
    '%s with a wrong %s is refused, and the reason is told without a password',
    { timeout: 2 * patience.timeoutMs + 10_000 },
    async (form, _wrong, mend, says) => {
      const url = mend(urls[form] ?? '');
      await using open = connection(url, 'patient');
      await using runs = producer(url, what);
      await using letters = deadLetters(url, what);
      await expect(runs.enqueue(push('d-1', [a]))).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
      expect(await runs.ping()).toBe(false);
      await waitFor('the reason in the log', () => says.test(open.said()), patience);
      expect(await answers(open.redis, '{octo}')).toBe(false);
      silentAbout(open.said());
      await waitFor(
        'the reason for a person',
        async () => {
          const told = await letters.list({ limit: 1 }).then(String, String);
          silentAbout(told);
          return says.test(told);
        },
        patience,
      );
    },
  );
});

test.concurrent.each([
  [
    'a server',
    (port: number) => `redis://127.0.0.1:${port}`,
    (port: number) => `127.0.0.1:${port}: connect ECONNREFUSED`,
  ],
  [
    'a Cluster',
    (port: number) => `redis+cluster://octo:s3cret@127.0.0.1:${port},[::1]:${port}`,
    (port: number) => `the Cluster of 127.0.0.1:${port}, [::1]:${port}: 127.0.0.1:${port}: connect ECONNREFUSED`,
  ],
  [
    'Sentinels',
    (port: number) => `redis+sentinel://octo:s3cret@nowhere.invalid:${port}/octo`,
    (port: number) =>
      `the primary "octo" of the Sentinels nowhere.invalid:${port}: nowhere.invalid:${port}: getaddrinfo`,
  ],
])('where %s is dead a person reads where, why, what is allowed and what to do', async (_form, urlOf, says) => {
  const port = await freePort();
  await using letters = deadLetters(urlOf(port), what);
  const told = await letters.list({ limit: 1 }).then(String, String);
  expect(told).toContain(`at ${says(port)}`);
  expect(told).toMatch(
    /; it must answer within 2 s, .*; is it running, and is REDIS_URL \(--redis-url\) its address\?$/,
  );
  expect(told).not.toContain('s3cret');
});

test.concurrent('a Cluster is found although the name of one of its nodes is gone', async () => {
  await using cluster = await startRedisCluster();
  await using open = connection(cluster.url.replace('://', '://nowhere.invalid:7000,'), 'patient');
  await ready(open);
});

test.concurrent('a Sentinel that takes connections and says nothing does not keep the others from being asked', async () => {
  await using stack = new AsyncDisposableStack();
  const sentinels = stack.use(await startRedisSentinels());
  await using open = connection(sentinels.url.replace('://', `://127.0.0.1:${await mute(stack)},`), 'hasty');
  await ready(open);
});

test.concurrent('a node of a Cluster, or a Sentinel, that was taken for a server does not count as one that answers', async () => {
  await using cluster = await startRedisCluster();
  await using sentinels = await startRedisSentinels();
  const sentinel = sentinels.url.replace('redis+sentinel', 'redis').replace(/,.*/, '');
  for (const url of [`redis://127.0.0.1:${cluster.port}`, sentinel]) {
    await using open = connection(url, 'hasty');
    await waitFor('the connection', () => open.redis.status === 'ready');
    expect(await answers(open.redis, '{octo}')).toBe(false);
  }
});

test.concurrent('a primary that falls silent without closing a connection is left for its successor', {
  timeout: 60_000,
}, async () => {
  await using sentinels = await startRedisSentinels();
  await using patient = connection(sentinels.url, 'patient');
  await using runs = producer(sentinels.url, what);
  await ready(patient);
  await runs.enqueue(push('d-1', [a]));

  sentinels.freezePrimary();
  const count = patient.redis.incr('{octo}:test');
  await sentinels.failedOver();

  const taken = () => runs.enqueue(push('d-2', [a])).catch(() => undefined);
  await waitFor('the producer to follow', taken);
  expect(await count).toBe(1);
});

test.concurrent('while a Cluster chooses a new node for the slot, who is patient waits for it', {
  timeout: 60_000,
}, async () => {
  await using cluster = await startRedisCluster({ replicas: true });
  await using patient = connection(cluster.url, 'patient');
  await ready(patient);

  await cluster.crashNodeOf('{octo}');
  const count = patient.redis.incr('{octo}:test');
  await cluster.failedOver('{octo}');

  expect(await count).toBe(1);
});
