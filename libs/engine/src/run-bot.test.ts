import {
  type Bot,
  done,
  failed,
  filterOut,
  later,
  letThrough,
  OctoError,
  type Outcome,
  silentLog,
  skipped,
} from '@octo-bots/core';
import { expect, test } from 'vitest';
import { createMemoryLedger, type Ledger } from './ledger.ts';
import { runBot } from './run-bot.ts';
import { askingFilter, bot, clientPool, event, operation, pureFilter, runInfo } from './test-support/harness.ts';

function run(
  tested: Bot,
  options: { ledger?: Ledger; attempt?: number; signal?: AbortSignal; eventName?: string } = {},
) {
  return runBot({
    bot: tested,
    event: event(options.eventName),
    run: runInfo(options.attempt),
    clients: clientPool(),
    ledger: options.ledger ?? createMemoryLedger(),
    signal: options.signal ?? new AbortController().signal,
    log: silentLog,
    graceMs: 20,
  });
}

/** Operations that note that they were called, and end with the given outcomes, the last one for ever. */
function noting() {
  const calls: string[] = [];
  const noted = (type: string, ...outcomes: (Outcome | Error)[]) =>
    operation(type, () => {
      calls.push(type);
      const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
      if (outcome instanceof Error) throw outcome;
      return outcome ?? done('done');
    });
  return { calls, noted };
}

test('operations run one after another and stop at the first that fails', async () => {
  const { calls, noted } = noting();

  const report = await run(bot('A', [noted('one'), noted('two', failed('no')), noted('three')]));

  expect(calls).toEqual(['one', 'two']);
  expect(report).toMatchObject({ status: 'failed', retryable: false });
  expect(report.operations.map(({ type, outcome }) => [type, outcome.status])).toEqual([
    ['one', 'done'],
    ['two', 'failed'],
  ]);
});

test('parallel operations all run and are all reported, whatever fails', async () => {
  const { calls, noted } = noting();
  const operations = [noted('one', failed('no')), noted('two', failed('not yet', { retryable: true })), noted('three')];

  const report = await run(bot('A', operations, { parallel: true }));

  expect(calls.sort()).toEqual(['one', 'three', 'two']);
  expect(report).toMatchObject({ status: 'failed', retryable: true });
  expect(report.operations.map(({ outcome }) => outcome.status)).toEqual(['failed', 'failed', 'done']);
});

test('parallel operations run at the same time', async () => {
  const { promise: met, resolve: meet } = Promise.withResolvers<void>();
  const waits = operation('waits', async () => {
    await met;
    return done('met');
  });
  const meets = operation('meets', () => {
    meet();
    return done('met');
  });

  expect(await run(bot('A', [waits, meets], { parallel: true }))).toMatchObject({ status: 'done' });
});

test('a retry goes on after the operations that are finished', async () => {
  const { calls, noted } = noting();
  const tested = bot('A', [
    noted('one'),
    noted('two', failed('busy', { retryable: true }), done('ok')),
    noted('three'),
  ]);
  const ledger = createMemoryLedger();

  expect(await run(tested, { ledger, attempt: 1 })).toMatchObject({ status: 'failed', retryable: true });
  const second = await run(tested, { ledger, attempt: 2 });

  expect(calls).toEqual(['one', 'two', 'two', 'three']);
  expect(second.status).toBe('done');
  expect(second.operations).toHaveLength(3);
});

test('what failed for good is not repeated by a retry, and still fails the run', async () => {
  const { calls, noted } = noting();
  const operations = [noted('one', failed('no')), noted('two', failed('busy', { retryable: true }), done('ok'))];
  const ledger = createMemoryLedger();
  const tested = bot('A', operations, { parallel: true });

  await run(tested, { ledger, attempt: 1 });
  const second = await run(tested, { ledger, attempt: 2 });

  expect(calls).toEqual(['one', 'two', 'two']);
  expect(second).toMatchObject({ status: 'failed', retryable: false });
});

test('a run that was lost with its worker does not repeat in the same attempt what failed in it', async () => {
  const { calls, noted } = noting();
  const tested = bot('A', [noted('one', failed('busy', { retryable: true }), done('ok'))]);
  const ledger = createMemoryLedger();

  await run(tested, { ledger, attempt: 1 });
  expect(await run(tested, { ledger, attempt: 1 })).toMatchObject({ status: 'failed', retryable: true });

  expect(calls).toEqual(['one']);
});

test('a thrown error is a failure with its code; an unknown one with OPERATION_THREW', async () => {
  const { noted } = noting();
  const refused = new OctoError('GITHUB_REQUEST_REFUSED', 'no permission');

  const known = await run(bot('A', [noted('one', refused)]));
  const unknown = await run(bot('A', [noted('one', new Error('boom'))]));

  expect(known).toMatchObject({ status: 'failed', retryable: false });
  expect(known.operations[0]?.outcome).toMatchObject({ code: 'GITHUB_REQUEST_REFUSED' });
  expect(unknown).toMatchObject({ status: 'failed', retryable: true });
  expect(unknown.operations[0]?.outcome).toMatchObject({ code: 'OPERATION_THREW' });
});

test('a client that is not configured fails the operation that needs it', async () => {
  const needy = operation('needy', () => done('never'), { clients: ['github'] });

  const report = await run(bot('A', [needy]));

  expect(report.operations[0]?.outcome).toMatchObject({ status: 'failed', code: 'CLIENT_NOT_CONFIGURED' });
});

