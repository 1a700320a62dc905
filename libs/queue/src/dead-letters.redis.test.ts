import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Bot, type Deployment, done, failed, later, type Outcome } from '@octo-bots/core';
import { createMetrics } from '@octo-bots/telemetry';
import { startRedis, waitFor } from '@octo-bots/testing';
import type { Queue } from 'bullmq';
import { expect, test } from 'vitest';
import { DeadLetters } from './dead-letters.ts';
import { replayRun } from './replay-run.ts';
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

function deadLetters(redisUrl: string, what: Deployment): DeadLetters & AsyncDisposable {
  const made = new DeadLetters({ redisUrl, deployment: what });
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() });
}

/** A bot of operations that end as they are told, call by call, the last way for ever; `calls` names them as they come. */
function scripted(name: string, ...scripts: readonly (readonly Outcome[])[]): { bot: Bot; calls: string[] } {
  const calls: string[] = [];
  const operations = scripts.map((outcomes, index) => {
    const left = [...outcomes];
    return () => {
      calls.push(`op-${index}`);
      return (left.length > 1 ? left.shift() : left[0]) ?? done('ok');
    };
  });
  return { bot: bot(name, operations), calls };
}

const never = failed('never');
const busy = failed('busy', { code: 'GITHUB_REQUEST_FAILED', retryable: true });

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

test('a replay calls what failed again, though no attempt could help, and leaves what is finished', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [done('once')], [never, done('ok')], [done('after')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  expect(await letters.replay('d-1.a', { fromStart: false })).toEqual({ replayed: true, finished: 1 });

  const job = await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-1', 'op-2']);
  expect(job.returnvalue.operations).toMatchObject([{ outcome: { summary: 'once' } }, {}, {}]);
  expect(await letters.list({ limit: 10 })).toEqual({ total: 0, letters: [] });
});

test('a replay from the start calls every operation again', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [done('again')], [never, done('ok')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: true, finished: 0 });

  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-0', 'op-1']);
});

test('a replayed run has all its attempts again, and its losses do not count any more', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [busy]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  const first = await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');
  await look.redis.hset(look.botQueue(a).toKey('d-1.a'), 'stc', 5);

  await letters.replay('d-1.a', { fromStart: false });

  const again = await waitFor('the run to fail again', async () => {
    const job = await look.botQueue(a).getJob('d-1.a');
    return job?.attemptsMade === 3 && job.attemptsStarted > first.attemptsStarted && job.finishedOn ? job : undefined;
  });
  expect(calls).toHaveLength(6);
  // The count of starts is the ledger's fence.
  expect(again.attemptsStarted).toBe(6);
  expect(again.stalledCounter).toBe(0);
});

test('with parallel operations a replay goes on with the state of the one that waited', async () => {
  await using redis = await startRedis();
  const states: unknown[] = [];
  const a = bot('A', [
    ({ state }) => {
      states.push(state);
      return state === 'scanning' ? done('scanned') : later({ afterMs: 3_600_000 }, { state: 'scanning', reason: 'x' });
    },
    () => done('ok'),
  ]);
  const what = deployment({ bots: [{ ...a, parallel: true }] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  const queue = look.botQueue(a);
  const job = await waitFor('the run to wait', async () => {
    const found = await queue.getJob('d-1.a');
    return (await found?.getState()) === 'delayed' ? found : undefined;
  });
  // As a run ends that was lost too often while it waited, and whose time has come since.
  const ledger = JSON.parse(JSON.stringify(job.progress).replace(/"at":\d+/, '"at":1'));
  await look.redis.hset(queue.toKey('d-1.a'), 'progress', JSON.stringify(ledger));
  await look.redis.zrem(queue.toKey('delayed'), 'd-1.a');
  await look.redis.zadd(queue.toKey('failed'), String(Date.now()), 'd-1.a');

  expect(await letters.replay('d-1.a', { fromStart: false })).toEqual({ replayed: true, finished: 1 });

  await ended(() => queue.getJob('d-1.a'), 'completed');
  expect(states).toEqual([undefined, 'scanning']);
});

test('a run that did not fail is not replayed, and one that ended well only from the start', async () => {
  await using redis = await startRedis();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  let calls = 0;
  const a = bot('A', async () => {
    calls++;
    await mayEnd;
    return done('ok');
  });
  const what = deployment({ bots: [a] });
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);

  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: false, state: 'unknown' });
  await runs.enqueue(push('d-1', [a]));
  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({
    replayed: false,
    state: expect.stringMatching(/^(waiting|prioritized)$/),
  });
  await using _consumer = await startedConsumer(redis.url, what);
  await waitFor('the run to begin', () => calls === 1);
  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: false, state: 'active' });
  end();
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(await letters.replay('d-1.a', { fromStart: false })).toEqual({ replayed: false, state: 'completed' });
  expect(await letters.replay('d-1.a', { fromStart: true })).toEqual({ replayed: true, finished: 0 });
  await waitFor('the run to end again', async () => calls === 2 && (await look.botQueue(a).getCompletedCount()) === 1);
});

test('of ten people who replay one run at once, one does', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [done('once')], [never, done('ok')]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'failed');

  const verdicts = await Promise.all(Array.from({ length: 10 }, () => letters.replay('d-1.a', { fromStart: false })));

  expect(verdicts.filter(({ replayed }) => replayed)).toHaveLength(1);
  await ended(() => look.botQueue(a).getJob('d-1.a'), 'completed');
  expect(calls).toEqual(['op-0', 'op-1', 'op-1']);
});

test('who saw a run before it was replayed and failed again does not write over what it did since', async () => {
  await using redis = await startRedis();
  const { bot: a, calls } = scripted('A', [never, done('since')], [never]);
  const what = deployment({ bots: [a] });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', [a]));
  const queue = look.botQueue(a);
  const seen = await ended(() => queue.getJob('d-1.a'), 'failed');
  await letters.replay('d-1.a', { fromStart: false });
  await waitFor('the second operation to be called', () => calls.includes('op-1'));
  await ended(() => queue.getJob('d-1.a'), 'failed');
  const asSeen: Queue = Object.create(queue, { getJob: { value: async () => seen } });

  const late = await replayRun('d-1.a', { queue: asSeen, redis: look.redis, fromStart: true });

  expect(late).toEqual({ replayed: false, state: 'failed' });
  expect((await queue.getJob('d-1.a'))?.progress).toMatchObject({ operations: { 0: { outcome: done('since') } } });
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

test('a failed bot of a chain is replayed while the bot after it is at work, and does not keep that one from ending', async () => {
  await using redis = await startRedis();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const first = scripted('First', [never, later({ afterMs: 3_600_000 }, { reason: 'a long scan' })]);
  let begun = 0;
  const second = bot('Second', async () => {
    begun++;
    await mayEnd;
    return done('ok');
  });
  const bots = [first.bot, second];
  const what = deployment({ bots, parallelBots: false });
  await using _consumer = await startedConsumer(redis.url, what);
  await using runs = producer(redis.url, what);
  await using look = observer(redis.url);
  await using letters = deadLetters(redis.url, what);
  await runs.enqueue(push('d-1', bots));
  await waitFor('the second bot to begin', () => begun === 1);

  expect(await letters.replay('d-1.first', { fromStart: false })).toMatchObject({ replayed: true });
  await waitFor('the first bot to be called again', () => first.calls.length === 2);
  end();

  await ended(() => look.botQueue(second).getJob('d-1.second'), 'completed');
  expect(begun).toBe(1);
  expect(await (await look.botQueue(first.bot).getJob('d-1.first'))?.getState()).toBe('delayed');
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
