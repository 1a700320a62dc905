import { describe, expect, it } from 'vitest';
import { errorCatalogue, OctoError } from './errors.ts';

function renderPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { audience, retryable, meaning }]) =>
      `| \`${code}\` | ${meaning} | ${audience} | ${retryable ? 'yes' : 'no'} |`,
  );
  return [
    '# Errors',
    '',
    'Every error has a code that stays the same. *For* says who can mend it: the user who wrote the pull request or the YAML, or the',
    'operator of the deployment. *Retryable* says whether the same call may succeed later; a run is only tried again if so.',
    '',
    'This page is made from `errorCatalogue` in `libs/core`. After a change there: `npm test -- libs/core -u`.',
    '',
    '| code | meaning | for | retryable |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

describe('the error catalogue', () => {
  it('is what the errors page of the docs says', async () => {
    await expect(renderPage()).toMatchFileSnapshot('../../../docs/reference/errors.md');
  });

  it('decides whether an error is retryable, unless its thrower knows better', () => {
    expect(new OctoError('QUEUE_UNREACHABLE', 'x').retryable).toBe(true);
    expect(new OctoError('CONFIG_INVALID', 'x').retryable).toBe(false);
    expect(new OctoError('OPERATION_THREW', 'x', { retryable: false }).retryable).toBe(false);
  });

  it('keeps the cause of an error', () => {
    const cause = new Error('socket closed');
    expect(new OctoError('QUEUE_UNREACHABLE', 'x', { cause }).cause).toBe(cause);
    expect('cause' in new OctoError('QUEUE_UNREACHABLE', 'x')).toBe(false);
  });
});