test('an operation for other events is skipped with the reason', async () => {
  const { noted } = noting();
  const onIssues = operation('on-issues', () => done('never'), { events: ['issues'] });

  const report = await run(bot('A', [onIssues, noted('one')]));

  expect(report.status).toBe('done');
  expect(report.operations[0]?.outcome).toEqual(skipped('on-issues works on issues, not on push'));
});

test('an operation that waits is called again with its state once its time came, and those after it follow', async () => {
  const states: unknown[] = [];
  const { calls, noted } = noting();
  const waits = operation('waits', ({ state }) => {
    states.push(state);
    if (state !== undefined) return done('arrived');
    return later(new Date(0), { state: { page: 2 }, reason: 'a page at a time' });
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [noted('one'), waits, noted('two')]);

  const first = await run(tested, { ledger });
  const second = await run(tested, { ledger });

  expect(first).toMatchObject({ status: 'later', resumeAt: 0 });
  expect(second.status).toBe('done');
  expect(states).toEqual([undefined, { page: 2 }]);
  expect(calls).toEqual(['one', 'two']);
});

test('an operation that waits is not called before its time, and the run comes back at the earliest', async () => {
  const at = Date.now() + 3_600_000;
  const { calls, noted } = noting();
  const operations = [
    noted('long', later(new Date(at + 1000), { reason: 'long' })),
    noted('short', later(new Date(at), { reason: 'short' })),
  ];
  const ledger = createMemoryLedger();
  const tested = bot('A', operations, { parallel: true });

  await run(tested, { ledger });
  const second = await run(tested, { ledger });

  expect(calls).toEqual(['long', 'short']);
  expect(second).toMatchObject({ status: 'later', resumeAt: at });
});

test('a run fails only when none of its operations waits any more', async () => {
  const { calls, noted } = noting();
  const operations = [
    noted('fails', failed('busy', { retryable: true })),
    noted('waits', later(new Date(0), { reason: 'soon' }), done('arrived')),
  ];
  const ledger = createMemoryLedger();
  const tested = bot('A', operations, { parallel: true });

  expect((await run(tested, { ledger })).status).toBe('later');
  expect(await run(tested, { ledger })).toMatchObject({ status: 'failed', retryable: true });
  expect(calls).toEqual(['fails', 'waits', 'waits']);
});

test('a filter ends the run before any operation, with its reason', async () => {
  const { calls, noted } = noting();
  const filters = [pureFilter('open', () => letThrough('yes')), askingFilter('shut', async () => filterOut('no'))];

  const report = await run(bot('A', [noted('one')], { filters }));

  expect(report).toMatchObject({ status: 'filtered-out', filteredOut: { filter: 'shut', reason: 'no' } });
  expect(calls).toEqual([]);
});

test('a filter that asked a client is not asked again: operations may have changed its answer', async () => {
  let asked = 0;
  const filter = askingFilter('once', async () => (asked++ === 0 ? letThrough('yes') : filterOut('changed')));
  const { noted } = noting();
  const tested = bot('A', [noted('one', failed('busy', { retryable: true }), done('ok'))], { filters: [filter] });
  const ledger = createMemoryLedger();

  await run(tested, { ledger, attempt: 1 });

  expect(await run(tested, { ledger, attempt: 2 })).toMatchObject({ status: 'done' });
});

test('a filter that throws fails the run, which may be tried again', async () => {
  const filter = askingFilter('broken', async () => {
    throw new Error('no network');
  });

  const report = await run(bot('A', [], { filters: [filter] }));

  expect(report).toMatchObject({ status: 'failed', retryable: true });
  expect(report.failedFilter).toMatchObject({ filter: 'broken', outcome: { code: 'FILTER_THREW' } });
});

test('a timeout fails what did not end, even when it ignores its signal', async () => {
  const timeout = new AbortController();
  const deaf = operation('deaf', () => {
    timeout.abort(new OctoError('RUN_TIMED_OUT', 'too long'));
    return new Promise<never>(() => {});
  });

  const report = await run(bot('A', [deaf]), { signal: timeout.signal });

  expect(report).toMatchObject({ status: 'failed', retryable: true });
  expect(report.operations[0]?.outcome).toMatchObject({ code: 'RUN_TIMED_OUT' });
});

test('a shutdown aborts what did not end, keeps what did, and records nothing for the aborted', async () => {
  const shutdown = new AbortController();
  const { calls, noted } = noting();
  const heeds = operation('heeds', ({ signal }) => {
    shutdown.abort(new OctoError('RUN_ABORTED', 'bye'));
    signal.throwIfAborted();
    return done('never');
  });
  const ledger = createMemoryLedger();

  const report = await run(bot('A', [noted('one'), heeds, noted('two')]), { ledger, signal: shutdown.signal });

  expect(report).toMatchObject({ status: 'aborted' });
  expect(calls).toEqual(['one']);
  expect(ledger.entry(0)?.outcome.status).toBe('done');
  expect(ledger.entry(1)).toBeUndefined();
});

test('an operation that ends in spite of the shutdown counts', async () => {
  const shutdown = new AbortController();
  const finishes = operation('finishes', () => {
    shutdown.abort(new OctoError('RUN_ABORTED', 'bye'));
    return done('finished');
  });

  expect(await run(bot('A', [finishes]), { signal: shutdown.signal })).toMatchObject({ status: 'done' });
});

test('an entry of the ledger does not count for another operation that took its place', async () => {
  const { calls, noted } = noting();
  const ledger = createMemoryLedger();

  await run(bot('A', [noted('old')]), { ledger });
  await run(bot('A', [noted('new')]), { ledger });

  expect(calls).toEqual(['old', 'new']);
});
