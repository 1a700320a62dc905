import { Response } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { usualLimits } from './limits.ts';
import { TokenKeeper } from './token.ts';

/** A login that gives `token-1`, `token-2`, … which say that they live so long. */
function keeperOf(livesSeconds: number | undefined) {
  let given = 0;
  const login = { product: 'CxSAST', url: 'https://cx.test/token', form: {}, advice: () => '' };
  const keeper = new TokenKeeper(
    login,
    async () => new Response(JSON.stringify({ access_token: `token-${++given}`, expires_in: livesSeconds })),
    usualLimits,
  );
  return { keeper, given: () => given };
}

describe('a token', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [3600, 3200, 3300],
    [undefined, 3200, 3300],
  ])('is renewed when a tenth of its life is left: expires_in %s', async (lives, before, after) => {
    const { keeper } = keeperOf(lives);
    expect(await keeper.token()).toBe('token-1');
    vi.advanceTimersByTime(before * 1000);
    expect(await keeper.token()).toBe('token-1');
    vi.advanceTimersByTime((after - before) * 1000);
    expect(await keeper.token()).toBe('token-2');
  });

  it('is asked for once by all who need it at the same time', async () => {
    const { keeper, given } = keeperOf(3600);
    expect(await Promise.all([keeper.token(), keeper.token()])).toEqual(['token-1', 'token-1']);
    expect(given()).toBe(1);
  });

  it('that was renewed in the meantime is not dropped for the old one', async () => {
    const { keeper } = keeperOf(3600);
    keeper.drop(await keeper.token());
    expect(await keeper.token()).toBe('token-2');
    keeper.drop('token-1');
    expect(await keeper.token()).toBe('token-2');
  });
});
