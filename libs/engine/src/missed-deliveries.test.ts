import type { DeliveryAttempt } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import {
  asAsked,
  dueForRedelivery,
  givenUp,
  lookAtPage,
  type MissedDelivery,
  type Scan,
  scanOf,
  usualRecoveryPolicy,
} from './missed-deliveries.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const now = Date.parse('2026-01-10T12:00:00Z');

let lastId = 0;

/** @param agoMs before `now` */
function attempt(
  delivery: string,
  agoMs: number,
  status: number,
  more: Partial<DeliveryAttempt> = {},
): DeliveryAttempt {
  const redelivery = more.redelivery ?? false;
  return { id: `${++lastId}`, delivery, event: 'push', at: now - agoMs, redelivery, status, ...more };
}

const again = { redelivery: true };
const everything: Scan = { from: now - 3 * day, settled: [] };

/** What is missed after a whole scan. @param attempts newest first */
function missedAfter(attempts: readonly DeliveryAttempt[], options: { pageSize?: number; scan?: Scan } = {}) {
  const missed = new Map<string, MissedDelivery>();
  const told = { found: [] as string[], arrived: [] as string[], refused: [] as string[] };
  const pageSize = options.pageSize ?? 100;
  let scan: Scan | undefined = options.scan ?? everything;
  let pages = 0;
  let seenUntil: number | undefined;
  for (let start = 0; scan !== undefined; start += pageSize) {
    const page: readonly DeliveryAttempt[] = attempts.slice(start, start + pageSize);
    const next = start + pageSize < attempts.length ? `after ${start + pageSize}` : undefined;
    const findings = lookAtPage({ attempts: page, next, scan, missed });
    for (const [delivery, one] of findings.changes) {
      if (one === undefined) missed.delete(delivery);
      else missed.set(delivery, one);
    }
    for (const key of ['found', 'arrived', 'refused'] as const) told[key].push(...findings[key]);
    // As it comes back from Redis.
    scan = findings.scan && JSON.parse(JSON.stringify(findings.scan));
    seenUntil = findings.seenUntil;
    pages++;
  }
  return { missed, ...told, pages, seenUntil };
}

describe('of the attempts to deliver one event', () => {
  it.each([
    ['none was answered', [attempt('d', minute, 0)], true],
    ['one was answered 502 by a proxy', [attempt('d', minute, 502)], true],
    ['one was answered 503, as while Redis is down', [attempt('d', minute, 503)], true],
    ['one was answered 401, as with a wrong secret', [attempt('d', minute, 401)], true],
    ['one was answered 404, as with a wrong path', [attempt('d', minute, 404)], true],
    ['one was redirected', [attempt('d', minute, 301)], true],
    ['one was answered 429', [attempt('d', minute, 429)], true],
    ['all failed', [attempt('d', minute, 500, again), attempt('d', 2 * minute, 0)], true],
    ['one was answered 202', [attempt('d', minute, 202)], false],
    ['one was answered 200', [attempt('d', minute, 200)], false],
    ['one was refused as no message of GitHub', [attempt('d', minute, 400)], false],
    ['one was refused as too large', [attempt('d', minute, 413)], false],
    ['one was refused for its content type', [attempt('d', minute, 415)], false],
    ['a later one arrived', [attempt('d', minute, 202, again), attempt('d', 2 * minute, 500)], false],
    [
      'the one in the middle arrived',
      [attempt('d', minute, 500, again), attempt('d', 2 * minute, 202, again), attempt('d', 3 * minute, 500)],
      false,
    ],
    [
      'the first arrived and a later one failed',
      [attempt('d', minute, 500, again), attempt('d', 2 * minute, 202)],
      false,
    ],
    ['a later one was refused for good', [attempt('d', minute, 413, again), attempt('d', 2 * minute, 500)], false],
    ['the first was refused for good', [attempt('d', minute, 500, again), attempt('d', 2 * minute, 400)], false],
    ['the first is out of sight, and a later one failed', [attempt('d', minute, 500, again)], false],
    ['the only one is older than GitHub keeps', [attempt('d', 3 * day + minute, 0)], false],
  ] as const)('%s', (_what, attempts, isMissed) => {
    for (const pageSize of [100, 1]) {
      const { missed, found } = missedAfter(attempts, { pageSize });
      expect([...missed.keys()]).toEqual(isMissed ? ['d'] : []);
      if (isMissed) expect(found).toEqual(['d']);
    }
  });

  it('the newest is the one that is asked for', () => {
    const newest = attempt('d', minute, 502, again);
    const first = attempt('d', 5 * minute, 0);
    expect(missedAfter([newest, first], { pageSize: 1 }).missed.get('d')).toEqual({
      event: 'push',
      attemptId: newest.id,
      status: 502,
      firstAt: first.at,
      lastAt: newest.at,
      fromTheStart: true,
      asked: 0,
      askedAt: 0,
    });
  });
});

