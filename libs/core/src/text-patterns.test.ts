import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { matchesPattern, matchingPattern, TextPattern } from './text-patterns.ts';

describe('text patterns', () => {
  it.each([
    ['bug', 'bug', true],
    ['Bug', 'bUG', true],
    ['bugs', 'bug', false],
    ['area/ui/button', 'area/*', true],
    ['v1', 'v?', true],
    ['v10', 'v?', false],
    ['dependabot[bot]', 'dependabot[bot]', true],
    ['renovate[bot]', '*[bot]', true],
    ['robot', '*[bot]', false],
    ['[WIP] Try it', '[wip]*', true],
    ['Pin it', '[wip]*', false],
    ['a+b (c) {d} ^e$ |f\\g.h', 'A+B (C) {D} ^E$ |F\\G.H', true],
    ['axb', 'a.b', false],
    ['été', 'ÉTÉ', true],
    ['two\nlines', 'two*', true],
    ['/etc', '/etc', true],
    ['feat: x', '/^(feat|fix)(\\(.+\\))?: /', true],
    ['FEAT: x', '/^feat: /', false],
    ['FEAT: x', '/^feat: /i', true],
    ['a feat: x', '/^feat: /', false],
    ['see a/b', '/a/b/', true],
  ])('say of %j and %j: %j', (text, pattern, expected) => {
    expect(matchesPattern(text, pattern)).toBe(expected);
  });

  it('name the first that matches', () => {
    expect(matchingPattern('fix it', ['feat*', '/fix/', 'f*'])).toBe('/fix/');
    expect(matchingPattern('fix it', [])).toBeUndefined();
  });

  // A backtracking engine takes longer than the universe for this one; it is not the clock that this test looks at.
  it('end, whatever the text', () => {
    expect(matchesPattern(`${'a'.repeat(10_000)}!`, '/^(a+)+$/')).toBe(false);
    expect(matchesPattern('a'.repeat(10_000), `${'*a'.repeat(50)}*b`)).toBe(false);
  });

  it.each([
    ['/(/', 'missing closing )'],
    ['/(?=a)/', 'Perl syntax'],
    ['/(a)\\1/', 'invalid escape sequence'],
    ['/a/g', 'it has the flags "g", and there is only "i"'],
    ['', ''],
  ])('refuse %j and say why', (pattern, why) => {
    const [error] = Value.Errors(TextPattern(), pattern);
    expect(error?.message).toContain(why);
  });

  it('take what is right', () => {
    for (const pattern of ['a', '/', '//', '/a/', '/a/i', '(', '*']) {
      expect(Value.Check(TextPattern(), pattern)).toBe(true);
    }
  });
});
