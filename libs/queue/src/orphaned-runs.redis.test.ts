import { done } from '@octo-bots/core';
import { createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import {
  bot,
  deployment,
  ended,
  observer,
  producer,
  push,
  startedConsumer,
  startedKeeper,
} from './test-support/harness.ts';

const quiet = () => done('quiet');
const a = bot('A', quiet);
const gone = bot('Gone', quiet);
const c = bot('C', quiet);
const before = deployment({ bots: [a, gone, c], parallelBots: false });
const after = deployment({ bots: [a, c], parallelBots: false });

/** As a scheduler does that runs while the YAML still has all bots. */
async function knowAllBots(redisUrl: string): Promise<void> {
  await using keeper = await startedKeeper(redisUrl, before);
  await waitFor('the first comparison', async () => (await keeper.ready()).ok);
}

test('runs that wait for a bot which left the YAML are told and counted', async () => {
  await using redis = await startRedis();
  await using runs = producer(redis.url, before);
  await knowAllBots(redis.url);
  for (const delivery of ['d-1', 'd-2']) await runs.enqueue(push(delivery, [gone]));
  const metrics = createMetrics();
  const warnings: object[] = [];
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, error: ignore, warn: (fields: object) => void warnings.push(fields) };

  await using _keeper = await startedKeeper(redis.url, after, { metrics, log, reconcileEveryMs: 20 });

  const text = 'octo_bots_orphaned_runs{bot="gone"} 2';
  await waitFor('the count', async () => (await metrics.text()).includes(text));
  expect(warnings).toEqual([{ bot: 'gone', count: 2, failAfterMs: 600_000 }]);
});

test('a bot which left the YAML does not hold up the bots after it; its run is kept as failed and can be replayed', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  await using runs = producer(redis.url, before);
  await knowAllBots(redis.url);
  await runs.enqueue(push('d-1', [a, gone, c]));
  const metrics = createMetrics();

  {
    await using _consumer = await startedConsumer(redis.url, after);
    await using _one = await startedKeeper(redis.url, after, { reconcileEveryMs: 20, orphanPatienceMs: 50, metrics });
    await using _two = await startedKeeper(redis.url, after, { reconcileEveryMs: 20, orphanPatienceMs: 50 });

    await ended(() => look.botQueue(c).getJob('d-1.c'), 'completed');
    const failed = await ended(() => look.botQueue(gone).getJob('d-1.gone'), 'failed');
    expect(failed.failedReason).toMatch(/^RUN_UNKNOWN_BOT: this run is of the bot "gone"/);
    await waitFor('the count', async () => (await metrics.text()).includes('octo_bots_orphaned_runs{bot="gone"} 0'));
  }
  await using _consumer = await startedConsumer(redis.url, before);
  await (await look.botQueue(gone).getJob('d-1.gone'))?.retry('failed');
  await ended(() => look.botQueue(gone).getJob('d-1.gone'), 'completed');
});

test('runs of a bot that only a worker with a newer YAML has are left to that worker', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  await using runs = producer(redis.url, before);
  await knowAllBots(redis.url);
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const slow = bot('Gone', async () => {
    begin();
    await mayEnd;
    return done('by the newer worker');
  });
  await using _newer = await startedConsumer(redis.url, deployment({ bots: [a, slow] }), { concurrency: 1 });
  for (const delivery of ['d-1', 'd-2']) await runs.enqueue(push(delivery, [slow]));
  await begun;
  const orphan = bot('Orphan', quiet);
  await using other = await startedKeeper(redis.url, deployment({ bots: [orphan] }));
  await waitFor('the first comparison', async () => (await other.ready()).ok);
  await runs.enqueue(push('d-3', [orphan]));

  await using _older = await startedKeeper(redis.url, deployment({ bots: [a] }), {
    reconcileEveryMs: 20,
    orphanPatienceMs: 0,
  });

  // Whose runs nobody takes; by then the others were looked at as often.
  await ended(() => look.botQueue(orphan).getJob('d-3.orphan'), 'failed');
  expect(await look.botQueue(slow).getJobCountByTypes('waiting', 'prioritized')).toBe(1);
  end();
  for (const id of ['d-1.gone', 'd-2.gone']) await ended(() => look.botQueue(slow).getJob(id), 'completed');
});
