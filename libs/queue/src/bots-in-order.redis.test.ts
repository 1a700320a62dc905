import { type Bot, done, failed, later, type Outcome } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { bot, deployment, type Observer, observer, producer, push, startedConsumer } from './test-support/harness.ts';

/** Bots that note when they begin and end. */
function noting() {
  const notes: string[] = [];
  const noted = (name: string, outcome: () => Outcome, attempts = 1) =>
    bot(
      name,
      async ({ run }) => {
        notes.push(`${run.delivery} ${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        const result = outcome();
        notes.push(`${run.delivery} ${name} ${result.status}`);
        return result;
      },
      { attempts },
    );
  return { notes, noted };
}

async function allEnded(look: Observer, bots: readonly Bot[], delivery: string): Promise<string[]> {
  return waitFor('all runs to end', async () => {
    const states = await Promise.all(
      bots.map(async (each) => (await look.botQueue(each).getJob(`${delivery}.${each.slug}`))?.getState() ?? 'missing'),
    );
    return states.every((state) => state === 'completed' || state === 'failed') ? states : undefined;
  });
}

test('the bots of one event run in the order of the YAML over two workers, and one that fails does not stop the next', async () => {
  await using redis = await startRedis();
  const { notes, noted } = noting();
  let tries = 0;
  let waited = false;
  const bots = [
    noted('First', () => done('ok')),
    noted('Second', () => failed('no')),
    noted('Third', () => (tries++ === 0 ? failed('busy', { retryable: true }) : done('ok')), 2),
    noted('Fourth', () => {
      if (waited) return done('ok');
      waited = true;
      return later({ afterMs: 20 }, { reason: 'scan' });
    }),
    noted('Fifth', () => done('ok')),
  ];
  const what = deployment({ bots, parallelBots: false });
  await using _one = await startedConsumer(redis.url, what);
  await using _other = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);

  const added = await runs.enqueue(push('d-1', bots));

  expect(added.map(({ id }) => id)).toEqual(['d-1.first', 'd-1.second', 'd-1.third', 'd-1.fourth', 'd-1.fifth']);
  expect(await allEnded(look, bots, 'd-1')).toEqual(['completed', 'failed', 'completed', 'completed', 'completed']);
  expect(notes).toEqual([
    'd-1 First begins',
    'd-1 First done',
    'd-1 Second begins',
    'd-1 Second failed',
    'd-1 Third begins',
    'd-1 Third failed',
    'd-1 Third begins',
    'd-1 Third done',
    'd-1 Fourth begins',
    'd-1 Fourth later',
    'd-1 Fourth begins',
    'd-1 Fourth done',
    'd-1 Fifth begins',
    'd-1 Fifth done',
  ]);
});

test('a redelivery adds nothing, whether the bots wait, run, failed or are done', async () => {
  await using redis = await startRedis();
  const { notes, noted } = noting();
  const { promise: redelivered, resolve: goOn } = Promise.withResolvers<void>();
  const bots = [
    noted('First', () => failed('no')),
    bot('Second', async () => {
      notes.push('Second begins');
      await redelivered;
      return done('ok');
    }),
    noted('Third', () => done('ok')),
  ];
  const what = deployment({ bots, parallelBots: false });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  // Twice at once, before any worker is there.
  await Promise.all([runs.enqueue(push('d-1', bots)), runs.enqueue(push('d-1', bots))]);
  await using _consumer = await startedConsumer(redis.url, what);
  await waitFor('the second bot', () => notes.includes('Second begins'));

  await runs.enqueue(push('d-1', bots));
  goOn();
  expect(await allEnded(look, bots, 'd-1')).toEqual(['failed', 'completed', 'completed']);
  await runs.enqueue(push('d-1', bots));
  // Had it been added again, it would be run before this one.
  await runs.enqueue(push('d-2', bots));
  expect(await allEnded(look, bots, 'd-2')).toEqual(['failed', 'completed', 'completed']);

  expect(notes.filter((note) => note === 'd-1 First begins')).toHaveLength(1);
  expect(notes.filter((note) => note === 'd-1 Third begins')).toHaveLength(1);
});
