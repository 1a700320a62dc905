import { type Bot, done, silentLog } from '@octo-bots/core';
import { createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, type Observer, observer, producer, push, startedConsumer } from './test-support/harness.ts';

const quiet = () => done('quiet');
const coalescing = { coalesce: 'pull-request' } as const;

/** An event of a pull request, `second` seconds into a minute. */
function pushed(delivery: string, bots: readonly Bot[], second: number, number = 1) {
  return push(delivery, bots, {
    installation: { id: 1 },
    repository: { id: 7, full_name: 'octo/hub', owner: { login: 'octo' } },
    pull_request: { number, updated_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString() },
  });
}

/** @returns the deliveries that wait, first the one that comes next. */
async function waiting(look: Observer, each: Bot): Promise<string[]> {
  const runs = await look.botQueue(each).getJobs(['prioritized', 'wait', 'delayed'], 0, -1, true);
  return runs.map(({ id = '' }) => id.slice(0, id.lastIndexOf('.')));
}

/** A bot whose runs note their delivery and then wait to be let go. */
function heldBot() {
  const starts: string[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const held = bot(
    'A',
    async ({ run }) => {
      starts.push(run.delivery ?? '');
      await released;
      return done('ok');
    },
    coalescing,
  );
  return { held, starts, release };
}

test('ten rapid pushes leave the active run and one waiting run, of the newest head', async () => {
  await using redis = await startRedis();
  const { held, starts, release } = heldBot();
  const what = deployment({ bots: [held] });
  const metrics = createMetrics();
  const lines: object[] = [];
  const log = { ...silentLog, info: (fields: object) => lines.push(fields) };
  await using runs = producer(redis.url, what, { metrics, log });
  await using look = observer(redis.url);
  await using _consumer = await startedConsumer(redis.url, what, { concurrency: 1 });
  await runs.enqueue(pushed('d-1', [held], 1));
  await waitFor('the first run', () => starts.length === 1);

  // All within one second, as GitHub tells the time: the order of arrival decides.
  for (let push = 2; push <= 10; push++) {
    expect(await runs.enqueue(pushed(`d-${push}`, [held], 2))).toEqual([{ bot: 'A', id: `d-${push}.a` }]);
  }

  expect(await waiting(look, held)).toEqual(['d-10']);
  expect(await metrics.text()).toContain('octo_bots_runs_superseded_total{bot="A"} 8');
  expect(lines).toContainEqual({ bot: 'A', run: 'd-9.a', supersededBy: 'd-10.a' });
  release();
  await waitFor('the newest run', () => starts.includes('d-10'));
  expect(starts).toEqual(['d-1', 'd-10']);
});

test('pushes that come at once and in any order leave the newest by its own time', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  const what = deployment({ bots: [a] });
  await using one = producer(redis.url, what);
  await using other = producer(redis.url, what);
  await using look = observer(redis.url);

  await Promise.all(
    [5, 9, 1, 30, 7, 2, 8].map((second, index) =>
      (index % 2 === 0 ? one : other).enqueue(pushed(`d-${second}`, [a], second)),
    ),
  );

  expect(await waiting(look, a)).toEqual(['d-30']);
});

test('an older event that comes later does not replace a newer one, and is answered with the run that covers it', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  await using runs = producer(redis.url, deployment({ bots: [a] }));
  await using look = observer(redis.url);
  await runs.enqueue(pushed('newer', [a], 20));

  const answer = await runs.enqueue(pushed('older', [a], 10));

  expect(answer).toEqual([{ bot: 'A', id: 'newer.a' }]);
  expect(await waiting(look, a)).toEqual(['newer']);
});

