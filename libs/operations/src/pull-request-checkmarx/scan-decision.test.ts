import type { ScanProgress } from '@octo-bots/checkmarx';
import { describe, expect, it } from 'vitest';
import type { CheckedPullRequest } from '../checked-pull-request.ts';
import { decide, type Waiting, whyUnwanted } from './scan-decision.ts';

const timeoutMs = 60_000;
const startedAt = 1_000_000;
const scan = { id: '7', project: { id: '1', name: 'hello-world@feature_a' }, adopted: false };
const waiting: Waiting = { number: 1, checkRun: 2, startedAt, shown: '', shownAt: startedAt, full: false, scan };
const inTime = { waiting, now: startedAt + timeoutMs - 1, timeoutMs };
const late = { ...inTime, now: startedAt + timeoutMs };

function progress(state: ScanProgress['state'], more: Partial<ScanProgress> = {}): ScanProgress {
  return {
    id: '7',
    state,
    stage: state,
    queuePosition: undefined,
    percent: undefined,
    reason: undefined,
    incrementalRefused: false,
    ...more,
  };
}

describe('a scan', () => {
  it.each(['queued', 'running'] as const)('that is %s is waited for until its time is up', (state) => {
    expect(decide(progress(state), inTime)).toEqual({ to: 'wait' });
    expect(decide(progress(state), late)).toEqual({ to: 'time-out' });
  });

  it('that finished is reported, although its time is up', () => {
    expect(decide(progress('finished'), inTime)).toEqual({ to: 'report', partial: false });
    expect(decide(progress('finished'), late)).toEqual({ to: 'report', partial: false });
  });

  it('that is partial is no clean one', () => {
    expect(decide(progress('partial'), inTime)).toEqual({ to: 'report', partial: true });
  });

  it.each(['failed', 'canceled', 'gone'] as const)('that %s ends the run', (state) => {
    expect(decide(progress(state), inTime)).toEqual({ to: 'end', because: state });
    expect(decide(progress(state), late)).toEqual({ to: 'end', because: state });
  });

  it.each(['failed', 'canceled'] as const)('whose increment was refused (%s) is done again in full, once', (state) => {
    const refused = progress(state, { incrementalRefused: true });
    expect(decide(refused, inTime)).toEqual({ to: 'scan-again', full: true });
    expect(decide(refused, { ...inTime, waiting: { ...waiting, full: true } })).toEqual({ to: 'end', because: state });
  });

  it('that another run started and gave up is done again', () => {
    const adopted = { ...inTime, waiting: { ...waiting, scan: { ...scan, adopted: true } } };
    expect(decide(progress('canceled'), adopted)).toEqual({ to: 'scan-again', full: false });
    expect(decide(progress('gone'), adopted)).toEqual({ to: 'scan-again', full: false });
    expect(decide(progress('failed'), adopted)).toEqual({ to: 'end', because: 'failed' });
  });
});

describe('a pull request', () => {
  const repo = { full_name: 'o/r', name: 'r', clone_url: 'https://github.com/o/r.git', private: false };
  const pull: CheckedPullRequest = {
    number: 1,
    state: 'open',
    head: { ref: 'feature/a', sha: 'a'.repeat(40), repo },
    base: { ref: 'main', sha: 'b'.repeat(40), repo: { ...repo, default_branch: 'main' } },
  };
  const wish = { headSha: pull.head.sha, onlyMainBranch: true };

  it('that is open, has this head and goes to the main branch is scanned', () => {
    expect(whyUnwanted(pull, wish)).toBeUndefined();
  });

  it('with another head, closed, or into another branch is not', () => {
    const head = { ...pull.head, sha: 'c'.repeat(40) };
    expect(whyUnwanted({ ...pull, head }, wish)).toEqual({ why: 'superseded', newest: head.sha });
    expect(whyUnwanted({ ...pull, state: 'closed' }, wish)).toEqual({ why: 'closed' });
    const base = { ...pull.base, ref: 'release/1' };
    expect(whyUnwanted({ ...pull, base }, wish)).toEqual({ why: 'other-base', base: 'release/1', main: 'main' });
  });

  it('into another branch is scanned when that is wanted', () => {
    const base = { ...pull.base, ref: 'release/1' };
    expect(whyUnwanted({ ...pull, base }, { ...wish, onlyMainBranch: false })).toBeUndefined();
  });
});
