/** How long a request may keep a run waiting. Nothing here may add up to minutes: a run that must wait longer is tried later. */
export interface RequestLimits {
  /** One request in all: its turn, the rate limits that it waits for, and every retry. Milliseconds. */
  readonly wholeRequestMs: number;
  /** Getting an installation token, which is part of the request that needs it. Milliseconds. */
  readonly tokenMs: number;
  /** How often a request is repeated after a 5xx or a broken connection. */
  readonly retries: number;
  /** The first repetition waits this long, the second four times as long. Milliseconds. */
  readonly retryBaseMs: number;
  /** How often a request waits for a rate limit. */
  readonly rateLimitRetries: number;
  /** A rate limit that lasts longer is not waited for. Seconds. */
  readonly rateLimitWaitSeconds: number;
  /** Entries of one page of a list; GitHub's most is 100. */
  readonly pageSize: number;
}

export const usualLimits: RequestLimits = {
  wholeRequestMs: 60_000,
  tokenMs: 20_000,
  retries: 2,
  retryBaseMs: 1_000,
  rateLimitRetries: 2,
  rateLimitWaitSeconds: 20,
  pageSize: 100,
};
