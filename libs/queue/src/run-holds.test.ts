import { waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { RunHolds } from './run-holds.ts';

test('a hold that is renewed lasts; one that is silent for too long is lost', async () => {
  const holds = new RunHolds(300);
  try {
    const silent = holds.take('silent');
    const renewed = holds.take('renewed');
    await waitFor('the silent hold to be lost', () => {
      holds.renewed('renewed');
      return silent.aborted;
    });
    expect(silent.reason).toMatchObject({ code: 'RUN_TAKEN_OVER' });
    expect(renewed.aborted).toBe(false);
  } finally {
    holds.close();
  }
});

test('whoever waits for a change is told when a hold ends', async () => {
  const holds = new RunHolds(60_000);
  holds.take('run');
  const changed = holds.changed();
  holds.release('run');
  await changed;
  expect(holds.count).toBe(0);
  holds.close();
});
