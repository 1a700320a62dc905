import type { QueueOptions } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { runOptions } from './run-options.ts';

const queue: QueueOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delayMs: 1000, jitter: 0.5 },
  timeoutMs: 1000,
  priority: undefined,
  keep: { completed: { count: 10, ageMs: 1500 }, failed: { count: 0, ageMs: 60_000 } },
};

test('options of the YAML reach BullMQ, ages in seconds', () => {
  expect(runOptions(queue, true)).toEqual({
    attempts: 5,
    backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
    removeOnComplete: { count: 10, age: 2 },
    removeOnFail: { count: 0, age: 60 },
    stackTraceLimit: 1,
  });
});

test('where other runs of a queue have a priority, one without comes last instead of first', () => {
  expect(runOptions({ ...queue, priority: 7 }, false).priority).toBe(7);
  expect(runOptions(queue, false).priority).toBe(2_097_151);
});
