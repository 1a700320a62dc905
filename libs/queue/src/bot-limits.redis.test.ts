import { setTimeout as pause } from 'node:timers/promises';
import { type Bot, done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import {
  bot,
  deployment,
  observer,
  producer,
  push,
  startedConsumer,
  startedKeeper,
  wipe,
} from './test-support/harness.ts';

const quiet = () => done('quiet');

test('at most two runs of a bot with queue.concurrency 2 go at once over two workers; another bot is not held up', async () => {
  await using redis = await startRedis();
  let running = 0;
  let most = 0;
  let ran = 0;
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const capped = bot(
    'Capped',
    async () => {
      running++;
      most = Math.max(most, running);
      await mayEnd;
      // Long enough for whoever could start another one.
      await pause(20);
      running--;
      ran++;
      return done('ran');
    },
    { concurrency: 2 },
  );
  let free = 0;
  const other = bot('Free', async () => {
    free++;
    await mayEnd;
    return done('ran');
  });
  const what = deployment({ bots: [capped, other] });
  await using runs = producer(redis.url, what);
  for (let n = 1; n <= 8; n++) await runs.enqueue(push(`d-${n}`, [capped, other]));

  // No scheduler: a worker lets no run start before its cap stands.
  await using _one = await startedConsumer(redis.url, what);
  await using _two = await startedConsumer(redis.url, what);
  await waitFor('the free bot to have all its runs under way', () => free === 8);
  expect(running).toBe(2);
  end();
  await waitFor('all runs', () => ran === 8);

  expect(most).toBe(2);
});

test('a bot with queue.rate-limit starts no more runs in a period than it may, over two workers', async () => {
  await using redis = await startRedis();
  const starts: number[] = [];
  const perMs = 400;
  const limited = bot(
    'Limited',
    () => {
      starts.push(performance.now());
      return done('ran');
    },
    { rateLimit: { max: 3, perMs } },
  );
  const what = deployment({ bots: [limited] });
  await using runs = producer(redis.url, what);
  for (let n = 1; n <= 9; n++) await runs.enqueue(push(`d-${n}`, [limited]));

  await using _one = await startedConsumer(redis.url, what);
  await using _two = await startedConsumer(redis.url, what);
  await waitFor('all runs', () => starts.length === 9);

  // Three periods: from the first start to the seventh two of them passed. A start is seen a little later than Redis counts it.
  const tookMs = (starts[6] ?? 0) - (starts[0] ?? 0);
  expect(tookMs).toBeGreaterThan(2 * perMs - 100);
});

test('a rate limit that left the YAML, or whose count was wiped, holds up nothing', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  let ran = 0;
  const withLimit = (rateLimit: Bot['queue']['rateLimit']): Bot =>
    bot('Limited', () => done(`run ${++ran}`), { rateLimit });
  const limited = withLimit({ max: 1, perMs: 600_000 });
  await using runs = producer(redis.url, deployment({ bots: [limited] }));
  for (const delivery of ['d-1', 'd-2']) await runs.enqueue(push(delivery, [limited]));
  {
    await using _worker = await startedConsumer(redis.url, deployment({ bots: [limited] }));
    await waitFor('the limit', async () => (await look.botQueue(limited).getRateLimitTtl(1)) > 0);
    await waitFor('the first run', () => ran === 1);
  }
  expect(await look.botQueue(limited).getJobCountByTypes('waiting', 'prioritized')).toBe(1);

  {
    await using _worker = await startedConsumer(redis.url, deployment({ bots: [withLimit(undefined)] }));
    await waitFor('the second run', () => ran === 2);
  }
  await wipe(look.redis);
  await using _worker = await startedConsumer(redis.url, deployment({ bots: [limited] }));
  await runs.enqueue(push('d-3', [limited]));
  await waitFor('the third run', () => ran === 3);
});

test('a concurrency that the YAML gains, changes and loses, Redis does too; a wiped Redis gets it again', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  const withConcurrency = (concurrency: number | undefined): Bot => bot('A', quiet, { concurrency });
  const standing = () => look.botQueue(withConcurrency(undefined)).getGlobalConcurrency();

  for (const wanted of [2, 5, undefined, 3]) {
    await using _keeper = await startedKeeper(redis.url, deployment({ bots: [withConcurrency(wanted)] }));
    await waitFor(`concurrency ${wanted}`, async () => (await standing()) === (wanted ?? null));
  }

  await using _keeper = await startedKeeper(redis.url, deployment({ bots: [withConcurrency(3)] }), {
    reconcileEveryMs: 50,
  });
  await wipe(look.redis);
  await waitFor('the concurrency', async () => (await standing()) === 3);
});
