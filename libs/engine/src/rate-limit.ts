import { OctoError } from '@octo-bots/core';

/** The least that a rate limit is waited for: the clocks of a service and of this machine may differ. */
const leastWaitMs = 1000;
const leastSpreadMs = 1000;
const mostSpreadMs = 60_000;

/**
 * Until when a throw asks to wait. Many runs wait for the same moment, so each comes back a little later than it: by a random
 * part of a tenth of the wait, of one second at least and one minute at most.
 * @returns epoch milliseconds; undefined when the error is no rate limit.
 */
export function resumeTimeOf(error: unknown): number | undefined {
  if (!(error instanceof OctoError) || error.resumeAt === undefined) return undefined;
  const now = Date.now();
  const at = Math.max(error.resumeAt, now + leastWaitMs);
  const spreadMs = Math.min(Math.max((at - now) / 10, leastSpreadMs), mostSpreadMs);
  return Math.ceil(at + Math.random() * spreadMs);
}
