import { waitFor } from '@octo-bots/testing';
import { expect, test } from 'vitest';
import { RunHolds } from './run-holds.ts';

function held(keptMs = 1000): RunHolds & Disposable {
  const holds = new RunHolds(keptMs);
  return Object.assign(holds, { [Symbol.dispose]: () => holds.close() });
}

test('a hold that is renewed lasts; one that cannot be renewed is lost, in time', async () => {
  using holds = held();
  const renewed = holds.take('queue', async () => true);
  const unreachable = holds.take('queue', async () => Promise.reject(new Error('Redis is out of reach')));
  const hanging = holds.take('queue', () => new Promise(() => undefined));
  const without = holds.take('queue');
  for (const { signal } of [unreachable, hanging, without]) {
    await waitFor('it to be lost', () => signal.aborted);
    expect(signal.reason).toMatchObject({ code: 'RUN_TAKEN_OVER' });
  }
  expect(renewed.signal.aborted).toBe(false);
});

test('a hold that Redis does not grant any more is lost at once', async () => {
  using holds = held(4000);
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const hold = holds.take('queue', async () => {
    resolve();
    return false;
  });
  await asked;
  await waitFor('it to be lost', () => hold.signal.aborted, { timeoutMs: 2000 });
});

test('two holds on one run know nothing of each other', async () => {
  using holds = held();
  let renewals = 0;
  const first = holds.take('queue', async () => true);
  const second = holds.take('queue', async () => {
    renewals++;
    return true;
  });
  first.release();
  await waitFor('the second one to be renewed for longer than Redis keeps it', () => renewals > 5);
  expect(second.signal.aborted).toBe(false);
  expect(holds.countOf('queue')).toBe(1);
});

test('whoever waits for a change is told when a hold ends', async () => {
  using holds = held();
  const hold = holds.take('queue');
  const changed = holds.changed();
  hold.release();
  await changed;
  expect(holds.count).toBe(0);
});
