import type { ChaosReport } from './chaos.ts';

/** What was done and what came of it, for people. */
export function describeReport(report: ChaosReport): string {
  const minutes = report.clockOffsetMs / 60_000;
  const lines: readonly (readonly [string, string | number])[] = [
    ['seed', report.seed],
    ['workers killed (-9)', report.workersKilled],
    ['ingress killed (-9)', `${report.ingressKilled}, ${report.ingressKilledBetweenBots} of them between two bots`],
    ['Redis', `${report.redisStopped} times stopped, ${report.redisCrashed} times crashed`],
    ['restarts', report.restarts],
    ['clock of one worker', minutes === 0 ? 'right' : `${Math.abs(minutes)} minutes ${minutes < 0 ? 'slow' : 'fast'}`],
    ['events', report.events],
    ['duplicates', report.duplicates],
    ['refused, sent again', report.refused],
    ['calls of operations', `${report.calls}, ${report.found} of them found the effect of one that was cut off`],
    ['effects', `${report.present}, ${report.expected} expected`],
    ['dead letters', report.deadLetters],
    ['lost', report.lost.length],
    ['repeated', report.repeated.length],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

export function holds({ lost, repeated, deadLetters }: ChaosReport): boolean {
  return lost.length === 0 && repeated.length === 0 && deadLetters === 0;
}
