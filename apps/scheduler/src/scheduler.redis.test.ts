import { type Deployment, silentLog } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { createScheduler } from './scheduler.ts';

const deployment: Deployment = {
  settings: {
    parallelBackgroundJobs: 1,
    botsEndpoint: '/events',
    clientValidityMs: 1000,
    parallelBots: true,
    recoverMissedDeliveries: true,
    trustProxy: false,
  },
  credentials: [],
  bots: [],
  jobs: [],
};

test('a scheduler waits for Redis, is ready once the schedules are there, and no more once it stops', async () => {
  await using redis = await startRedis();
  await redis.stop();
  const scheduler = createScheduler({ deployment, redisUrl: redis.url, log: silentLog });

  expect(scheduler.name).toBe('scheduler');
  await scheduler.start();
  expect(await scheduler.ready()).toMatchObject({ ok: false });
  await redis.start();
  await waitFor('the schedules', async () => (await scheduler.ready()).ok);
  expect(await scheduler.healthy?.()).toMatchObject({ ok: true });
  await scheduler.stop();
  expect(await scheduler.ready()).toEqual({ ok: false, detail: 'stopping' });
});

test.each([
  ['looks for missed deliveries', true],
  ['with recover-missed-deliveries: false looks for none', false],
])('a scheduler %s', async (_what, recoverMissedDeliveries) => {
  await using redis = await startRedis();
  let looked = 0;
  const clients = {
    deliverySources: async () => {
      looked++;
      return [];
    },
  };
  const settings = { ...deployment.settings, recoverMissedDeliveries };
  const scheduler = createScheduler({
    deployment: { ...deployment, settings },
    redisUrl: redis.url,
    clients,
    log: silentLog,
  });
  await scheduler.start();
  await waitFor('the schedules', async () => (await scheduler.ready()).ok);
  await scheduler.stop();
  expect(looked).toBe(recoverMissedDeliveries ? 1 : 0);
});