test('a redelivery of what was superseded adds nothing, replaces nothing, and is answered with the run that covers it', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  for (const delivery of ['d-1', 'd-2', 'd-3']) await runs.enqueue(pushed(delivery, [a], 1));

  for (const delivery of ['d-1', 'd-2', 'd-3']) {
    expect(await runs.enqueue(pushed(delivery, [a], 1))).toEqual([{ bot: 'A', id: 'd-3.a' }]);
  }

  expect(await waiting(look, a)).toEqual(['d-3']);
  // The same once the run that covers them is done.
  const consumer = await startedConsumer(redis.url, what);
  await waitFor('the run', async () => (await look.botQueue(a).getCompletedCount()) === 1);
  await consumer.stop();
  expect(await runs.enqueue(pushed('d-1', [a], 1))).toEqual([{ bot: 'A', id: 'd-3.a' }]);
  expect(await waiting(look, a)).toEqual([]);
});

test('copies of two deliveries that come at once leave one run, and none is lost', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  const what = deployment({ bots: [a] });
  await using one = producer(redis.url, what);
  await using other = producer(redis.url, what);
  await using look = observer(redis.url);

  for (let round = 1; round <= 30; round++) {
    const copies = [one, other, one, other].map((runs, index) =>
      runs.enqueue(pushed(`d-${round}-${index % 2}`, [a], round)),
    );
    await Promise.all(copies);
    expect(await waiting(look, a)).toHaveLength(1);
    expect((await waiting(look, a))[0]).toMatch(new RegExp(`^d-${round}-`));
  }
});

test('an ingress that crashed between adding and coalescing leaves it to the redelivery', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  const { coalesce: _, ...each } = a.queue;
  const crashing = { ...a, queue: each };
  await using runs = producer(redis.url, deployment({ bots: [a] }));
  await using look = observer(redis.url);
  await runs.enqueue(pushed('d-1', [a], 1));
  await runs.enqueue(pushed('d-2', [crashing], 2));
  expect(await waiting(look, a)).toEqual(['d-1', 'd-2']);

  const answer = await runs.enqueue(pushed('d-2', [a], 2));

  expect(answer).toEqual([{ bot: 'A', id: 'd-2.a' }]);
  expect(await waiting(look, a)).toEqual(['d-2']);
});

test('other pull requests, other bots and other events are left alone', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  const b = bot('B', quiet);
  const bots = [a, b];
  await using runs = producer(redis.url, deployment({ bots }));
  await using look = observer(redis.url);

  for (const delivery of ['d-1', 'd-2']) await runs.enqueue(pushed(delivery, bots, 1));
  await runs.enqueue(pushed('other', bots, 1, 2));
  for (const delivery of ['push-1', 'push-2']) await runs.enqueue(push(delivery, bots));

  expect((await waiting(look, a)).toSorted()).toEqual(['d-2', 'other', 'push-1', 'push-2']);
  expect((await waiting(look, b)).toSorted()).toEqual(['d-1', 'd-2', 'other', 'push-1', 'push-2']);
});

test('the newer run takes the place in line of the one it replaces', async () => {
  await using redis = await startRedis();
  const a = bot('A', quiet, coalescing);
  await using runs = producer(redis.url, deployment({ bots: [a] }));
  await using look = observer(redis.url);

  await runs.enqueue(pushed('first-1', [a], 1, 1));
  await runs.enqueue(pushed('second-1', [a], 1, 2));
  for (const delivery of ['first-2', 'first-3']) await runs.enqueue(pushed(delivery, [a], 2, 1));

  expect(await waiting(look, a)).toEqual(['first-3', 'second-1']);
});

test('a run that has started once is not replaced, though it waits again', async () => {
  await using redis = await startRedis();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const a = bot(
    'A',
    async ({ signal }) => {
      start();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason;
    },
    coalescing,
  );
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  const consumer = await startedConsumer(redis.url, what, { drainMs: 20 });
  await runs.enqueue(pushed('d-1', [a], 1));
  await started;
  await consumer.stop();
  expect(await waiting(look, a)).toEqual(['d-1']);

  for (const delivery of ['d-2', 'd-3']) await runs.enqueue(pushed(delivery, [a], 2));

  expect(await waiting(look, a)).toEqual(['d-1', 'd-3']);
});
