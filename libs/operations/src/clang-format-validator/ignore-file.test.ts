import { describe, expect, it } from 'vitest';
import { IgnoreFile, nearest } from './ignore-file.ts';
import { matchesPath } from './path-pattern.ts';

describe('a pattern of .clang-format-ignore', () => {
  it.each([
    ['a.c', '*.c', true],
    ['src/a.c', '*.c', false],
    ['src/a.c', 'src/*', true],
    ['src/lib/a.c', 'src/*', false],
    ['src/lib/a.c', 'src/**', true],
    ['src/lib/deep/a.c', 'src/**/*.c', true],
    ['src/a.c', 'src/**/*.c', true],
    ['lib/a.c', 'src/**/*.c', false],
    ['a.c', '**', true],
    ['ab.c', '?b.c', true],
    ['/b.c', '?b.c', false],
    ['b.c', '[a-c].c', true],
    ['b.c', '[!a-c].c', false],
    ['].c', '[]].c', true],
    ['[.c', '[.c', true],
    ['a*.c', 'a\\*.c', true],
    ['ab.c', 'a\\*.c', false],
    ['a.c', 'A.c', false],
    ['ü.c', '?.c', true],
    ['aXbXc', 'a*b*c', true],
    ['aXbX', 'a*b*c', false],
    ['.hidden.c', '*.c', true],
  ])('%s against %s: %s', (path, pattern, expected) => {
    expect(matchesPath(path, pattern)).toBe(expected);
  });

  it('that a regular expression would choke on is answered', () => {
    const path = `${'a'.repeat(4000)}.c`;
    expect(matchesPath(path, `${'*a'.repeat(2000)}*b`)).toBe(false);
    expect(matchesPath('a/'.repeat(2000), `${'**/a/'.repeat(1000)}b`)).toBe(false);
  });
});

describe('.clang-format-ignore', () => {
  it('has a pattern on each line but blank ones and comments', () => {
    const file = new IgnoreFile('.clang-format-ignore', '# generated\n\n  gen/*  \r\nthird party/*\n#a.c\n');
    expect(['gen/a.c', 'third party/a.c', 'a.c', '#a.c'].map((path) => file.ignores(path))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('speaks of its own folder, and with a slash in front of the root', () => {
    const file = new IgnoreFile('lib/.clang-format-ignore', 'gen/*\n/lib/old.c\n');
    expect(['lib/gen/a.c', 'lib/old.c', 'lib/a.c', 'lib/lib/old.c'].map((path) => file.ignores(path))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('ignores all but what matches a negated pattern', () => {
    const file = new IgnoreFile('.clang-format-ignore', '!src/*\n');
    expect(['src/a.c', 'lib/a.c'].map((path) => file.ignores(path))).toEqual([false, true]);
  });

  it('counts in the nearest folder alone', () => {
    const there = new Set(['.clang-format-ignore', 'lib/.clang-format-ignore']);
    const of = (path: string) => nearest(path, ['.clang-format-ignore'], there);
    expect([of('a.c'), of('lib/x/a.c'), of('src/a.c')]).toEqual([
      '.clang-format-ignore',
      'lib/.clang-format-ignore',
      '.clang-format-ignore',
    ]);
    expect(nearest('a.c', ['x'], there)).toBeUndefined();
  });
});
