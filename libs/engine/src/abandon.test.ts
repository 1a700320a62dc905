import { type Bot, done, type Failed, failed, later, OctoError, silentLog } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { createMemoryLedger, type Ledger } from './ledger.ts';
import { abandonBot, runBot } from './run-bot.ts';
import { bot, clientPool, event, operation, runInfo } from './test-support/harness.ts';

function inputOf(tested: Bot, options: { ledger?: Ledger; attempt?: number; signal?: AbortSignal } = {}) {
  return {
    bot: tested,
    event: event(),
    run: runInfo(options.attempt),
    clients: clientPool(),
    ledger: options.ledger ?? createMemoryLedger(),
    signal: options.signal ?? new AbortController().signal,
    log: silentLog,
    graceMs: 20,
  };
}

/** Operations that note what they were abandoned for. */
function abandoning() {
  const abandoned: string[] = [];
  const noted = (type: string, execute: Parameters<typeof operation>[1]) =>
    operation(type, execute, {
      abandon: ({ failure, key }) => {
        abandoned.push(`${key} ${failure.code}`);
      },
    });
  return { abandoned, noted };
}

const busy = () => failed('busy', { code: 'GITHUB_REQUEST_FAILED', retryable: true });

test('the last failed attempt closes what its operation left open, an earlier one does not', async () => {
  const { abandoned, noted } = abandoning();
  const ledger = createMemoryLedger();
  const tested = bot('A', [noted('opens', busy)]);

  await runBot({ ...inputOf(tested, { ledger, attempt: 1 }), lastAttempt: false });
  expect(abandoned).toEqual([]);
  const last = await runBot({ ...inputOf(tested, { ledger, attempt: 2 }), lastAttempt: true });

  expect(last.status).toBe('failed');
  expect(abandoned).toEqual(['d-1.test/0.opens GITHUB_REQUEST_FAILED']);
});

test('a failure that no attempt can help closes at once', async () => {
  const { abandoned, noted } = abandoning();

  await runBot(inputOf(bot('A', [noted('opens', () => failed('no'))])));

  expect(abandoned).toEqual(['d-1.test/0.opens OPERATION_FAILED']);
});

test('only what began and did not finish is closed', async () => {
  const { abandoned, noted } = abandoning();
  const operations = [
    noted('one', () => done('ok')),
    noted('two', () => failed('no')),
    noted('three', () => done('ok')),
  ];

  await runBot(inputOf(bot('A', operations)));

  expect(abandoned).toEqual(['d-1.test/1.two OPERATION_FAILED']);
});

test('a timeout in the last attempt closes, although the run’s own signal has fired', async () => {
  const signals: boolean[] = [];
  const timeout = new AbortController();
  const hangs = operation(
    'hangs',
    async ({ signal }) => {
      timeout.abort(new OctoError('RUN_TIMED_OUT', 'took too long'));
      throw signal.reason;
    },
    {
      abandon: ({ signal, failure }) => {
        signals.push(signal.aborted);
        expect(failure.code).toBe('RUN_TIMED_OUT');
      },
    },
  );

  const report = await runBot({
    ...inputOf(bot('A', [hangs]), { signal: timeout.signal }),
    signal: timeout.signal,
    lastAttempt: true,
  });

  expect(report.status).toBe('failed');
  expect(signals).toEqual([false]);
});

test('a wait that took longer than it may closes', async () => {
  const { abandoned, noted } = abandoning();
  const waits = noted('waits', () => later({ afterMs: 1 }, { reason: 'scan', giveUpAfterMs: 0 }));

  await runBot(inputOf(bot('A', [waits])));

  expect(abandoned).toEqual(['d-1.test/0.waits OPERATION_GAVE_UP']);
});

test('a shutdown closes nothing: the run goes on elsewhere', async () => {
  const { abandoned, noted } = abandoning();
  const shutdown = new AbortController();
  const stopped = noted('stopped', () => {
    shutdown.abort(new OctoError('RUN_ABORTED', 'shutdown'));
    throw shutdown.signal.reason;
  });

  const report = await runBot({ ...inputOf(bot('A', [stopped]), {}), signal: shutdown.signal, lastAttempt: true });

  expect(report.status).toBe('aborted');
  expect(abandoned).toEqual([]);
});

test('while one of parallel operations waits, the failed one is not given up', async () => {
  const { abandoned, noted } = abandoning();
  const answers = [later(new Date(0), { reason: 'scan' }), done('scanned')];
  const operations = [noted('fails', () => failed('no')), noted('waits', () => answers.shift() ?? done('again'))];
  const ledger = createMemoryLedger();
  const tested = bot('A', operations, { parallel: true });

  expect((await runBot(inputOf(tested, { ledger }))).status).toBe('later');
  expect(abandoned).toEqual([]);
  expect((await runBot(inputOf(tested, { ledger }))).status).toBe('failed');
  expect(abandoned).toEqual(['d-1.test/0.fails OPERATION_FAILED']);
});

test('a service that is down when it is to close puts the end of the run off until it did', async () => {
  let down = true;
  const failures: Failed[] = [];
  const calls: number[] = [];
  const opens = operation(
    'opens',
    () => {
      calls.push(1);
      return busy();
    },
    {
      abandon: ({ failure }) => {
        if (down) throw new OctoError('GITHUB_REQUEST_FAILED', 'GitHub did not answer');
        failures.push(failure);
      },
    },
  );
  const ledger = createMemoryLedger();
  const input = { ...inputOf(bot('A', [opens]), {}), ledger, lastAttempt: true };

  const putOff = await runBot(input);
  expect(putOff.status).toBe('later');
  expect(putOff.resumeAt).toBeGreaterThan(Date.now());
  down = false;
  const closed = await runBot(input);
  const again = await runBot(input);

  expect([closed.status, again.status]).toEqual(['failed', 'failed']);
  expect(failures).toEqual([busy()]);
  expect(calls).toEqual([1]);
});

test('what can never be closed ends the run all the same, and an hour of trying is enough', async () => {
  const refuses = operation('opens', () => failed('no'), {
    abandon: () => {
      throw new OctoError('GITHUB_REQUEST_REFUSED', 'no permission');
    },
  });
  const breaks = operation('opens', () => failed('no'), {
    abandon: () => {
      throw new Error('broken');
    },
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [breaks]);

  expect((await runBot(inputOf(bot('A', [refuses])))).status).toBe('failed');
  expect((await runBot(inputOf(tested, { ledger }))).status).toBe('later');
  await ledger.record(0, {
    type: 'opens',
    attempt: 1,
    outcome: failed('no'),
    abandon: { since: Date.now() - 2 * 3_600_000, closed: false },
  });
  expect((await runBot(inputOf(tested, { ledger }))).status).toBe('failed');
});

test('a run that was lost with its workers closes what may have begun, by an operation that was never heard of again', async () => {
  const { abandoned, noted } = abandoning();
  const lost = failed('lost', { code: 'RUN_LOST_TOO_OFTEN' });
  const ledger = createMemoryLedger();
  const tested = bot('A', [
    noted('one', () => done('ok')),
    noted('two', () => done('never')),
    noted('three', () => done('never')),
  ]);
  await ledger.record(0, { type: 'one', attempt: 1, outcome: done('ok') });

  await abandonBot({ ...inputOf(tested, { ledger }), failure: lost });
  await abandonBot({ ...inputOf(tested, { ledger }), failure: lost });

  expect(abandoned).toEqual(['d-1.test/1.two RUN_LOST_TOO_OFTEN']);
});
