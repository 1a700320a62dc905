import { describe, expect, it } from 'vitest';
import { cutoff } from './cutoff.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

function before(now: string, durationMs: number, timezone: string): string {
  return new Date(cutoff(Date.parse(now), durationMs, { weekdaysOnly: true, timezone })).toISOString();
}

describe('the moment since which so much time has passed', () => {
  it('is as long ago when every day counts', () => {
    const now = Date.parse('2026-06-01T12:00:00Z');
    expect(cutoff(now, dayMs, { weekdaysOnly: false, timezone: 'Europe/Berlin' })).toBe(now - dayMs);
  });

  it.each([
    { why: 'within a week', now: '2026-06-03T12:00:00Z', days: 2, zone: 'UTC', since: '2026-06-01T12:00:00.000Z' },
    { why: 'over a weekend', now: '2026-06-01T12:00:00Z', days: 1, zone: 'UTC', since: '2026-05-29T12:00:00.000Z' },
    { why: 'two weeks', now: '2026-06-01T12:00:00Z', days: 10, zone: 'UTC', since: '2026-05-18T12:00:00.000Z' },
    { why: 'from a Sunday', now: '2026-05-31T12:00:00Z', days: 1, zone: 'UTC', since: '2026-05-29T00:00:00.000Z' },
    { why: 'at midnight', now: '2026-06-01T00:00:00Z', days: 1, zone: 'UTC', since: '2026-05-29T00:00:00.000Z' },
    // Sunday evening in UTC is Monday morning there.
    {
      why: 'where it is Monday',
      now: '2026-05-31T20:00:00Z',
      days: 0.125,
      zone: 'Asia/Tokyo',
      since: '2026-05-31T17:00:00.000Z',
    },
    // The clocks go forward on the Sunday: noon to noon, and an hour less by UTC.
    {
      why: 'over summer time',
      now: '2026-03-30T10:00:00Z',
      days: 1,
      zone: 'Europe/Berlin',
      since: '2026-03-27T11:00:00.000Z',
    },
    {
      why: 'over winter time',
      now: '2026-10-26T11:00:00Z',
      days: 1,
      zone: 'Europe/Berlin',
      since: '2026-10-23T10:00:00.000Z',
    },
    // Egypt changes on a Friday, at midnight: that Friday has 23 hours.
    {
      why: 'a short weekday',
      now: '2026-04-24T21:00:00Z',
      days: 23 / 24,
      zone: 'Africa/Cairo',
      since: '2026-04-23T22:00:00.000Z',
    },
  ])('leaves weekends out: $why', ({ now, days, zone, since }) => {
    expect(before(now, days * dayMs, zone)).toBe(since);
  });
});
