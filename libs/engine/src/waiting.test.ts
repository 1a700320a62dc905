import { type Bot, done, failed, later, letThrough, OctoError, silentLog } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { createMemoryLedger, type Ledger } from './ledger.ts';
import { runBot } from './run-bot.ts';
import { askingFilter, bot, type Call, clientPool, event, operation, runInfo } from './test-support/harness.ts';

function run(tested: Bot, ledger: Ledger = createMemoryLedger(), attempt = 1) {
  const signal = new AbortController().signal;
  return runBot({
    bot: tested,
    event: event(),
    run: runInfo(attempt),
    clients: clientPool(),
    ledger,
    signal,
    log: silentLog,
  });
}

function rateLimit(resumeAt: number): OctoError {
  return new OctoError('GITHUB_RATE_LIMITED', 'a rate limit of GitHub is reached', { resumeAt });
}

/** Lets the time of what waits come. */
async function arrive(ledger: Ledger, options: { waitingSince?: number } = {}): Promise<void> {
  const entry = ledger.entry(0);
  if (entry?.outcome.status !== 'later') throw new Error('nothing waits');
  await ledger.record(0, { ...entry, ...options, outcome: { ...entry.outcome, at: 0 } });
}

test('a rate limit is no failure: the operation is called again after it, with the state that it had', async () => {
  const resumeAt = Date.now() + 600_000;
  const states: unknown[] = [];
  const answers = [later(new Date(0), { state: { page: 2 }, reason: 'page' }), rateLimit(resumeAt), done('all pages')];
  const pages = operation('pages', ({ state }) => {
    states.push(state);
    const answer = answers.shift() ?? failed('called too often');
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [pages]);

  await run(tested, ledger);
  const limited = await run(tested, ledger);
  await arrive(ledger);
  const last = await run(tested, ledger);

  expect(limited).toMatchObject({ status: 'later' });
  expect(limited.operations[0]?.outcome).toMatchObject({
    status: 'later',
    reason: 'a rate limit of GitHub is reached',
  });
  expect(last.status).toBe('done');
  expect(states).toEqual([undefined, { page: 2 }, { page: 2 }]);
});

test('runs that wait for one reset come back after it, a little apart, and within a minute', async () => {
  const resumeAt = Date.now() + 3_600_000;
  const limited = bot('A', [
    operation('limited', () => {
      throw rateLimit(resumeAt);
    }),
  ]);

  const times = await Promise.all(Array.from({ length: 50 }, async () => (await run(limited)).resumeAt ?? 0));

  expect(Math.min(...times)).toBeGreaterThanOrEqual(resumeAt);
  expect(Math.max(...times)).toBeLessThanOrEqual(resumeAt + 60_001);
  expect(new Set(times).size).toBeGreaterThan(40);
});

test('a reset that is over by this machine’s clock is still waited for, for a moment', async () => {
  const before = Date.now();
  const limited = operation('limited', () => {
    throw rateLimit(before - 600_000);
  });

  const report = await run(bot('A', [limited]));

  expect(report.resumeAt).toBeGreaterThanOrEqual(before + 1000);
  expect(report.resumeAt).toBeLessThan(before + 10_000);
});

test('a rate limit that a filter hits puts the run off, with the reason, and no operation is called', async () => {
  const resumeAt = Date.now() + 600_000;
  const called: Call[] = [];
  const reports = [rateLimit(resumeAt), undefined];
  const filter = askingFilter('asks', async () => {
    const error = reports.shift();
    if (error !== undefined) throw error;
    return letThrough('yes');
  });
  const works = operation('works', (call) => {
    called.push(call);
    return done('worked');
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [works], { filters: [filter] });

  const limited = await run(tested, ledger);
  expect(called).toEqual([]);
  const second = await run(tested, ledger);

  expect(limited).toMatchObject({
    status: 'later',
    waitingFilter: { filter: 'asks', reason: 'a rate limit of GitHub is reached' },
  });
  expect(limited.resumeAt).toBeGreaterThanOrEqual(resumeAt);
  expect(second.status).toBe('done');
});

test('one operation that hits a rate limit holds up no other that runs in parallel', async () => {
  const limited = operation('limited', () => {
    throw rateLimit(Date.now() + 600_000);
  });

  const report = await run(bot('A', [limited, operation('free', () => done('worked'))], { parallel: true }));

  expect(report.status).toBe('later');
  expect(report.operations.map(({ outcome }) => outcome.status)).toEqual(['later', 'done']);
});

test('an operation knows since when it waits, over rate limits too', async () => {
  const seen: (number | undefined)[] = [];
  const start = Date.now();
  const answers = [later(new Date(0), { reason: 'scan' }), rateLimit(0), done('arrived')];
  const scan = operation('scan', ({ waitingSince }) => {
    seen.push(waitingSince);
    const answer = answers.shift() ?? failed('called too often');
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [scan]);

  await run(tested, ledger);
  await run(tested, ledger);
  await arrive(ledger);
  await run(tested, ledger);

  const [first, second, third] = seen;
  expect(first).toBeUndefined();
  expect(second).toBeGreaterThanOrEqual(start);
  expect(second).toBeLessThanOrEqual(Date.now());
  expect(third).toBe(second);
});

test('an operation that waits longer than it may is called once more at the end, then it has failed', async () => {
  const calls: unknown[] = [];
  const scan = operation('scan', ({ state }) => {
    calls.push(state);
    return later({ afterMs: 50_000 }, { state: 'scanning', reason: 'the scan runs', giveUpAfterMs: 60_000 });
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [scan]);

  expect(await run(tested, ledger)).toMatchObject({ status: 'later' });
  const since = Date.now() - 30_000;
  await arrive(ledger, { waitingSince: since });
  // 30 s of 60 are over: 50 more would be too many.
  expect(await run(tested, ledger)).toMatchObject({ status: 'later', resumeAt: since + 60_000 });
  await arrive(ledger, { waitingSince: since - 60_000 });
  const report = await run(tested, ledger);

  expect(report).toMatchObject({ status: 'failed', retryable: false });
  expect(report.operations[0]?.outcome).toEqual(
    failed('gave up after waiting 60 s in all: the scan runs', { code: 'OPERATION_GAVE_UP' }),
  );
  expect(calls).toEqual([undefined, 'scanning', 'scanning']);
});

test('an operation whose time is up may still end well in its last call', async () => {
  const scan = operation('scan', ({ state }) =>
    state === undefined ? later({ afterMs: 1 }, { state: 1, reason: 'scan', giveUpAfterMs: 60_000 }) : done('scanned'),
  );
  const ledger = createMemoryLedger();
  const tested = bot('A', [scan]);

  await run(tested, ledger);
  await arrive(ledger, { waitingSince: Date.now() - 600_000 });

  expect((await run(tested, ledger)).status).toBe('done');
});

test('a wait starts anew in an attempt that follows a failure', async () => {
  const seen: (number | undefined)[] = [];
  const answers = [
    later(new Date(0), { reason: 'scan', giveUpAfterMs: 60_000 }),
    failed('broke', { retryable: true }),
    done('scanned'),
  ];
  const scan = operation('scan', ({ waitingSince }) => {
    seen.push(waitingSince);
    return answers.shift() ?? failed('called too often');
  });
  const ledger = createMemoryLedger();
  const tested = bot('A', [scan]);

  await run(tested, ledger, 1);
  await run(tested, ledger, 1);
  await run(tested, ledger, 2);

  expect(seen).toEqual([undefined, expect.any(Number), undefined]);
});
