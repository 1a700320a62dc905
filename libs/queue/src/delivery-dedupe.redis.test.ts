import { randomBytes } from 'node:crypto';
import { type Bot, done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { describe, expect, test } from 'vitest';
import {
  bot,
  callEach,
  deployment,
  keysIn,
  type Observer,
  observer,
  producer,
  push,
  startedConsumer,
} from './test-support/harness.ts';

const threeDaysMs = 3 * 24 * 60 * 60 * 1000;
const nothingKept = {
  keep: { completed: { count: 0, ageMs: 1000 }, failed: { count: 0, ageMs: 1000 } },
};

/** Bots that note each start, and of which nothing is kept once they ended. */
function notingBots(...names: readonly string[]) {
  const starts: string[] = [];
  const bots = names.map((name) =>
    bot(
      name,
      ({ run }) => {
        starts.push(run.id);
        return done('ok');
      },
      nothingKept,
    ),
  );
  return { starts, bots };
}

const marker = (each: Bot, delivery: string) => `{octo}:bot.${each.slug}:de:${delivery}`;

async function nothingLeft(look: Observer, bots: readonly Bot[], delivery: string): Promise<void> {
  await waitFor('the runs to be removed', async () => {
    const runs = await Promise.all(bots.map((each) => look.botQueue(each).getJob(`${delivery}.${each.slug}`)));
    return runs.every((run) => run === undefined);
  });
}

describe.each([
  ['side by side', true],
  ['in order', false],
])('one delivery gives one run for each bot, %s,', (_how, parallelBots) => {
  test('when many copies come at once, at two ingresses', async () => {
    await using redis = await startRedis();
    const { starts, bots } = notingBots('A', 'B');
    const what = deployment({ bots, parallelBots });
    await using one = producer(redis.url, what);
    await using other = producer(redis.url, what);
    await using look = observer(redis.url);
    await using _consumer = await startedConsumer(redis.url, what);

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).enqueue(push('d-1', bots))),
    );
    await waitFor('both runs', () => starts.length >= 2);
    await nothingLeft(look, bots, 'd-1');

    expect(starts).toHaveLength(2);
    const ids = [
      { bot: 'A', id: 'd-1.a' },
      { bot: 'B', id: 'd-1.b' },
    ];
    for (const answer of answers) expect(answer).toEqual(ids);
  });

  test('when a copy comes after the runs ended and were removed', async () => {
    await using redis = await startRedis();
    const { starts, bots } = notingBots('A', 'B', 'C');
    const what = deployment({ bots, parallelBots });
    await using runs = producer(redis.url, what);
    await using look = observer(redis.url);
    await using _consumer = await startedConsumer(redis.url, what);
    const first = await runs.enqueue(push('d-1', bots));
    await waitFor('all runs', () => starts.length === 3);
    await nothingLeft(look, bots, 'd-1');

    const second = await runs.enqueue(push('d-1', bots));
    // Had it been added again, it would have run before this one.
    await runs.enqueue(push('d-2', bots));
    await waitFor('the runs of the next delivery', () => starts.includes('d-2.c'));
    await nothingLeft(look, bots, 'd-2');

    expect(second).toEqual(first);
    expect(starts).toHaveLength(6);
  });

  test('for as long as GitHub redelivers, counted from the last copy', async () => {
    await using redis = await startRedis();
    const { starts, bots } = notingBots('A', 'B');
    const what = deployment({ bots, parallelBots });
    await using runs = producer(redis.url, what);
    await using look = observer(redis.url);
    await using _consumer = await startedConsumer(redis.url, what);
    await runs.enqueue(push('d-1', bots));
    await waitFor('all runs', () => starts.length === 2);
    await nothingLeft(look, bots, 'd-1');

    for (const each of bots) {
      expect(await look.redis.pttl(marker(each, 'd-1'))).toBeGreaterThan(threeDaysMs);
      // Nearly forgotten when the next copy comes.
      await look.redis.pexpire(marker(each, 'd-1'), 60_000);
    }
    await runs.enqueue(push('d-1', bots));

    for (const each of bots) expect(await look.redis.pttl(marker(each, 'd-1'))).toBeGreaterThan(threeDaysMs);
    expect(starts).toHaveLength(2);
  });

  test('when the ingress crashed between two bots: the other bots get theirs', async () => {
    await using redis = await startRedis();
    const { starts, bots } = notingBots('A', 'B', 'C');
    const what = deployment({ bots, parallelBots });
    await using runs = producer(redis.url, what);
    await using look = observer(redis.url);
    await using _consumer = await startedConsumer(redis.url, what);
    // All that Redis got of the first copy.
    await runs.enqueue(push('d-1', bots.slice(1, 2)));
    await waitFor('the run', () => starts.length === 1);
    await nothingLeft(look, bots, 'd-1');

    await runs.enqueue(push('d-1', bots));

    await waitFor('the other runs', () => starts.length >= 3);
    await nothingLeft(look, bots, 'd-1');
    expect(starts).toEqual(expect.arrayContaining(['d-1.a', 'd-1.b', 'd-1.c']));
    expect(starts).toHaveLength(3);
  });

  test('a refused add is not remembered, and the next copy is stored', async () => {
    await using redis = await startRedis();
    const { starts, bots } = notingBots('A', 'B');
    const what = deployment({ bots, parallelBots });
    await using runs = producer(redis.url, what);
    await using look = observer(redis.url);
    await waitFor('the connection', () => runs.ping());
    // Redis refuses what is larger, and nothing else.
    await callEach(look.redis, 'CONFIG', 'SET', 'proto-max-bulk-len', '1mb');
    const large = push('d-1', bots, { text: randomBytes(1024 * 1024).toString('hex') });

    await expect(runs.enqueue(large)).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });

    expect(await keysIn(look.redis, '*:de:*')).toEqual([]);
    await callEach(look.redis, 'CONFIG', 'SET', 'proto-max-bulk-len', '512mb');
    await waitFor('an accepted copy', () => runs.enqueue(large).catch(() => undefined));
    await using _consumer = await startedConsumer(redis.url, what);
    await waitFor('both runs', () => starts.length === 2);
  });
});

test('what a delivery leaves behind once its runs are gone is one small key for each bot', async () => {
  await using redis = await startRedis();
  const { starts, bots } = notingBots('Pull request labels');
  const [only = bot('none', () => done(''))] = bots;
  const named = { ...only, slug: 'pull-request-labels' };
  const what = deployment({ bots: [named] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using _consumer = await startedConsumer(redis.url, what);
  const delivery = '72d3162e-cc78-11e3-81ab-4c9367dc0958';

  await runs.enqueue(push(delivery, [named], { text: 'x'.repeat(50_000) }));
  await waitFor('the run', () => starts.length === 1);
  await nothingLeft(look, [named], delivery);

  expect(await keysIn(look.redis, `*${delivery}*`)).toEqual([marker(named, delivery)]);
  expect(await look.redis.call('MEMORY', 'USAGE', marker(named, delivery))).toBeLessThan(300);
});
