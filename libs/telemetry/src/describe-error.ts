export interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

const deepestCause = 5;

/**
 * What of an error goes into a log: never its other properties, since those of HTTP libraries carry whole requests with
 * their secrets.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutPasswords(String(error)) };
  const { cause } = error;
  return {
    type: error.name,
    message: withoutPasswords(error.message),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: withoutPasswords(error.stack) }),
    ...(cause === undefined || depth >= deepestCause ? {} : { cause: describeError(cause, depth + 1) }),
  };
}

/** Hides the login of every URL in a text: `redis://user:password@host` → `redis://[secret]@host`. */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, '$1[secret]@')
    .replaceAll(/([?&][\w-]*password=)[^&\s'"]+/gi, '$1[secret]');
}
