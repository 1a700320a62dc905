import { describe, expect, it } from 'vitest';
import { matchesAny, matchesGlob } from './globs.ts';

describe('globs', () => {
  it.each([
    ['release/1.0', 'release/*', true],
    ['release/1.0/hotfix', 'release/*', true],
    ['releases', 'release/*', false],
    ['main', 'main', true],
    ['main', 'Main', false],
    ['main-2', 'main', false],
    ['feature', '[!m]*', true],
    ['main', '[!m]*', false],
    ['v1', 'v[0-9]', true],
    ['.github', '*', true],
    ['a/b.exe', '*.exe', true],
    ['a/b/c.exe', '**/*.exe', true],
    ['c.exe', '**/*.exe', true],
    ['{a,b}', '{a,b}', true],
    ['a', '{a,b}', false],
    ['!main', '!main', true],
    ['feature', '!main', false],
    ['fix(1)', 'fix(1)', true],
    ['dev/', 'dev/*', true],
    ['src/a/test/b.ts', 'src/**/test/*.ts', true],
    ['src/test/b.ts', 'src/**/test/*.ts', true],
    ['two\nlines.exe', '*.exe', true],
    ['(a)', '(a)', true],
    ['été', '\\ét*', true],
    ['a*b', 'a\\*b', true],
    ['axb', 'a\\*b', false],
    ['done', '\\d*', true],
    ['7', '\\d', false],
    ['a\\d', 'a\\\\d', true],
  ])('says of %j and %j: %j', (value, glob, expected) => {
    expect(matchesGlob(value, glob)).toBe(expected);
  });

  // A backtracking engine takes hours for the first; it is not the clock that this test looks at.
  it('end, whatever the name', () => {
    expect(matchesGlob('_'.repeat(4000), '*_*_*_*.bin')).toBe(false);
    expect(matchesGlob(`src/${'test/'.repeat(800)}x`, 'src/**/test/**/test/**/*.ts')).toBe(false);
  });

  it('match nothing when there are none', () => {
    expect(matchesAny('main', [])).toBe(false);
    expect(matchesAny('main', ['dev/*', 'main'])).toBe(true);
  });
});
