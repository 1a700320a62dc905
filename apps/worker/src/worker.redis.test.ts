import { type Deployment, silentLog } from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { createWorker } from './worker.ts';

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

test('a worker is ready while Redis answers, and no more once it stops', async () => {
  await using redis = await startRedis();
  const clients = new ClientPool({ credentials: [], validityMs: 1000, log: silentLog });
  const worker = createWorker({ deployment, clients, redisUrl: redis.url, concurrency: 1, log: silentLog });

  expect(worker.name).toBe('worker');
  expect(await worker.ready()).toMatchObject({ ok: false });
  await worker.start();
  await waitFor('the worker', async () => (await worker.ready()).ok);
  await redis.stop();
  await waitFor('the outage to be seen', async () => !(await worker.ready()).ok);
  expect(await worker.healthy?.()).toMatchObject({ ok: true });
  await worker.stop();
  expect(await worker.ready()).toEqual({ ok: false, detail: 'stopping' });
});
