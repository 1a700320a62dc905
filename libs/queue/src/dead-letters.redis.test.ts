import { once } from 'node:events';
import { createServer } from 'node:net';
import { done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { busy, deadLetters, never } from './test-support/dead-letters.ts';
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

test('failed runs are listed, the newest first, with what they were and why they failed', async () => {
  await using redis = await startRedis();
  const bots = [bot('Good', () => done('ok')), bot('Bad', () => busy), bot('Worse', () => never)];
  const what = deployment({ bots });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  const states = { 'd-1.good': 'completed', 'd-1.bad': 'failed', 'd-1.worse': 'failed' } as const;
  for (const each of bots) {
    await runs.enqueue(push('d-1', [each]));
    const run = `d-1.${each.slug}` as keyof typeof states;
    await ended(() => look.botQueue(each).getJob(run), states[run]);
  }

  const { total, letters: listed } = await letters.list({ limit: 10 });

  const of = { kind: 'bot', delivery: 'd-1', event: 'push', failedAt: expect.stringMatching(/^\d{4}-.*Z$/) };
  expect(total).toBe(2);
  expect(listed).toEqual([
    { ...of, run: 'd-1.worse', name: 'Worse', attempts: 1, reason: 'op-0: OPERATION_FAILED: never' },
    { ...of, run: 'd-1.bad', name: 'Bad', attempts: 3, reason: 'op-0: GITHUB_REQUEST_FAILED: busy' },
  ]);
  expect(await letters.list({ limit: 1 })).toEqual({ total: 2, letters: [listed[0]] });
  expect(await letters.list({ limit: 10, name: 'Bad' })).toEqual({ total: 1, letters: [listed[1]] });
});

test('a delivery gives all its runs, a run itself, and anything else nothing', async () => {
  await using redis = await startRedis();
  const bots = [bot('Good', () => done('ok')), bot('Bad', () => never)];
  const what = deployment({ bots });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', bots));
  for (const each of bots) {
    const state = each.name === 'Good' ? 'completed' : 'failed';
    await ended(() => look.botQueue(each).getJob(`d-1.${each.slug}`), state);
  }

  const [good, bad] = [
    { run: 'd-1.good', name: 'Good', state: 'completed' },
    { run: 'd-1.bad', name: 'Bad', state: 'failed' },
  ];
  expect(await letters.find('d-1')).toEqual([good, bad]);
  expect(await letters.find('d-1.bad')).toEqual([bad]);
  expect(await letters.find('d-2')).toEqual([]);
});

test('a failed run of a background job is listed under its name and replayed', async () => {
  await using redis = await startRedis();
  let calls = 0;
  const job = backgroundJob('Sweep', () => (calls++ === 0 ? never : done('swept')));
  const what = deployment({ jobs: [job] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using _keeper = await startedKeeper(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  const [letter] = await waitFor('the run to fail', async () => {
    const { letters: listed } = await letters.list({ limit: 10, name: 'Sweep' });
    return listed.length === 1 && listed;
  });

  expect(letter).toMatchObject({ kind: 'background-job', name: 'Sweep', run: expect.stringMatching(/^sweep\.\d+$/) });
  expect(letter).toMatchObject({ delivery: undefined, event: undefined, reason: 'op-0: OPERATION_FAILED: never' });
  const run = letter?.run ?? '';
  expect(await letters.find(run)).toEqual([{ run, name: 'Sweep', state: 'failed' }]);
  expect(await letters.replay(run, { fromStart: false })).toEqual({ replayed: true, finished: 0 });
  await ended(() => look.runs.getJob(run), 'completed');
  expect(calls).toBe(2);
});

test('while Redis is down every call says so within seconds, and works again when it is back', async () => {
  await using redis = await startRedis();
  await redis.stop();
  const what = deployment({ bots: [bot('A', () => done('ok'))] });
  await using letters = deadLetters(redis.url, what);

  const start = performance.now();
  const calls = [letters.list({ limit: 1 }), letters.find('d-1'), letters.replay('d-1.a', { fromStart: false })];
  for (const call of await Promise.allSettled(calls)) {
    const message = expect.stringContaining('ECONNREFUSED');
    expect(call).toMatchObject({ status: 'rejected', reason: { code: 'QUEUE_UNREACHABLE', message } });
  }
  expect(performance.now() - start).toBeLessThan(4000);

  await redis.start();
  expect(await letters.list({ limit: 1 })).toEqual({ total: 0, letters: [] });
});

test('a Redis that takes a connection and never answers is told within seconds, too', async () => {
  await using silent = createServer((socket) => socket.resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const start = performance.now();
  {
    await using letters = deadLetters(`redis://127.0.0.1:${port}`, deployment({ bots: [bot('A', () => done('ok'))] }));
    await expect(letters.list({ limit: 1 })).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
  }
  expect(performance.now() - start).toBeLessThan(4000);
});
