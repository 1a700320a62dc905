import { OctoError } from '@octo-bots/core';
import { RequestError } from '@octokit/request-error';

/**
 * What a failed GitHub request is outside this library. Every request of a client that `forEvent` or `forJob` gave rejects
 * with one of these, never with Octokit's own `RequestError` (which is the `cause`):
 *
 * | code                         | when                                                       | `status`    | `retryable`   |
 * |------------------------------|------------------------------------------------------------|-------------|---------------|
 * | GITHUB_REQUEST_FAILED        | 5xx, 408, no answer, the answer took too long              | 5xx or none | true          |
 * | GITHUB_RATE_LIMITED          | 429, or 403 by a rate limit; `resumeAt` says until when    | 429, 403    | true          |
 * | GITHUB_REQUEST_REFUSED       | every other 4xx                                            | 4xx         | false         |
 * | CLIENT_AUTHENTICATION_FAILED | no installation token: wrong key, suspended or uninstalled | none        | 401 only      |
 *
 * An operation branches on the status with core's helper, and so imports nothing of this library at run time:
 *
 *     import { answeredStatus } from '@octo-bots/core';
 *     try { await github.rest.issues.getLabel({ owner, repo, name }); }
 *     catch (error) { if (answeredStatus(error) !== 404) throw error; … }
 *
 * All other errors it lets pass: the engine turns them into a failed outcome with this code and `retryable`. When the run's
 * signal fires, a request rejects at once with `signal.reason`.
 */
export function toOctoError(error: unknown, route: string): OctoError {
  if (error instanceof OctoError) return error;
  const answer = answerOf(error);
  if (answer === undefined) {
    return new OctoError('GITHUB_REQUEST_FAILED', `${route}: GitHub did not answer (${messageOf(error)})`, {
      cause: error,
    });
  }
  const { status } = answer;
  if (isRateLimit(answer)) return rateLimited(error, route, answer);
  const said = `${route} was answered ${status}: ${messageOf(error)}`;
  if (status >= 500 || status === 408) return new OctoError('GITHUB_REQUEST_FAILED', said, { cause: error, status });
  const needed = answer.headers['x-accepted-github-permissions'];
  const hint = status === 403 && needed ? `; the request needs ${needed}: give the App this permission` : '';
  return new OctoError('GITHUB_REQUEST_REFUSED', said + hint, { cause: error, status });
}

/**
 * Getting a token failed inside a request for something else. It has no `status`, so that nobody takes a 404 of the
 * installation for a 404 of what was asked for.
 */
export function toTokenError(error: unknown): OctoError {
  if (error instanceof OctoError) return error;
  const route = 'getting a token for the installation';
  const answer = answerOf(error);
  if (answer === undefined || answer.status >= 500) {
    return new OctoError('GITHUB_REQUEST_FAILED', `${route}: ${messageOf(error)}`, { cause: error });
  }
  if (isRateLimit(answer)) return rateLimited(error, route, { ...answer, status: undefined });
  const wrongKey = answer.status === 401;
  const mend = wrongKey
    ? 'app-id and private key must be those of this App, and this machine’s clock right'
    : 'the App must be installed there and not be suspended';
  return new OctoError(
    'CLIENT_AUTHENTICATION_FAILED',
    `${route} was answered ${answer.status}: ${messageOf(error)}; ${mend}`,
    { cause: error, retryable: wrongKey },
  );
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** What GitHub answered, out of Octokit's `RequestError`; undefined when it did not answer: Octokit then says 500 itself. */
function answerOf(error: unknown): Answer | undefined {
  return error instanceof RequestError && error.response !== undefined ? error.response : undefined;
}

function isRateLimit({ status, headers, data }: Answer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  if (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0') return true;
  // A secondary limit may come without a header; then only the body tells it from a missing permission.
  return /rate.limit/i.test(JSON.stringify(data) ?? '');
}

/**
 * As GitHub documents it: `retry-after`, else the reset of a used-up quota, else at least a minute. The reset is a time of
 * GitHub's clock, which this machine's may be minutes away from: the answer's `date` tells how long it is until then.
 */
function resumeAt(headers: Answer['headers']): number {
  const retryAfter = Number(headers['retry-after']);
  if (retryAfter > 0) return Date.now() + retryAfter * 1000;
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset > 0) {
    const answeredAt = Date.parse(String(headers.date));
    return reset * 1000 + (Number.isNaN(answeredAt) ? 0 : Date.now() - answeredAt);
  }
  return Date.now() + 60_000;
}

function rateLimited(
  cause: unknown,
  route: string,
  { headers, status }: Omit<Answer, 'status' | 'data'> & { status: number | undefined },
): OctoError {
  const until = resumeAt(headers);
  return new OctoError(
    'GITHUB_RATE_LIMITED',
    `${route}: a rate limit of GitHub is reached; it may be tried again from ${new Date(until).toISOString()}`,
    { cause, status, resumeAt: until },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
