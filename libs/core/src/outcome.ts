/** What an operation reports. Shown word for word wherever people look at a run. */
export type Outcome = Done | Skipped | Failed | Later;

export interface Done {
  readonly status: 'done';
  readonly summary: string;
}

export interface Skipped {
  readonly status: 'skipped';
  readonly reason: string;
}

export interface Failed {
  readonly status: 'failed';
  readonly reason: string;
  /** A code of the error catalogue. */
  readonly code: string;
  /** Whether another attempt can help. */
  readonly retryable: boolean;
}

/** The operation waits for something outside: it is called again at `at` with `state`, maybe on another machine. */
export interface Later {
  readonly status: 'later';
  /** Epoch milliseconds. */
  readonly at: number;
  /** JSON; comes back as `state` of the next call. */
  readonly state: unknown;
  readonly reason: string;
  /** How many milliseconds it waits in all, counted from its first `later`; without it as long as it takes. */
  readonly giveUpAfterMs?: number;
}

export function done(summary: string): Done {
  return { status: 'done', summary };
}

export function skipped(reason: string): Skipped {
  return { status: 'skipped', reason };
}

/** @param options.retryable false (the default) when the same input fails again. */
export function failed(reason: string, options: { code?: string; retryable?: boolean } = {}): Failed {
  return { status: 'failed', reason, code: options.code ?? 'OPERATION_FAILED', retryable: options.retryable ?? false };
}

/**
 * @param when a point in time, or how many milliseconds from now.
 * @param options.giveUpAfterMs bounds the waiting in all, from the operation's first `later` on. When that time is up it is called
 *   one last time; another `later` then fails it with OPERATION_GAVE_UP.
 */
export function later(
  when: Date | { afterMs: number },
  options: { state?: unknown; reason: string; giveUpAfterMs?: number },
): Later {
  const at = when instanceof Date ? when.getTime() : Date.now() + when.afterMs;
  const { state = null, reason, giveUpAfterMs } = options;
  return { status: 'later', at, state, reason, ...(giveUpAfterMs === undefined ? {} : { giveUpAfterMs }) };
}
