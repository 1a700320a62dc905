import { type ErrorCode, type Failed, failed, OctoError } from '@octo-bots/core';

/** What was called did not end although its signal told it to, and is waited for no longer. */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError';
}

/** The outcome of a throw: the code of an OctoError, else `fallback`. */
export function failureOf(error: unknown, fallback: ErrorCode): Failed {
  const known = error instanceof OctoError ? error : new OctoError(fallback, messageOf(error));
  return failed(known.message, { code: known.code, retryable: known.retryable });
}

/** Why a run was told to stop: its timeout is a failure of the run; anything else (a shutdown) hands the run back. */
export function timeoutOf(signal: AbortSignal): OctoError | undefined {
  const reason: unknown = signal.reason;
  return signal.aborted && reason instanceof OctoError && reason.code === 'RUN_TIMED_OUT' ? reason : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Calls, and once the signal tells to stop waits `graceMs` at most for the call to end.
 * @throws GivenUpError when it did not.
 */
export async function withinSignal<T>(call: () => Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  let giveUp: () => void = () => {};
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = () => {
      timer = setTimeout(() => reject(new GivenUpError(`did not end within ${graceMs} ms of being told to`)), graceMs);
    };
  });
  signal.throwIfAborted();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([call(), givenUp]);
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(timer);
  }
}