describe('a delivery that is known as missed', () => {
  const first = attempt('d', 20 * minute, 0);
  const known = new Map(missedAfter([first]).missed);
  const look = (...attempts: DeliveryAttempt[]) =>
    lookAtPage({ attempts, next: undefined, scan: { ...everything, from: now - 30 * minute }, missed: known });

  it('is over once it arrived', () => {
    const { arrived, changes, found } = look(attempt('d', minute, 202, again));
    expect([arrived, [...changes], found]).toEqual([['d'], [['d', undefined]], []]);
  });

  it('is over once it is refused for good', () => {
    expect(look(attempt('d', minute, 400, again))).toMatchObject({ refused: ['d'], arrived: [] });
  });

  it('is found only once, however often its first attempt is seen', () => {
    const { found, changes } = look(first);
    expect([found, [...changes]]).toEqual([[], []]);
  });

  it('keeps how often it was asked for when it failed once more', () => {
    const asked = asAsked(known.get('d') ?? expect.unreachable(), now - 2 * minute);
    const failed = attempt('d', minute, 503, again);
    const scan = { ...everything, from: now - 3 * minute };
    const { changes } = lookAtPage({ attempts: [failed], next: undefined, scan, missed: new Map([['d', asked]]) });
    expect(changes.get('d')).toEqual({ ...asked, attemptId: failed.id, lastAt: failed.at, status: 503 });
  });
});

describe('a scan', () => {
  const failing = Array.from({ length: 250 }, (_, index) => attempt(`d${index}`, index * minute, 0));

  it('ends where the one before began, and not before', () => {
    const scan = scanOf({ seenUntil: now - 100 * minute }, now, usualRecoveryPolicy);
    const { missed, pages, seenUntil } = missedAfter(failing, { scan, pageSize: 10 });
    // A few minutes over it: an attempt is listed when it ends.
    expect(missed.size).toBe(106);
    expect(pages).toBe(11);
    expect(seenUntil).toBe(now);
  });

  it('goes on where it was broken off', () => {
    const first = lookAtPage({ attempts: failing.slice(0, 100), next: 'x', scan: everything, missed: new Map() });
    const kept = { seenUntil: 5, scan: first.scan };
    expect(scanOf(kept, now + day, usualRecoveryPolicy)).toMatchObject({ cursor: 'x', until: now });
  });

  it('looks back no longer than GitHub keeps deliveries', () => {
    expect(scanOf({}, now, usualRecoveryPolicy).from).toBe(now - 3 * day);
    expect(scanOf({ seenUntil: now - 10 * day }, now, usualRecoveryPolicy).from).toBe(now - 3 * day);
  });

  it('of an App without deliveries is at its end at once', () => {
    expect(missedAfter([])).toMatchObject({ pages: 1, seenUntil: undefined });
  });
});

describe('a missed delivery is asked for', () => {
  const missedAt = (agoMs: number, more: Partial<MissedDelivery> = {}): MissedDelivery => {
    const at = now - agoMs;
    return {
      event: 'push',
      attemptId: '1',
      status: 0,
      firstAt: at,
      lastAt: at,
      fromTheStart: true,
      asked: 0,
      askedAt: 0,
      ...more,
    };
  };
  const isDue = (one: MissedDelivery, at = now) =>
    dueForRedelivery(new Map([['d', one]]), at, usualRecoveryPolicy).length === 1;

  it.each([
    [0, 10 * second],
    [1, minute],
    [2, 2 * minute],
    [3, 4 * minute],
    [5, 16 * minute],
    [6, 30 * minute],
    [200, 30 * minute],
  ])('after %d askings %d ms after the last attempt, and not before', (asked, waitMs) => {
    const one = missedAt(0, { asked, askedAt: asked === 0 ? 0 : now - second });
    expect(isDue(one, now + waitMs - 1)).toBe(false);
    expect(isDue(one, now + waitMs)).toBe(true);
  });

  it('again only after the asking, when no new attempt is seen', () => {
    const asked = asAsked(missedAt(day), now);
    expect(asked).toMatchObject({ asked: 1, askedAt: now });
    expect(isDue(asked, now + minute - 1)).toBe(false);
    expect(isDue(asked, now + minute)).toBe(true);
  });

  it('for three days, and then given up', () => {
    const missed = new Map([
      ['old', missedAt(3 * day + 1)],
      ['young', missedAt(3 * day - 1)],
    ]);
    expect(dueForRedelivery(missed, now, usualRecoveryPolicy)).toEqual(['young']);
    expect(givenUp(missed, now, usualRecoveryPolicy)).toEqual(['old']);
  });

  it('not while its first attempt is unknown', () => {
    expect(isDue(missedAt(day, { fromTheStart: false }))).toBe(false);
  });

  it('the longest due first', () => {
    const missed = new Map([
      ['second', missedAt(5 * minute)],
      ['third', missedAt(day, { asked: 1, askedAt: now - 2 * minute })],
      ['first', missedAt(10 * minute)],
      ['later', missedAt(day, { asked: 4, askedAt: now - minute })],
    ]);
    expect(dueForRedelivery(missed, now, usualRecoveryPolicy)).toEqual(['first', 'second', 'third']);
  });
});
