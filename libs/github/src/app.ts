import type { Log } from '@octo-bots/core';
import { App } from '@octokit/app';
import type { ThrottlingOptions } from '@octokit/plugin-throttling';
import type { RequestLimits } from './limits.ts';
import { BotsOctokit } from './octokit.ts';
import { pacing } from './pacing.ts';
import { octokitLog } from './scope.ts';
import type { Transport } from './transport.ts';

export interface AppIdentity {
  readonly appId: number;
  readonly privateKey: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Errors that no repetition mends; 429 is among them because throttling waits for it, as long as GitHub asks. */
const notRepeated = [400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 413, 415, 422, 429, 451];

/** The GitHub App: it makes the clients of its installations and keeps their tokens. */
export function createApp(options: {
  identity: AppIdentity;
  apiUrl: string;
  transport: Transport;
  limits: RequestLimits;
  /** See BotsOctokit. */
  trustedAuthorities: string | undefined;
  log: Log;
}): App<{ Octokit: typeof BotsOctokit }> {
  const { identity, apiUrl, transport, limits, trustedAuthorities, log } = options;
  const common = {
    baseUrl: apiUrl,
    userAgent: 'octo-bots',
    trustedAuthorities,
    request: { fetch: transport },
    retry: { retries: limits.retries, retryAfterBaseValue: limits.retryBaseMs, doNotRetry: notRepeated },
  };
  // Called for the App's own Octokit and for that of each installation, which then carries its id: each is paced by itself.
  const Octokit = BotsOctokit.defaults((given: { auth?: { installationId?: number } }) => ({
    ...given,
    ...common,
    log: octokitLog({ log }),
    throttle: throttle(`${apiUrl} ${identity.appId} ${given.auth?.installationId ?? 'app'}`, limits),
  }));
  return new App({
    appId: identity.appId,
    privateKey: identity.privateKey,
    oauth: { clientId: identity.clientId, clientSecret: identity.clientSecret },
    Octokit,
    log: octokitLog({ log }),
  });
}

/** Waits for a short rate limit; a long one ends the request with GITHUB_RATE_LIMITED, so that the run is tried later. */
function throttle(id: string, limits: RequestLimits): ThrottlingOptions {
  const wait =
    (kind: 'primary' | 'secondary'): NonNullable<ThrottlingOptions['onRateLimit']> =>
    (retryAfter, options, octokit, retryCount) => {
      const waits = retryCount < limits.rateLimitRetries && retryAfter <= limits.rateLimitWaitSeconds;
      const about = { method: options.method, route: `${options.method} ${options.url}`, kind, retryAfter, waits };
      octokit.log.warn('a rate limit of GitHub is reached', about);
      return waits;
    };
  return { id, ...pacing, onRateLimit: wait('primary'), onSecondaryRateLimit: wait('secondary') };
}
