/**
 * The one error catalogue. A code is stable; its audience says who can mend it; `retryable` says whether the same call
 * may succeed later. docs/reference/errors.md is held equal to it by a test.
 */
export const errorCatalogue = {
  OPERATION_FAILED: { audience: 'user', retryable: false, meaning: 'An operation found that it cannot do its work.' },
  OPERATION_THREW: { audience: 'operator', retryable: true, meaning: 'An operation ended with an unexpected error.' },
  OPERATION_GAVE_UP: {
    audience: 'operator',
    retryable: false,
    meaning: 'An operation waited for something outside longer than it may.',
  },
  FILTER_THREW: { audience: 'operator', retryable: true, meaning: 'A filter ended with an unexpected error.' },
  RUN_TIMED_OUT: { audience: 'operator', retryable: true, meaning: 'A run took longer than its `queue.timeout`.' },
  RUN_ABORTED: {
    audience: 'operator',
    retryable: true,
    meaning: 'A run was handed back because its worker shuts down.',
  },
  RUN_TAKEN_OVER: {
    audience: 'operator',
    retryable: true,
    meaning: 'A run was started again elsewhere while a worker that lost its hold on it still worked.',
  },
  RUN_LOST_TOO_OFTEN: {
    audience: 'operator',
    retryable: false,
    meaning: 'A run was lost with its worker again and again; it may be what kills the worker.',
  },
  RUN_UNKNOWN_BOT: {
    audience: 'operator',
    retryable: true,
    meaning: 'A run names a bot or a background job that this worker’s configuration does not have.',
  },
  RUN_UNREADABLE: { audience: 'operator', retryable: false, meaning: 'The data of a run cannot be read.' },
  RUN_NOT_REPLAYED: {
    audience: 'operator',
    retryable: false,
    meaning: 'A run was to be replayed that is not there, or that has not failed.',
  },
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
  SECRET_UNAVAILABLE: {
    audience: 'operator',
    retryable: true,
    meaning: 'A vault that keeps a secret cannot be reached.',
  },
  SECRET_REFUSED: {
    audience: 'operator',
    retryable: true,
    meaning:
      'A vault does not give a secret: it has no such one, or not for us; or the secret is not what is needed there.',
  },
  EVENT_WITHOUT_INSTALLATION: {
    audience: 'operator',
    retryable: false,
    meaning: 'The event carries no App installation, so there is no client to act with.',
  },
  SIGNATURE_INVALID: { audience: 'operator', retryable: false, meaning: 'A webhook’s signature is missing or wrong.' },
  REQUEST_INVALID: { audience: 'operator', retryable: false, meaning: 'A webhook is not what GitHub sends.' },
  QUEUE_UNREACHABLE: { audience: 'operator', retryable: true, meaning: 'Redis cannot be reached.' },
  EXTENSION_DUPLICATE: {
    audience: 'operator',
    retryable: false,
    meaning: 'Two filters, operations or credentials have the same type.',
  },
  CONFIG_INVALID: { audience: 'operator', retryable: false, meaning: 'The configuration has mistakes.' },
  GITHUB_REQUEST_FAILED: { audience: 'operator', retryable: true, meaning: 'GitHub answered a request with an error.' },
  GITHUB_REQUEST_REFUSED: {
    audience: 'operator',
    retryable: false,
    meaning: 'GitHub refused a request, for example for a missing permission.',
  },
  GITHUB_RATE_LIMITED: {
    audience: 'operator',
    retryable: true,
    meaning: 'GitHub asks us to wait: a primary or a secondary rate limit was reached.',
  },
  CHECKMARX_REQUEST_FAILED: {
    audience: 'operator',
    retryable: true,
    meaning: 'Checkmarx could not be reached or did not answer.',
  },
  CHECKMARX_REQUEST_REFUSED: {
    audience: 'operator',
    retryable: false,
    meaning: 'Checkmarx refused a request; the message has what it said.',
  },
  CHECKMARX_QUEUE_FULL: {
    audience: 'operator',
    retryable: true,
    meaning: 'Checkmarx takes no more scans for now.',
  },
  PROGRAM_MISSING: {
    audience: 'operator',
    retryable: false,
    meaning: 'A program that an operation runs is not installed on the worker.',
  },
  PROGRAM_FAILED: {
    audience: 'operator',
    retryable: true,
    meaning: 'A program that an operation runs ended with an error, or went past its limits.',
  },
  LISTEN_FAILED: { audience: 'operator', retryable: false, meaning: 'The process cannot listen where it was told to.' },
  TLS_INVALID: {
    audience: 'operator',
    retryable: false,
    meaning: 'The certificate and its private key cannot serve.',
  },
  DASHBOARD_UNPROTECTED: {
    audience: 'operator',
    retryable: false,
    meaning: 'The dashboard would be open to others without a login.',
  },
  LOGIN_REQUIRED: { audience: 'operator', retryable: false, meaning: 'The dashboard’s login is missing or wrong.' },
  INTERNAL_ERROR: {
    audience: 'operator',
    retryable: true,
    meaning: 'Something unexpected happened; the log says what.',
  },
  USAGE: { audience: 'operator', retryable: false, meaning: 'The command was used wrongly.' },
} as const satisfies Record<string, { audience: 'user' | 'operator'; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error with a code of the catalogue. Nothing branches on its message. */
export class OctoError extends Error {
  override readonly name = 'OctoError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** The HTTP status with which a service answered; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Epoch milliseconds before which the same call cannot succeed, when the service told so (rate limits). */
  readonly resumeAt: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; status?: number | undefined; resumeAt?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? errorCatalogue[code].retryable;
    this.status = options.status;
    this.resumeAt = options.resumeAt;
  }
}

/**
 * The HTTP status with which a service answered a request that failed, so that extensions can branch on it without knowing
 * the service's library: `if (answeredStatus(error) === 404) …`.
 * @returns undefined for every other error, for a service that did not answer, and for one that refused our credentials.
 */
export function answeredStatus(error: unknown): number | undefined {
  return error instanceof OctoError ? error.status : undefined;
}
