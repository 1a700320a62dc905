import { describe, expect, it } from 'vitest';
import type { Breakage } from './broken-build.ts';
import { runChaos } from './chaos.ts';
import { everyFault } from './faults.ts';
import { describeReport } from './report.ts';

const common = { parallelBots: true, tell: () => {} };
const minutesAtMost = 5;

describe('chaos', () => {
  it('loses nothing and repeats nothing while processes are killed, Redis goes away, copies come and a clock is off', {
    timeout: minutesAtMost * 60_000,
  }, async () => {
    // An outage that long takes as long again to recover from: the long form has it.
    const faults = everyFault.filter((fault) => fault !== 'stop Redis for longer than a lock');
    const report = await runChaos({ seed: 5, durationMs: 10_000, workers: 3, rate: 1.5, faults, ...common });
    console.log(describeReport(report));
    const why = `${describeReport(report)}\n${report.lost.join('\n')}\n${report.repeated.join('\n')}\n${report.output}`;
    expect({ lost: report.lost, repeated: report.repeated, deadLetters: report.deadLetters }, why).toEqual({
      lost: [],
      repeated: [],
      deadLetters: 0,
    });
    expect(report.present).toBe(report.expected);
    expect(report.expected).toBe(report.events * 7);
    expect(report.duplicates).toBe(report.events);
    // It did what it says.
    expect(report.events).toBeGreaterThan(5);
    expect(report.workersKilled).toBeGreaterThanOrEqual(6);
    expect(report.ingressKilledBetweenBots).toBeGreaterThanOrEqual(1);
    expect(report.redisStopped + report.redisCrashed).toBeGreaterThanOrEqual(2);
    expect(Math.abs(report.clockOffsetMs)).toBeGreaterThanOrEqual(120_000);
  });

  it.each<{ broken: Breakage; what: string }>([
    { broken: 'ledger', what: 'a ledger that forgets' },
    { broken: 'dedupe', what: 'a producer that takes each copy for another delivery' },
  ])('notices $what: the account does not hold', { timeout: minutesAtMost * 60_000 }, async ({ broken }) => {
    const report = await runChaos({ seed: 3, durationMs: 2000, workers: 2, rate: 3, faults: [], broken, ...common });
    expect(report.repeated.length, describeReport(report)).toBeGreaterThan(0);
    expect(report.lost, describeReport(report)).toEqual([]);
  });

  it('notices a Redis that keeps nothing on disk: what was taken is lost', {
    timeout: minutesAtMost * 60_000,
  }, async () => {
    const faults = Array(3).fill('crash Redis');
    const report = await runChaos({
      seed: 3,
      durationMs: 2000,
      workers: 2,
      rate: 3,
      faults,
      broken: 'redis',
      ...common,
    });
    expect(report.lost.length, describeReport(report)).toBeGreaterThan(0);
  });
});
