import { setTimeout as work } from 'node:timers/promises';
import { done, later } from '@octo-bots/core';
import { startRedis } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, ended, observer, producer, push, startedConsumer } from './test-support/harness.ts';

const lockMs = 600;
const rounds = [1, 2, 3, 4, 5];

test('a run that goes on at once after it was put off is not lost, however long it takes then', async () => {
  await using redis = await startRedis();
  const begun: unknown[] = [];
  const a = bot('A', async ({ state = 1, signal }) => {
    begun.push(state);
    // Longer than a lock that nobody renews lasts.
    await work(2 * lockMs, undefined, { signal });
    return state === rounds.length
      ? done('through')
      : later({ afterMs: 0 }, { state: Number(state) + 1, reason: 'more' });
  });
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  // Alone, and with room for more: it takes the run again before it has let go of it.
  await using _consumer = await startedConsumer(redis.url, what, { lockMs });

  await runs.enqueue(push('d-1', [a]));

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed', 30_000);
  expect(begun).toEqual(rounds);
});
