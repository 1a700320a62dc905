import { done, failed } from '@octo-bots/core';
import { createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import {
  backgroundJob,
  bot,
  deployment,
  type Observer,
  observer,
  producer,
  push,
  startedConsumer,
  startedKeeper,
  wipe,
} from './test-support/harness.ts';

const quiet = () => done('quiet');

async function schedules(look: Observer): Promise<Record<string, number | undefined>> {
  const standing = await look.ticks.getJobSchedulers();
  return Object.fromEntries(standing.map(({ key, every }) => [key, every]));
}

test('a background job runs as soon as its schedule is new, and then again at its interval', async () => {
  await using redis = await startRedis();
  const ids: string[] = [];
  const job = backgroundJob(
    'Often',
    ({ run }) => {
      ids.push(run.id);
      return done('ran');
    },
    { everyMs: 200 },
  );
  const what = deployment({ jobs: [job] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using keeper = await startedKeeper(redis.url, what);

  await waitFor('three runs', () => ids.length >= 3);

  expect(await keeper.ready()).toMatchObject({ ok: true });
  expect(new Set(ids).size).toBe(ids.length);
  const due = ids.map((id) => Number(id.split('.').at(-1)));
  expect((due[1] ?? 0) - (due[0] ?? 0)).toBeGreaterThanOrEqual(200);
});

test('what the YAML gains, changes and loses, Redis does too; what stays is left alone', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const stays = backgroundJob('Stays', quiet);
  {
    const jobs = [stays, backgroundJob('Changes', quiet), backgroundJob('Leaves', quiet)];
    await using before = await startedKeeper(redis.url, deployment({ jobs, parallelBackgroundJobs: 4 }));
    await waitFor('the schedules', async () => (await before.ready()).ok);
    await waitFor('the first runs', async () => (await look.runs.getWaitingCount()) === 3);
  }
  const next = (await look.ticks.getJobScheduler('stays'))?.next;

  const jobs = [stays, backgroundJob('Changes', quiet, { everyMs: 7_200_000 }), backgroundJob('Comes', quiet)];
  const changes: object[] = [];
  const note = (fields: object, message: string) => {
    if (message.startsWith('schedule ')) changes.push({ message, ...fields });
  };
  const log = { debug: note, info: note, warn: note, error: note };
  await using after = await startedKeeper(redis.url, deployment({ jobs, parallelBackgroundJobs: 2 }), { log });
  await waitFor('the schedules', async () => (await after.ready()).ok);

  expect(changes).toMatchObject([
    { message: 'schedule removed', job: 'leaves', run: expect.stringMatching(/^leaves\./) },
    { message: 'schedule set', job: 'Changes', reason: 'changed' },
    { message: 'schedule set', job: 'Comes', reason: 'new' },
  ]);

  expect(await schedules(look)).toEqual({ stays: 3_600_000, changes: 7_200_000, comes: 3_600_000 });
  expect((await look.ticks.getJobScheduler('stays'))?.next).toBe(next);
  expect(await look.runs.getGlobalConcurrency()).toBe(2);
  await waitFor('the runs', async () => {
    const waiting = await look.runs.getWaiting();
    return (
      waiting
        .map(({ name }) => name)
        .sort()
        .join() === 'Changes,Comes,Stays'
    );
  });
});

test('a Redis that was wiped gets schedules and cap again, and one that comes back empty at once', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const what = deployment({ jobs: [backgroundJob('Often', quiet)], parallelBackgroundJobs: 3 });
  await using keeper = await startedKeeper(redis.url, what, { reconcileEveryMs: 100 });
  await waitFor('the schedules', async () => (await keeper.ready()).ok);

  await wipe(look.redis);
  await waitFor('the schedule', async () => (await schedules(look)).often === 3_600_000);
  expect(await look.runs.getGlobalConcurrency()).toBe(3);

  await using slow = await startedKeeper(redis.url, what, { reconcileEveryMs: 3_600_000 });
  await waitFor('the schedules', async () => (await slow.ready()).ok);
  await keeper.stop();
  await redis.crash();
  await redis.start();
  await waitFor('the schedule', async () => (await schedules(look)).often === 3_600_000);
});

test('schedulers that start at once agree, and each tick gives one run', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const jobs = ['A', 'B', 'C', 'D'].map((name) => backgroundJob(name, quiet));
  const what = deployment({ jobs });
  await using stack = new AsyncDisposableStack();
  const keepers = await Promise.all(
    Array.from({ length: 4 }, async () => stack.use(await startedKeeper(redis.url, what, { reconcileEveryMs: 20 }))),
  );

  for (const keeper of keepers) await waitFor('the schedules', async () => (await keeper.ready()).ok);
  await waitFor('the first runs', async () => (await look.runs.getWaitingCount()) === 4);
  await waitFor('the next ticks', async () => (await look.ticks.getDelayedCount()) === 4);

  expect(Object.keys(await schedules(look)).sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(await look.runs.getWaitingCount()).toBe(4);
});

test('a scheduler counts what stands in the queues', async () => {
  await using redis = await startRedis();
  const metrics = createMetrics();
  const what = deployment({ bots: [bot('A', quiet)], jobs: [backgroundJob('Often', quiet)] });
  await using _keeper = await startedKeeper(redis.url, what, { metrics, reconcileEveryMs: 50 });
  await using runs = producer(redis.url, what);

  await runs.enqueue(push('d-1', what.bots));

  await waitFor('the counts', async () => {
    const text = await metrics.text();
    return ['bot.a', 'background-jobs'].every((queue) =>
      text.includes(`octo_bots_queue_runs{queue="${queue}",state="waiting"} 1`),
    );
  });
});

test('a schedule whose next tick was lost is set again', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const what = deployment({ jobs: [backgroundJob('Often', quiet)] });
  {
    await using keeper = await startedKeeper(redis.url, what);
    await waitFor('the schedules', async () => (await keeper.ready()).ok);
    await waitFor('the first run', async () => (await look.runs.getWaitingCount()) === 1);
  }
  // As an operator empties a queue with a database client; and a while later.
  await waitFor('the next tick', async () => (await look.ticks.getDelayedCount()) === 1);
  await look.redis.del(look.ticks.keys.delayed ?? '');
  await look.redis.zadd(look.ticks.keys.repeat ?? '', Date.now() - 60_000, 'often');

  await using _keeper = await startedKeeper(redis.url, what, { reconcileEveryMs: 20 });

  await waitFor('a next tick', async () => (await look.ticks.getDelayedCount()) === 1);
});

