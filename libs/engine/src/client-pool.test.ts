import { OctoError, silentLog } from '@octo-bots/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { client, clientPool, codeOf, credentials, event, runInfo } from './test-support/harness.ts';

const scope = { run: runInfo(), log: silentLog, signal: new AbortController().signal };

test('one client is made for all who ask while it is being made, and kept while it is valid', async () => {
  let made = 0;
  const pool = clientPool(
    credentials('github', async () => {
      made++;
      return client('github');
    }),
  );

  const sets = await Promise.all([
    pool.eventClients(['github'], event(), scope),
    pool.jobClients(['github'], scope),
    pool.eventClients([], event(), scope),
  ]);

  expect(sets).toEqual([{ github: 'github for an event' }, { github: 'github for a job' }, {}]);
  expect(made).toBe(1);
});

test('a client that is no longer valid is made anew, with the configured validity', async () => {
  const validities: number[] = [];
  let valid = true;
  const pool = clientPool(
    credentials('github', async (validityMs) => {
      validities.push(validityMs);
      valid = true;
      return client('github', { isValid: () => valid });
    }),
  );

  await pool.jobClients(['github'], scope);
  await pool.jobClients(['github'], scope);
  expect(validities).toEqual([1000]);
  valid = false;
  await pool.jobClients(['github'], scope);
  expect(validities).toEqual([1000, 1000]);
});

test('a making that failed is tried again by the next who asks', async () => {
  let fail = true;
  const pool = clientPool(
    credentials('github', async () => {
      if (fail) throw new Error('no network');
      return client('github');
    }),
  );

  await expect(pool.jobClients(['github'], scope)).rejects.toThrow('no network');
  fail = false;
  await expect(pool.jobClients(['github'], scope)).resolves.toEqual({ github: 'github for a job' });
});

function fakeClock() {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

test.each(['SECRET_UNAVAILABLE', 'SECRET_REFUSED'] as const)(
  'all who ask within a second get the same %s, so that requests of strangers are no logins at a vault',
  async (code) => {
    fakeClock();
    let made = 0;
    const pool = clientPool(
      credentials('github', async () => {
        made++;
        throw new OctoError(code, 'no secret');
      }),
    );
    const ask = () => expect(pool.jobClients(['github'], scope)).rejects.toMatchObject({ code });
    for (let asked = 0; asked < 10; asked++) await ask();
    expect(made).toBe(1);
    vi.advanceTimersByTime(1_000);
    await ask();
    expect(made).toBe(2);
  },
);

test('a client goes on that cannot be made anew because a vault is out of reach, but not when the vault refuses', async () => {
  fakeClock();
  let made = 0;
  let code: 'SECRET_UNAVAILABLE' | 'SECRET_REFUSED' | undefined;
  const pool = clientPool(
    credentials('github', async () => {
      made++;
      if (code !== undefined) throw new OctoError(code, 'no secret');
      return client('github', { isValid: () => false });
    }),
  );

  code = 'SECRET_UNAVAILABLE';
  await expect(pool.jobClients(['github'], scope)).rejects.toMatchObject({ code });
  code = undefined;
  vi.advanceTimersByTime(1_000);
  await pool.jobClients(['github'], scope);
  code = 'SECRET_UNAVAILABLE';
  await expect(pool.jobClients(['github'], scope)).resolves.toEqual({ github: 'github for a job' });
  expect(made).toBe(3);
  // The vault is left alone for a while.
  await pool.jobClients(['github'], scope);
  expect(made).toBe(3);
});

test('what a vault refused does not come back when it is out of reach after that', async () => {
  fakeClock();
  let code: 'SECRET_UNAVAILABLE' | 'SECRET_REFUSED' | undefined;
  const pool = clientPool(
    credentials('github', async () => {
      if (code !== undefined) throw new OctoError(code, 'no secret');
      return client('github', { isValid: () => false });
    }),
  );

  await pool.jobClients(['github'], scope);
  for (code of ['SECRET_REFUSED', 'SECRET_UNAVAILABLE'] as const) {
    await expect(pool.jobClients(['github'], scope)).rejects.toMatchObject({ code });
    vi.advanceTimersByTime(1_000);
  }
});

test.each(['a secret', 'a refusal'] as const)(
  'nobody waits for a vault that was out of reach; %s that comes late counts for the next who asks',
  async (what) => {
    fakeClock();
    const old = client('github', { isValid: () => false });
    let answer = Promise.resolve(old);
    const pool = clientPool(credentials('github', () => answer));
    await pool.jobClients(['github'], scope);
    answer = Promise.reject(new OctoError('SECRET_UNAVAILABLE', 'no answer'));
    await pool.jobClients(['github'], scope);

    vi.advanceTimersByTime(60_000);
    const late = Promise.withResolvers<typeof old>();
    answer = late.promise;
    await expect(pool.jobClients(['github'], scope)).resolves.toEqual({ github: 'github for a job' });
    if (what === 'a refusal') {
      late.reject(new OctoError('SECRET_REFUSED', 'no'));
      await expect(late.promise).rejects.toThrow();
      await expect(pool.jobClients(['github'], scope)).rejects.toMatchObject({ code: 'SECRET_REFUSED' });
    } else {
      late.resolve(client('github', { forJob: async () => 'the new one' }));
      await vi.waitFor(async () => expect(await pool.jobClients(['github'], scope)).toEqual({ github: 'the new one' }));
    }
  },
);

test('a client without credentials is told with its code', async () => {
  const error = await clientPool()
    .jobClients(['checkmarx'], scope)
    .catch((thrown: unknown) => thrown);

  expect(codeOf(error)).toBe('CLIENT_NOT_CONFIGURED');
});

test('a request is accepted only when every client accepts it', async () => {
  const request = { headers: {}, body: new Uint8Array() };
  const accepting = credentials('github', async () => client('github'));
  const refusing = credentials('checkmarx', async () =>
    client('checkmarx', { validateRequest: async () => ({ accepted: false, reason: 'not mine' }) }),
  );

  expect(await clientPool(accepting).validateRequest(request)).toEqual({ accepted: true });
  expect(await clientPool(accepting, refusing).validateRequest(request)).toEqual({
    accepted: false,
    reason: 'not mine',
  });
});

test('without any credentials no request is accepted', async () => {
  const verdict = await clientPool().validateRequest({ headers: {}, body: new Uint8Array() });

  expect(verdict.accepted).toBe(false);
});

test('the sources of deliveries are those of the clients that have some', async () => {
  const source = {
    name: 'app-1',
    attempts: async () => ({ attempts: [], next: undefined }),
    redeliver: async () => undefined,
  };
  const pool = clientPool(
    credentials('checkmarx', async () => client('checkmarx')),
    credentials('github', async () => client('github', { deliveries: () => source })),
  );
  expect(await pool.deliverySources(scope)).toEqual([source]);
  expect(await clientPool().deliverySources(scope)).toEqual([]);
});
