import type { DeadLetter } from '@octo-bots/queue';
import { describe, expect, it } from 'vitest';
import { tableOf } from './failed-runs-table.ts';

const letter: DeadLetter = {
  run: 'd-1.branch-names',
  kind: 'bot',
  name: 'Branch names',
  delivery: 'd-1',
  event: 'pull_request',
  failedAt: '2026-03-01T09:12:44.123Z',
  attempts: 3,
  reason: 'op: GITHUB_REQUEST_FAILED: busy',
};

describe('the table of failed runs', () => {
  it('has a line for each, in columns, and says how to replay one', () => {
    const short = { ...letter, run: 'a.1', name: 'Sweep', attempts: 10 };
    expect(tableOf({ total: 2, letters: [letter, short] }).split('\n')).toEqual([
      'RUN               BOT OR JOB    FAILED AT             ATTEMPTS  REASON',
      'd-1.branch-names  Branch names  2026-03-01T09:12:44Z  3         op: GITHUB_REQUEST_FAILED: busy',
      'a.1               Sweep         2026-03-01T09:12:44Z  10        op: GITHUB_REQUEST_FAILED: busy',
      '',
      '2 failed runs. To replay: octo-bots replay <run or delivery>',
      '',
    ]);
  });

  it('says how many there are when it does not show all', () => {
    expect(tableOf({ total: 1234, letters: [letter] })).toContain('The newest 1 of 1234 failed runs. ');
    expect(tableOf({ total: 0, letters: [] })).toBe('No run has failed for good.\n');
  });

  it('shows nothing of what strangers named that a terminal would obey', () => {
    const reason = 'branch "\u001b[2Jx\u009b31m\u202e"\r\n  is not allowed';
    const [, row] = tableOf({ total: 1, letters: [{ ...letter, reason }] }).split('\n');
    expect(row).toMatch(/ {2}branch " \[2Jx 31m " is not allowed$/);
  });
});
