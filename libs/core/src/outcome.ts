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

/** @param when a point in time, or how many milliseconds from now. */
export function later(when: Date | { afterMs: number }, options: { state?: unknown; reason: string }): Later {
  const at = when instanceof Date ? when.getTime() : Date.now() + when.afterMs;
  return { status: 'later', at, state: options.state ?? null, reason: options.reason };
}
