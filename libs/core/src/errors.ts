/**
 * The one error catalogue. A code is stable; its audience says who can mend it; `retryable` says whether the same call
 * may succeed later. docs/reference/errors.md is held equal to it by a test.
 */
export const errorCatalogue = {
  OPERATION_FAILED: { audience: 'user', retryable: false, meaning: 'An operation found that it cannot do its work.' },
  OPERATION_THREW: { audience: 'operator', retryable: true, meaning: 'An operation ended with an unexpected error.' },
  FILTER_THREW: { audience: 'operator', retryable: true, meaning: 'A filter ended with an unexpected error.' },
  RUN_TIMED_OUT: { audience: 'operator', retryable: true, meaning: 'A run took longer than its `queue.timeout`.' },
  RUN_ABORTED: {
    audience: 'operator',
    retryable: true,
    meaning: 'A run was handed back because its worker shuts down.',
  },
  RUN_UNKNOWN_BOT: {
    audience: 'operator',
    retryable: true,
    meaning: 'A run names a bot or a background job that this worker’s configuration does not have.',
  },
  RUN_UNREADABLE: { audience: 'operator', retryable: false, meaning: 'The data of a run cannot be read.' },
  CLIENT_NOT_CONFIGURED: {
    audience: 'operator',
    retryable: false,
    meaning: 'An operation or a filter needs a client for which there are no credentials.',
  },
  CLIENT_AUTHENTICATION_FAILED: {
    audience: 'operator',
    retryable: true,
    meaning: 'A service did not accept our credentials.',
  },
  EVENT_WITHOUT_INSTALLATION: {
    audience: 'operator',
    retryable: false,
    meaning: 'The event carries no App installation, so there is no client to act with.',
  },
  SIGNATURE_INVALID: { audience: 'operator', retryable: false, meaning: 'A webhook’s signature is missing or wrong.' },
  REQUEST_INVALID: { audience: 'operator', retryable: false, meaning: 'A webhook is not what GitHub sends.' },
  QUEUE_UNREACHABLE: { audience: 'operator', retryable: true, meaning: 'Redis cannot be reached.' },
  CONFIG_INVALID: { audience: 'operator', retryable: false, meaning: 'The configuration has mistakes.' },
  GITHUB_REQUEST_FAILED: { audience: 'operator', retryable: true, meaning: 'GitHub answered a request with an error.' },
  GITHUB_REQUEST_REFUSED: {
    audience: 'operator',
    retryable: false,
    meaning: 'GitHub refused a request, for example for a missing permission.',
  },
  USAGE: { audience: 'operator', retryable: false, meaning: 'The command was used wrongly.' },
} as const satisfies Record<string, { audience: 'user' | 'operator'; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error with a code of the catalogue. Nothing branches on its message. */
export class OctoError extends Error {
  override readonly name = 'OctoError';
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? errorCatalogue[code].retryable;
  }
}
