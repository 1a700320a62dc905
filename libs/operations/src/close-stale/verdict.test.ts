import { describe, expect, it } from 'vitest';
import { dayMs, item, now, policy } from './test-policy.ts';
import { type History, judge } from './verdict.ts';

const ago = (days: number) => now - days * dayMs;
const history = (more: Partial<History> = {}): History => ({
  lastByPeople: ago(100),
  markedAt: undefined,
  activeSinceMark: undefined,
  ...more,
});

describe('what is old enough', () => {
  it.each([
    { updated: 61, verdict: 'close' },
    { updated: 60, verdict: 'close' },
    { updated: 59.9, verdict: 'nothing' },
  ])('is what was not updated for 60 days: $updated days', ({ updated, verdict }) => {
    expect(judge(item({ updatedAt: ago(updated) }), policy(), now).do).toBe(verdict);
  });

  it('is closed at once without close-after, and marked with it', () => {
    expect(judge(item(), policy(), now)).toEqual({ do: 'close', why: 'nothing happened for 61 days', days: 61 });
    expect(judge(item(), policy({ 'close-after': 7 * dayMs }), now).do).toBe('mark');
    expect(judge(item(), policy({ 'close-after': Number.POSITIVE_INFINITY }), now).do).toBe('mark');
  });

  it('goes by the times of the first of its labels that has some', () => {
    const timings = policy({
      'label-timings': [
        { label: 'Question', 'stale-expiration': 14 * dayMs },
        { label: 'slow', 'stale-expiration': 200 * dayMs },
      ],
    });
    expect(judge(item({ updatedAt: ago(15), labels: ['slow', 'question'] }), timings, now).do).toBe('close');
    expect(judge(item({ labels: ['slow'] }), timings, now).do).toBe('nothing');
    expect(timings.latestStaleCutoff).toBe(ago(14));
  });

  it('goes by its creation with activity: none', () => {
    const none = policy({ activity: 'none' });
    expect(judge(item({ updatedAt: now }), none, now)).toMatchObject({ do: 'close', why: 'it is 100 days old' });
    expect(judge(item({ createdAt: ago(59), updatedAt: ago(59) }), none, now).do).toBe('nothing');
  });

  it('goes by what people did with activity: people, and asks only when it cannot tell', () => {
    const people = policy({ activity: 'people' });
    expect(judge(item(), people, now).do).toBe('close');
    expect(judge(item({ createdAt: ago(59), updatedAt: now }), people, now).do).toBe('nothing');
    expect(judge(item({ updatedAt: now }), people, now).do).toBe('look');
    expect(judge(item({ updatedAt: now }), people, now, history({ lastByPeople: ago(59) })).do).toBe('nothing');
    expect(judge(item({ updatedAt: now }), people, now, history({ lastByPeople: ago(61) }))).toMatchObject({
      do: 'close',
      days: 61,
    });
  });

  it('does not count weekends with weekdays-only', () => {
    // From Friday noon to Monday noon is one day.
    const one = { 'stale-expiration': dayMs, 'weekdays-only': true };
    expect(judge(item({ updatedAt: ago(3) }), policy(one), now).do).toBe('close');
    expect(judge(item({ updatedAt: ago(2.9) }), policy(one), now).do).toBe('nothing');
  });
});

