import type { ListedDeadLetters } from '@octo-bots/queue';

/** The failed runs, a line each, for people. */
export function tableOf({ total, letters }: ListedDeadLetters): string {
  if (total === 0) return 'No run has failed for good.\n';
  const head = ['RUN', 'BOT OR JOB', 'FAILED AT', 'ATTEMPTS', 'REASON'];
  const rows = letters.map(({ run, name, failedAt, attempts, reason }) =>
    [run, name, `${failedAt.slice(0, 19)}Z`, String(attempts), reason].map(oneLine),
  );
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)));
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const shown = letters.length < total ? `The newest ${letters.length} of ${total} failed runs` : runsText(total);
  return [
    ...lines.map((line) => line.trimEnd()),
    '',
    `${shown}. To replay: octo-bots replay <run or delivery>`,
    '',
  ].join('\n');
}

function runsText(count: number): string {
  return count === 1 ? '1 failed run' : `${count} failed runs`;
}

/** Reasons carry what strangers named: no line breaks, and nothing that a terminal takes for a command. */
export function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
}
