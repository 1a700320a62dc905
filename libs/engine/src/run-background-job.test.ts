import { done, later, silentLog } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { createMemoryLedger } from './ledger.ts';
import { runBackgroundJob } from './run-background-job.ts';
import { backgroundJob, clientPool, jobOperation, runInfo } from './test-support/harness.ts';

test('a background job runs its operations with the same rules: done, then later with its state', async () => {
  const states: unknown[] = [];
  const sweep = jobOperation('sweep', ({ state }) => {
    states.push(state);
    return state === 3 ? done('swept') : later(new Date(0), { state: Number(state ?? 0) + 1, reason: 'next page' });
  });
  const input = {
    job: backgroundJob('Sweep', [sweep]),
    tick: { job: 'Sweep', dueAt: '2026-01-01T00:00:00.000Z' },
    run: runInfo(),
    clients: clientPool(),
    ledger: createMemoryLedger(),
    signal: new AbortController().signal,
    log: silentLog,
  };

  let report = await runBackgroundJob(input);
  while (report.status === 'later') report = await runBackgroundJob(input);

  expect(report).toMatchObject({ status: 'done' });
  expect(states).toEqual([undefined, 1, 2, 3]);
});