describe('what is marked', () => {
  const marked = item({ labels: ['Stale'], updatedAt: ago(1) });
  const marks = policy({ 'close-after': 7 * dayMs });

  it('is closed when it was marked long enough ago and nothing happened', () => {
    expect(judge(marked, marks, now).do).toBe('look');
    expect(judge(marked, marks, now, history({ markedAt: ago(7) }))).toEqual({
      do: 'close',
      why: 'it was marked stale 7 days ago, and nothing happened since',
      days: 7,
    });
    expect(judge(marked, marks, now, history({ markedAt: ago(6) })).do).toBe('nothing');
  });

  it('loses its mark when something happened, unless unstale-when-active is false', () => {
    const active = history({ markedAt: ago(8), activeSinceMark: 'mona commented' });
    expect(judge(marked, marks, now, active)).toMatchObject({
      do: 'unmark',
      why: 'mona commented after it was marked stale',
    });
    const stubborn = policy({ 'close-after': 7 * dayMs, 'unstale-when-active': false });
    expect(judge(marked, stubborn, now, active).do).toBe('close');
    const byAge = policy({ 'close-after': 7 * dayMs, activity: 'none' });
    expect(judge(marked, byAge, now, active).do).toBe('close');
  });

  it('stays marked with close-after: never', () => {
    const never = policy({ 'close-after': Number.POSITIVE_INFINITY });
    expect(judge(marked, never, now, history({ markedAt: ago(999) })).do).toBe('nothing');
  });

  it('is not known by another label, and its label means nothing without close-after', () => {
    const other = policy({ 'close-after': 7 * dayMs, 'stale-label': 'waiting' });
    expect(judge(item({ labels: ['stale'] }), other, now).do).toBe('mark');
    expect(judge(item({ labels: ['stale'] }), policy(), now).do).toBe('close');
  });
});

describe('what stays as it is', () => {
  const pull = { kind: 'pull-request' } as const;
  it.each([
    { by: 'an exempt label', options: { 'exempt-labels': ['Pinned'] }, it: { labels: ['pinned'] } },
    { by: 'an exempt author', options: { 'exempt-authors': ['MONA'] }, it: {} },
    { by: 'an exempt milestone', options: { 'exempt-milestones': ['v2'] }, it: { milestone: 'V2' } },
    { by: 'an exempt milestone', options: { 'exempt-milestones': 'any' as const }, it: { milestone: 'v3' } },
    { by: 'an exempt assignee', options: { 'exempt-assignees': ['hubot'] }, it: { assignees: ['mona', 'hubot'] } },
    { by: 'an exempt assignee', options: { 'exempt-assignees': 'any' as const }, it: { assignees: ['mona'] } },
    { by: 'exempt-drafts', options: { 'pull-requests': { 'exempt-drafts': true } }, it: { ...pull, draft: true } },
    { by: 'only-labels', options: { 'only-labels': ['a', 'b'] }, it: { labels: ['a'] } },
    { by: 'any-of-labels', options: { 'any-of-labels': ['a', 'b'] }, it: { labels: ['c'] } },
    { by: 'only-authors', options: { 'only-authors': ['hubot'] }, it: {} },
    { by: 'only-types', options: { issues: { 'only-types': ['Bug'] } }, it: { type: 'Task' } },
    { by: 'only-types', options: { issues: { 'only-types': ['Bug'] } }, it: {} },
    { by: 'only-assigned', options: { 'only-assigned': true }, it: {} },
    { by: 'start-date', options: { 'start-date': now - 99 * dayMs }, it: {} },
  ])('is kept by $by', ({ by, options, it: more }) => {
    const about = item(more);
    expect(judge(about, policy(options, about.kind), now)).toEqual({ do: 'nothing', kept: by });
    expect(judge({ ...about, updatedAt: now }, policy(options, about.kind), now)).toEqual({ do: 'nothing' });
  });

  it.each([
    { options: { 'exempt-labels': ['pinned'] }, it: { labels: ['pinned-not'] } },
    { options: { 'exempt-milestones': ['v2'] }, it: {} },
    { options: { 'exempt-assignees': 'any' as const }, it: {} },
    { options: { 'only-labels': ['A', 'b'] }, it: { labels: ['b', 'a', 'c'] } },
    { options: { 'any-of-labels': ['A', 'b'] }, it: { labels: ['a'] } },
    { options: { 'only-authors': ['Mona'] }, it: {} },
    { options: { issues: { 'only-types': ['bug'] } }, it: { type: 'Bug' } },
    { options: { 'only-assigned': true }, it: { assignees: ['mona'] } },
    { options: { 'start-date': now - 100 * dayMs }, it: {} },
    { options: { 'exempt-labels': ['pinned'], issues: { 'exempt-labels': ['other'] } }, it: { labels: ['pinned'] } },
  ])('is not what is not meant: $options', ({ options, it: more }) => {
    expect(judge(item(more), policy(options), now).do).toBe('close');
  });
});