test('at most two of five background jobs run at once over three workers, and none overlaps itself', async () => {
  await using redis = await startRedis();
  const running = new Map<string, number>();
  const ended: string[] = [];
  let most = 0;
  let overlaps = 0;
  const jobs = ['A', 'B', 'C', 'D', 'E'].map((name) =>
    backgroundJob(
      name,
      async () => {
        if (running.has(name)) overlaps++;
        running.set(name, (running.get(name) ?? 0) + 1);
        most = Math.max(most, running.size);
        // Longer than its interval, so that ticks come while it runs.
        await new Promise((resolve) => setTimeout(resolve, 300));
        running.delete(name);
        ended.push(name);
        return done('ran');
      },
      { everyMs: 100 },
    ),
  );
  const what = deployment({ jobs, parallelBackgroundJobs: 2 });
  await using _one = await startedConsumer(redis.url, what);
  await using _two = await startedConsumer(redis.url, what);
  await using _three = await startedConsumer(redis.url, what);
  await using _keeper = await startedKeeper(redis.url, what);

  await waitFor(
    'each job to have run twice',
    () => jobs.every(({ name }) => ended.filter((e) => e === name).length >= 2),
    {
      timeoutMs: 20_000,
    },
  );

  expect(most).toBe(2);
  expect(overlaps).toBe(0);
});

test('a failed run that is retried by hand waits for the run of the same background job that is under way', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const begun: string[] = [];
  const job = backgroundJob(
    'Often',
    async ({ run }) => {
      begun.push(run.id);
      if (begun.length === 1) return failed('no');
      await mayEnd;
      return done('ok');
    },
    { everyMs: 150 },
  );
  const what = deployment({ jobs: [job] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using _keeper = await startedKeeper(redis.url, what);
  await waitFor('a second run', () => begun.length === 2);

  const first = await look.runs.getJob(begun[0] ?? '');
  await first?.retry('failed');

  await waitFor('the first run to be put off', async () => (await first?.getState()) === 'delayed');
  expect(begun).toHaveLength(2);
  end();
});
