import { expect, it } from 'vitest';
import type { FormatResult } from './format-files.ts';
import { reportOf } from './format-report.ts';

function unformatted(path: string, diff: string): FormatResult {
  return { path, kind: 'unformatted', diff, changes: [] };
}

it('a long name of a file means nothing but itself among those whose diff is not shown', () => {
  const path = `${'a'.repeat(60)} ![](https://example.com/x.png) @octo-org/everybody ${'b'.repeat(60)}.c`;
  const { conclusion } = reportOf([unformatted(path, 'x'.repeat(70_000))], { checked: 1, version: '1' });
  expect(conclusion.text).toMatch(/^The diffs of `a+ [^`]+` are too long to be shown here\.$/);
});

it('a diff that was not kept is not shown as an empty one', () => {
  const { conclusion, notShown } = reportOf([unformatted('a.c', '')], { checked: 1, version: '1' });
  expect(conclusion).toMatchObject({
    conclusion: 'failure',
    text: 'The diffs of `a.c` are too long to be shown here.',
  });
  expect(notShown).toHaveLength(1);
});
