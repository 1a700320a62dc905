import { describe, expect, it } from 'vitest';
import { withInclusionsInside } from './inclusions.ts';

function kept(source: string, path = 'src/a.c'): string {
  return withInclusionsInside(path, Buffer.from(source, 'latin1')).toString('latin1');
}

describe('inclusions', () => {
  it.each([
    '#include "b.h"',
    '# include <include/b.h>',
    '#include "../include/b.h" // ours',
    '#if __has_include(<vector>)',
    'int included, my_include, Include;',
    'char latin[] = "\xe4\xf6";',
  ])('inside stay as they are: %j', (source) => {
    expect(kept(source)).toBe(source);
  });

  it.each([
    '#include "/etc/passwd"',
    '#include </etc/passwd>',
    '#include "../../b.h"',
    '#include "b/../../../b.h"',
    '#include "..\\\n/../b.h"',
    '#include <x/*/*/../../../b.h>',
    '#include PATH',
    '#include/**/"/etc/passwd"',
    '#/*\n*/include "/etc/passwd"',
    '#\x01include "/etc/passwd"',
    '#inc\\\nlude "/etc/passwd"',
    '#inc\\ \r\nlude "/etc/passwd"',
    '%:include_next "/etc/passwd"',
    '#if __has_include("/etc/passwd")',
    '/* include < */ #include "/etc/passwd" //>',
    '/* include "a */ #include </etc/passwd> //"',
    '#include',
  ])('that lead out, or may, are none any more: %j', (source) => {
    const result = kept(source);
    expect(result.replaceAll(/[\\\s]/g, '')).not.toMatch(/include/);
    expect(result).toHaveLength(source.length);
    expect(result.split('\n')).toHaveLength(source.split('\n').length);
  });

  it('are found in UTF-16 too', () => {
    const little = Buffer.from('\ufeff#include "/etc/passwd"\n', 'utf16le');
    expect(withInclusionsInside('a.c', little).toString('utf16le')).toBe('\ufeff#pragma  "/etc/passwd"\n');
    const big = Buffer.from(Buffer.from(little).swap16());
    expect(Buffer.from(withInclusionsInside('a.c', big)).swap16().toString('utf16le')).toContain('#pragma ');
    expect(() => withInclusionsInside('a.c', Buffer.concat([big, Buffer.from([0])]))).not.toThrow();
  });

  it('are found fast in what is made to take ages', () => {
    expect(kept('i\\\n'.repeat(200_000))).toContain('i');
    expect(kept('include <'.repeat(100_000))).not.toContain('include');
  });
});
