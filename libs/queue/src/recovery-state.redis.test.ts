import { silentLog } from '@octo-bots/core';
import type { MissedDelivery } from '@octo-bots/engine';
import { startRedis, type TestRedis, waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RecoveryHold, RecoveryState } from './recovery-state.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis?.[Symbol.asyncDispose]());

function open(prefix: string): RecoveryState & Disposable {
  const state = new RecoveryState({ redisUrl: redis.url, prefix, log: silentLog });
  return Object.assign(state, { [Symbol.dispose]: () => state.close() });
}

const missed: MissedDelivery = {
  event: 'push',
  attemptId: '9007199254740993',
  status: 0,
  firstAt: 1,
  lastAt: 2,
  fromTheStart: true,
  asked: 0,
  askedAt: 0,
};

async function holding(state: RecoveryState, holdMs = 60_000): Promise<RecoveryHold> {
  return (await state.hold('app-1', holdMs)) ?? expect.unreachable('nobody else holds it');
}

test('one of two schedulers holds a source, and the other once it lets go', async () => {
  using one = open('{one-at-a-time}');
  using other = open('{one-at-a-time}');
  const hold = await holding(one);
  expect(await other.hold('app-1', 60_000)).toBeUndefined();
  expect(await other.hold('app-2', 60_000)).toBeDefined();
  await hold.release(0);
  expect(await other.hold('app-1', 60_000)).toBeDefined();
});

test('a hold that is let go later keeps the others out until then', async () => {
  using one = open('{later}');
  const hold = await holding(one);
  await hold.release(50);
  await waitFor('the hold to be over', () => one.hold('app-1', 1000));
});

test('what was saved is there after a restart, and what is over is gone', async () => {
  using one = open('{restart}');
  const hold = await holding(one);
  const progress = { seenUntil: 5, scan: { from: 1, until: 9, cursor: 'v1_7', settled: ['d'] }, notBefore: 3 };
  expect(await hold.load()).toEqual({ progress: {}, missed: new Map() });
  expect(
    await hold.save({
      progress,
      changes: new Map([
        ['a', missed],
        ['b', missed],
      ]),
    }),
  ).toBe(true);
  expect(await hold.save({ changes: new Map([['b', undefined]]) })).toBe(true);
  await hold.release(0);
  using next = open('{restart}');
  expect(await (await holding(next)).load()).toEqual({ progress, missed: new Map([['a', missed]]) });
});

test('a scheduler that lost its hold writes nothing, and does not end the hold of the next', async () => {
  using slow = open('{lost}');
  using next = open('{lost}');
  const lost = await holding(slow, 1);
  const hold = await waitFor('the hold to expire', () => next.hold('app-1', 60_000));
  expect(await lost.save({ progress: { seenUntil: 1 }, changes: new Map([['a', missed]]) })).toBe(false);
  await lost.release(0);
  expect(await slow.hold('app-1', 60_000)).toBeUndefined();
  expect(await hold.load()).toEqual({ progress: {}, missed: new Map() });
});
