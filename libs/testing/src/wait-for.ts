import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

const defaultTimeoutMs = 10_000;
const firstPauseMs = 5;
const longestPauseMs = 100;

/**
 * Polls `condition` until it gives something truthy, and gives that back.
 * @param what finishes the sentence "waited for …".
 * @throws Error that says what was waited for, for how long, and the last value or error.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: { timeoutMs?: number } = {},
): Promise<Truthy<T>> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const deadline = performance.now() + timeoutMs;
  let last: Attempt<T> = { kind: 'unanswered' };
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const left = deadline - performance.now();
    if (left <= 0) break;
    const attempt = await withinTime(condition, left);
    if (attempt.kind === 'value' && isTruthy(attempt.value)) return attempt.value;
    // A condition that hangs on its last call must not hide what it said before.
    if (attempt.kind !== 'unanswered' || last.kind === 'unanswered') last = attempt;
    await pause(Math.min(pauseMs, Math.max(0, deadline - performance.now())));
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}; ${describe(last)}`, {
    ...(last.kind === 'error' ? { cause: last.error } : {}),
  });
}

export type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

function isTruthy<T>(value: T): value is Truthy<T> {
  return Boolean(value);
}

type Attempt<T> = { kind: 'unanswered' } | { kind: 'value'; value: T } | { kind: 'error'; error: unknown };

async function withinTime<T>(condition: () => T | Promise<T>, limitMs: number): Promise<Attempt<T>> {
  const limit = new AbortController();
  const answer = (async (): Promise<Attempt<T>> => {
    try {
      return { kind: 'value', value: await condition() };
    } catch (error) {
      return { kind: 'error', error };
    }
  })();
  const tooLate = pause<Attempt<T>>(limitMs, { kind: 'unanswered' }, { signal: limit.signal }).catch(
    (): Attempt<T> => ({ kind: 'unanswered' }),
  );
  const first = await Promise.race([answer, tooLate]);
  limit.abort();
  return first;
}

function describe(attempt: Attempt<unknown>): string {
  switch (attempt.kind) {
    case 'unanswered':
      return 'the condition never answered';
    case 'value':
      return `the last value was ${inspect(attempt.value, { depth: 6, breakLength: 120 })}`;
    case 'error':
      return `the last error was ${attempt.error instanceof Error ? attempt.error.message : inspect(attempt.error)}`;
  }
}
