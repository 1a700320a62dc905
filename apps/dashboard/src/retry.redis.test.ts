import {
  type Bot,
  type Deployment,
  defineOperation,
  done,
  type EventOperation,
  failed,
  Options,
  type Outcome,
  silentLog,
} from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { DeadLetters, RunConsumer, RunProducer } from '@octo-bots/queue';
import { startServer } from '@octo-bots/server';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { createDashboard } from './dashboard.ts';

const log = createLogger({ level: 'silent', name: 'test' });

/** A bot whose two operations end as they are told, call by call, the last way for ever. */
function scripted(...scripts: readonly (readonly Outcome[])[]): { bot: Bot; calls: string[] } {
  const calls: string[] = [];
  const operations = scripts.map((outcomes, index) => {
    const left = [...outcomes];
    const declaration = defineOperation({
      type: `op-${index}`,
      summary: 'test',
      // No library of payloads is at hand; only the name matters here.
      events: ['push'] as never,
      config: Options({}),
      async execute() {
        calls.push(`op-${index}`);
        return (left.length > 1 ? left.shift() : left[0]) ?? done('ok');
      },
    });
    // Made by defineOperation, which makes operations of events.
    return declaration.create({}) as EventOperation;
  });
  const keep = { count: 10, ageMs: 60_000 };
  const queue = {
    attempts: 1,
    backoff: { type: 'fixed', delayMs: 1, jitter: 0 },
    timeoutMs: 60_000,
    priority: undefined,
    keep: { completed: keep, failed: keep },
  } as const;
  const source = { file: 'bots.yml', line: 1, column: 1 };
  return { bot: { name: 'A', slug: 'a', parallel: false, source, queue, filters: [], operations }, calls };
}

/** A worker and a dashboard over one Redis. */
async function running(bot: Bot) {
  const redis = await startRedis();
  const deployment: Deployment = {
    settings: {
      parallelBackgroundJobs: 1,
      botsEndpoint: '/events',
      clientValidityMs: 600_000,
      parallelBots: true,
      recoverMissedDeliveries: true,
      trustProxy: false,
    },
    credentials: [],
    bots: [bot],
    jobs: [],
  };
  const redisUrl = redis.url;
  const clients = new ClientPool({ credentials: [], validityMs: 1000, log: silentLog });
  const consumer = new RunConsumer({ redisUrl, deployment, clients, concurrency: 1, log: silentLog });
  await consumer.start();
  const producer = new RunProducer({ redisUrl, deployment, log });
  const letters = new DeadLetters({ redisUrl, deployment });
  const server = await startServer({
    services: [createDashboard({ deployment, redisUrl, host: '127.0.0.1', log })],
    listen: { host: '127.0.0.1', port: 0, tls: { kind: 'off' } },
    log,
    metrics: createMetrics(),
    shutdownMs: 5_000,
  });
  return {
    enqueue: (delivery: string) =>
      producer.enqueue({
        event: { delivery, name: 'push', headers: { 'x-github-event': 'push' }, receivedAt: '2025-01-01T00:00:00Z' },
        body: Buffer.from('{}'),
        bots: [bot],
      }),
    ended: (delivery: string, state: 'completed' | 'failed') =>
      waitFor(`${delivery} to be ${state}`, async () => (await letters.find(`${delivery}.a`))[0]?.state === state),
    press: (button: string) => fetch(`${server.url}/dashboard/api/queues/bot.a/${button}`, { method: 'PUT' }),
    async [Symbol.asyncDispose]() {
      await Promise.all([server.stop(), consumer.stop(), producer.close(), letters.close()]);
      await redis[Symbol.asyncDispose]();
    },
  };
}

const never = failed('never');

test('Retry calls again what failed, though no attempt could help, and leaves what is finished', async () => {
  const { bot, calls } = scripted([done('once')], [never, done('ok')]);
  await using board = await running(bot);
  await board.enqueue('d-1');
  await board.ended('d-1', 'failed');

  expect((await board.press('d-1.a/retry')).status).toBe(204);

  await board.ended('d-1', 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-1']);
});

test('Retry of a run that ended well calls it from the start; of all of them at once it is refused', async () => {
  const { bot, calls } = scripted([done('again')]);
  await using board = await running(bot);
  await board.enqueue('d-1');
  await board.ended('d-1', 'completed');

  expect((await board.press('retry/completed')).status).toBe(403);
  expect((await board.press('d-1.a/retry')).status).toBe(204);

  await waitFor('the operation to be called again', () => calls.length === 2);
  await board.ended('d-1', 'completed');
});

test('Retry all replays every failed run', async () => {
  const { bot, calls } = scripted([never, never, done('ok')]);
  await using board = await running(bot);
  for (const delivery of ['d-1', 'd-2']) {
    await board.enqueue(delivery);
    await board.ended(delivery, 'failed');
  }

  const answer = await board.press('retry/failed');

  expect(await answer.json()).toEqual({ retried: 2, skipped: 0 });
  for (const delivery of ['d-1', 'd-2']) await board.ended(delivery, 'completed');
  expect(calls).toHaveLength(4);
});
