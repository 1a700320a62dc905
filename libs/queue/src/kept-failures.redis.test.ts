import { done } from '@octo-bots/core';
import { createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { busy, deadLetters, never, scripted } from './test-support/dead-letters.ts';
import {
  backgroundJob,
  bot,
  deployment,
  ended,
  observer,
  producer,
  push,
  startedConsumer,
  startedKeeper,
} from './test-support/harness.ts';

test('failed runs are kept apart from successes, by count and by age', async () => {
  await using redis = await startRedis();
  const keep = { completed: { count: 1, ageMs: 3_600_000 }, failed: { count: 2, ageMs: 60_000 } };
  const good = bot('Good', () => done('ok'), { keep });
  const a = bot('A', ({ run }) => (run.delivery?.startsWith('bad') ? never : done('ok')), { keep });
  const what = deployment({ bots: [good, a] });
  await using _consumer = await startedConsumer(redis.url, what, { concurrency: 1 });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  const queue = look.botQueue(a);
  const work = async (delivery: string) => {
    await runs.enqueue(push(delivery, [a]));
    await ended(() => queue.getJob(`${delivery}.a`), delivery.startsWith('bad') ? 'failed' : 'completed');
  };
  const ids = async (state: 'completed' | 'failed') => (await queue.getJobs([state])).map(({ id }) => id).sort();

  for (const delivery of ['bad-1', 'good-1', 'bad-2', 'good-2', 'bad-3', 'good-3']) await work(delivery);
  expect(await ids('completed')).toEqual(['good-3.a']);
  expect(await ids('failed')).toEqual(['bad-2.a', 'bad-3.a']);

  // As if two minutes had passed since each of them.
  for (const state of ['completed', 'failed']) {
    for (const id of await look.redis.zrange(queue.toKey(state), '0', '-1')) {
      await look.redis.zincrby(queue.toKey(state), '-120000', id);
    }
  }
  await work('bad-4');
  expect(await ids('failed')).toEqual(['bad-4.a']);
  expect(await ids('completed')).toEqual(['good-3.a']);
});

test('dead letters are counted as they come and as they stand', async () => {
  await using redis = await startRedis();
  const metrics = createMetrics();
  const { bot: a } = scripted('A', [busy]);
  const b = bot('B', () => done('ok'));
  const what = deployment({ bots: [a, b], jobs: [backgroundJob('Sweep', () => never)] });
  await using _consumer = await startedConsumer(redis.url, what, { metrics });
  await using _keeper = await startedKeeper(redis.url, what, { metrics, reconcileEveryMs: 50 });
  await using runs = producer(redis.url, what);
  await using letters = deadLetters(redis.url, what);
  const shows = (line: string) => waitFor(line, async () => (await metrics.text()).split('\n').includes(line));

  await runs.enqueue(push('d-1', [a, b]));
  await shows('octo_bots_dead_letters_total{bot="A"} 1');
  await shows('octo_bots_dead_letters{bot="A"} 1');
  await shows('octo_bots_dead_letters{bot="B"} 0');
  await shows('octo_bots_job_dead_letters_total{job="Sweep"} 1');
  await shows('octo_bots_job_dead_letters{job="Sweep"} 1');

  await letters.replay('d-1.a', { fromStart: false });
  await shows('octo_bots_dead_letters_total{bot="A"} 2');
  await shows('octo_bots_dead_letters{bot="A"} 1');
});
