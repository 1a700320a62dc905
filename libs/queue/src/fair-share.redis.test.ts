import { type Bot, done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, type Observer, observer, producer, push, startedConsumer } from './test-support/harness.ts';

/** A bot that notes the order of its runs. */
function notingBot(name: string) {
  const starts: string[] = [];
  const noting = bot(name, ({ run }) => {
    starts.push(run.delivery ?? '');
    return done('ok');
  });
  return { noting, starts };
}

/** An event of one installation. */
function eventOf(installation: number, delivery: string, bots: readonly Bot[]) {
  return push(delivery, bots, { installation: { id: installation } });
}

/** @returns the deliveries that wait, first the one that comes next. */
async function waiting(look: Observer, each: Bot): Promise<string[]> {
  const runs = await look.botQueue(each).getJobs(['prioritized'], 0, -1, true);
  return runs.map(({ id = '' }) => id.slice(0, id.lastIndexOf('.')));
}

async function enqueueMany(
  runs: ReturnType<typeof producer>,
  bots: readonly Bot[],
  many: { installation: number; name: string; count: number },
): Promise<void> {
  const atOnce = 25;
  await waitFor('the connection', () => runs.ping());
  for (let from = 0; from < many.count; from += atOnce) {
    const size = Math.min(atOnce, many.count - from);
    await Promise.all(
      Array.from({ length: size }, (_, index) =>
        runs.enqueue(eventOf(many.installation, `${many.name}-${from + index}`, bots)),
      ),
    );
  }
}

test('one event of an installation starts within a few, behind two thousand of another one', async () => {
  await using redis = await startRedis();
  const { noting, starts } = notingBot('A');
  const what = deployment({ bots: [noting] });
  await using runs = producer(redis.url, what);
  await enqueueMany(runs, [noting], { installation: 1, name: 'busy', count: 2000 });
  await runs.enqueue(eventOf(2, 'quiet-1', [noting]));

  await using _consumer = await startedConsumer(redis.url, what, { concurrency: 1 });

  await waitFor('the run of the quiet installation', () => starts.includes('quiet-1'));
  expect(starts.indexOf('quiet-1')).toBeLessThan(5);
}, 60_000);

test('the same while the backlog is being worked on, by many workers', async () => {
  await using redis = await startRedis();
  const { noting, starts } = notingBot('A');
  const what = deployment({ bots: [noting] });
  await using runs = producer(redis.url, what);
  await enqueueMany(runs, [noting], { installation: 1, name: 'busy', count: 500 });
  await using _one = await startedConsumer(redis.url, what, { concurrency: 2 });
  await using _other = await startedConsumer(redis.url, what, { concurrency: 2 });
  await waitFor('a part of the backlog to be done', () => starts.length > 50);

  await runs.enqueue(eventOf(2, 'quiet-1', [noting]));
  const startsBefore = starts.length;
  await waitFor('the run of the quiet installation', () => starts.includes('quiet-1'));

  expect(starts.indexOf('quiet-1') - startsBefore).toBeLessThan(20);
}, 60_000);

test('in a chain of bots too, at each of them', async () => {
  await using redis = await startRedis();
  const first = notingBot('First');
  const second = notingBot('Second');
  const bots = [first.noting, second.noting];
  const what = deployment({ bots, parallelBots: false });
  await using runs = producer(redis.url, what);
  await enqueueMany(runs, bots, { installation: 1, name: 'busy', count: 300 });
  await runs.enqueue(eventOf(2, 'quiet-1', bots));

  await using _consumer = await startedConsumer(redis.url, what, { concurrency: 1 });

  await waitFor('the runs of the quiet installation', () => second.starts.includes('quiet-1'));
  expect(first.starts.indexOf('quiet-1')).toBeLessThan(5);
  expect(second.starts.indexOf('quiet-1')).toBeLessThan(5);
});

test('installations take turns, and each keeps its own order', async () => {
  await using redis = await startRedis();
  const { noting } = notingBot('A');
  await using runs = producer(redis.url, deployment({ bots: [noting] }));
  await using look = observer(redis.url);

  for (const delivery of ['a-1', 'a-2', 'a-3', 'a-4']) await runs.enqueue(eventOf(1, delivery, [noting]));
  for (const delivery of ['b-1', 'b-2']) await runs.enqueue(eventOf(2, delivery, [noting]));
  await runs.enqueue(eventOf(3, 'c-1', [noting]));

  const order = await waiting(look, noting);
  expect(order.filter((delivery) => delivery.startsWith('a'))).toEqual(['a-1', 'a-2', 'a-3', 'a-4']);
  expect(order.indexOf('b-2')).toBeLessThan(order.indexOf('a-4'));
  expect(order.slice(0, 4).sort()).toEqual(['a-1', 'a-2', 'b-1', 'c-1']);
});

test('an installation that was quiet for long saves up no turns', async () => {
  await using redis = await startRedis();
  const { noting, starts } = notingBot('A');
  const what = deployment({ bots: [noting] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  const consumer = await startedConsumer(redis.url, what);
  await enqueueMany(runs, [noting], { installation: 1, name: 'before', count: 100 });
  await waitFor('all of it', () => starts.length === 100);
  await consumer.stop();

  await enqueueMany(runs, [noting], { installation: 1, name: 'a', count: 10 });
  await enqueueMany(runs, [noting], { installation: 2, name: 'b', count: 10 });

  const order = await waiting(look, noting);
  const ofFirst = order.slice(0, 10).filter((delivery) => delivery.startsWith('a'));
  expect(ofFirst.length).toBeGreaterThanOrEqual(4);
  expect(ofFirst.length).toBeLessThanOrEqual(6);
});
