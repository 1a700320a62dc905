import { expect, test } from 'vitest';
import { type AnswerCache, memoOf } from './answer-cache.ts';

function cacheWith(kept = new Map<string, Uint8Array>()) {
  const lifetimes: number[] = [];
  const cache: AnswerCache = {
    get: async (key) => kept.get(key),
    async set(key, value, lifetimeMs) {
      kept.set(key, value);
      lifetimes.push(lifetimeMs);
    },
  };
  return { cache, kept, lifetimes };
}

test('an operation recalls what it kept, as it was and for as long as it said', async () => {
  const { cache, lifetimes } = cacheWith();
  const activity = { at: '2026-01-02T03:04:05Z', by: 'Grüße 🐙', seen: [1, null] };
  await memoOf(cache, 'close-stale').keep('octo/cat#1', activity, 60_000);
  expect(await memoOf(cache, 'close-stale').recall('octo/cat#1')).toEqual(activity);
  expect(await memoOf(cache, 'close-stale').recall('octo/cat#2')).toBeUndefined();
  expect(lifetimes).toEqual([60_000]);
});

test('no operation sees what another one kept', async () => {
  const { cache } = cacheWith();
  await memoOf(cache, 'close-stale').keep('octo/cat#1', 'mine', 60_000);
  expect(await memoOf(cache, 'pull-request-labels').recall('octo/cat#1')).toBeUndefined();
});

test('what is not JSON is as good as forgotten', async () => {
  const { cache, kept } = cacheWith();
  const memo = memoOf(cache, 'close-stale');
  await memo.keep('octo/cat#1', 'mine', 60_000);
  for (const key of kept.keys()) kept.set(key, Buffer.from('{'));
  expect(await memo.recall('octo/cat#1')).toBeUndefined();
});

test('without a cache nothing is known, and nothing breaks', async () => {
  const memo = memoOf(undefined, 'close-stale');
  await memo.keep('octo/cat#1', 'mine', 60_000);
  expect(await memo.recall('octo/cat#1')).toBeUndefined();
});
