import { done } from '@octo-bots/core';
import { startRedis, waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { backgroundJob, callEach, deployment, type Observer, observer, startedKeeper } from './test-support/harness.ts';

const what = deployment({ jobs: [backgroundJob('Often', () => done('quiet'))] });
const impatient = { reconcileEveryMs: 20, overdueMs: 200 };

/** Makes the tick that waits, and its schedule, those of a minute ago: as they look after a minute in which nobody worked on it. */
async function makeOverdue({ ticks, redis }: Observer): Promise<void> {
  const [tick] = await ticks.getDelayed();
  const due = Date.now() - 60_000;
  const oldKey = ticks.toKey(tick?.id ?? '');
  const id = `repeat:often:${due}`;
  await redis
    .multi()
    .rename(oldKey, ticks.toKey(id))
    .del(ticks.toKey('delayed'))
    .zadd(ticks.toKey('delayed'), due * 0x1000, id)
    .zadd(ticks.toKey('repeat'), due, 'often')
    .exec();
}

test('a scheduler whose next tick is overdue says so in its health, and no more once it was worked on', {
  timeout: 60_000,
}, async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  await using keeper = await startedKeeper(redis.url, what, impatient);
  await waitFor('the next tick', async () => (await look.ticks.getDelayedCount()) === 1);
  expect(await keeper.healthy()).toEqual({ ok: true, detail: 'no tick is overdue' });

  // What takes a tick in Redis: all else works, and no tick is worked on.
  await callEach(look.redis, 'ACL', 'SETUSER', 'default', '-rpoplpush');
  await makeOverdue(look);

  await waitFor('the health to tell', async () => !(await keeper.healthy()).ok);
  expect(await keeper.healthy()).toEqual({ ok: false, detail: 'nobody works on ticks that are due: often' });
  await callEach(look.redis, 'ACL', 'SETUSER', 'default', '+rpoplpush');
  await waitFor('the tick to be worked on', async () => (await keeper.healthy()).ok, { timeoutMs: 25_000 });
});

test('a scheduler that starts after a long time, or whose ticks are paused, is not unhealthy for it', async () => {
  await using redis = await startRedis();
  await using look = observer(redis.url);
  {
    await using _keeper = await startedKeeper(redis.url, what);
    await waitFor('the next tick', async () => (await look.ticks.getDelayedCount()) === 1);
  }
  await makeOverdue(look);
  await look.ticks.pause();

  await using keeper = await startedKeeper(redis.url, what, { reconcileEveryMs: 20, overdueMs: 0 });
  await waitFor('the scheduler', async () => (await keeper.ready()).ok);
  for (let times = 0; times < 3; times++) {
    await keeper.reconcile();
    expect(await keeper.healthy()).toMatchObject({ ok: true });
  }
  await using late = await startedKeeper(redis.url, what, { reconcileEveryMs: 20, overdueMs: 10_000 });
  await look.ticks.resume();
  await waitFor('the late tick to be worked on', async () => {
    expect(await late.healthy()).toMatchObject({ ok: true });
    return Number((await look.ticks.getJobScheduler('often'))?.next) > Date.now();
  });
});
