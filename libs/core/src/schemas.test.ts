import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { slugOf } from './deployment.ts';
import { Duration, Options, parseDuration } from './schemas.ts';

const minute = 60_000;

describe('durations', () => {
  it.each([
    ['30 minutes', 30 * minute],
    ['5 seconds', 5000],
    ['60 days', 60 * 24 * 60 * minute],
    ['1.5h', 90 * minute],
    ['250ms', 250],
    [' 2 Weeks ', 14 * 24 * 60 * minute],
  ])('%j is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['soon', '30', '', '0 minutes', '-5 minutes', '5 fortnights', '5 minutes 10 seconds', '900 years'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reach an extension as milliseconds, defaults included', () => {
    const config = Options({ timeout: Duration({ default: '30 minutes' }), every: Duration() });
    expect(Value.Decode(config, Value.Default(config, { every: '5 seconds' }))).toEqual({
      timeout: 30 * minute,
      every: 5000,
    });
    expect(Value.Check(config, { timeout: 'soon', every: '5 seconds' })).toBe(false);
  });
});

describe('slugs', () => {
  it.each([
    ['Checkmarx scan', 'checkmarx-scan'],
    ['  Close stale issues & pull requests! ', 'close-stale-issues-pull-requests'],
    ['naming:enforcer/2', 'naming-enforcer-2'],
    ['Prüfung', 'prüfung'],
    ['…', ''],
  ])('of %j is %j', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});
