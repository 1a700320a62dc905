import { type AnswerCache, type ClientScope, OctoError, type ServiceScope, unlessAborted } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import type { Octokit } from '@octokit/core';
import { conditional } from './conditional.ts';
import { toOctoError, toTokenError } from './errors.ts';
import type { RequestLimits } from './limits.ts';
import type { Transport } from './transport.ts';

/** Auth-app's own request for an installation token, which it makes inside the request that needs it. */
const tokenRoute = '/app/installations/{installation_id}/access_tokens';

/** The parts of Octokit's request options that we read and replace. */
interface RequestOptions {
  method: string;
  url: string;
  baseUrl: string;
  request: { signal?: AbortSignal; retries?: number; fetch?: Transport };
}

/** How a client reaches GitHub. */
export interface Connection {
  readonly transport: Transport;
  readonly limits: RequestLimits;
  /** Answers that may be reused, and whose they are; undefined where each is asked for anew. */
  readonly answers: { readonly cache: AnswerCache; readonly owner: string } | undefined;
}

/**
 * Binds a client to the run it works in, or to what else a process does. From then on every request of it
 * - is aborted with the run, and after `limits.wholeRequestMs` at the latest, wherever it waits;
 * - is logged at debug each time it goes out, with the run and the delivery;
 * - rejects with an OctoError (errors.ts);
 * - asks only for what is new, where there are answers that may be reused (conditional.ts).
 *
 * The wrapper is added last and so is the outermost: throttling, retries and authentication all happen within it.
 */
export function bindToScope(
  octokit: Octokit,
  scope: ClientScope | ServiceScope,
  { transport, limits, answers }: Connection,
): void {
  const fields = 'run' in scope ? { [logKey.run]: scope.run.id, [logKey.delivery]: scope.run.delivery } : {};
  Object.assign(octokit.log, octokitLog(scope, fields));

  octokit.hook.wrap('request', async (send, options) => {
    const route = routeOf(options);
    const forToken = options.url === tokenRoute;
    using limit = timeLimit(forToken ? limits.tokenMs : limits.wholeRequestMs, route);
    // Octokit shares one token request among all that wait for that token: the end of one run must not break it for the others.
    const foreign = forToken ? [] : [scope.signal, ...signalOf(options)];
    const signal = AbortSignal.any([...foreign, limit.signal]);
    const outgoing = logged(transport, { route, method: options.method, log: scope.log, fields });
    // The inner wrappers see this very object, so it is changed; its `request` may be everyone's, so it is replaced.
    options.request = {
      ...options.request,
      signal,
      fetch: unlessEnded(answers === undefined ? outgoing : conditional(outgoing, answers)),
      ...(mayBeRepeated(options) ? {} : { retries: 0 }),
    };
    try {
      return await unlessAborted(Promise.resolve(send(options)), signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw forToken ? toTokenError(error) : toOctoError(error, route);
    }
  });
}

/** As GitHub's documentation names it, `GET /repos/{owner}/{repo}`; what paging asks for carries values instead. */
function routeOf({ method, url, baseUrl }: RequestOptions): string {
  const path = url.startsWith(baseUrl) ? url.slice(baseUrl.length) : url;
  return `${method} ${path.split('?', 1)[0]}`;
}

function signalOf(options: RequestOptions): AbortSignal[] {
  return options.request.signal ? [options.request.signal] : [];
}

/**
 * A POST that ended with a 502 may have been carried out: to repeat it here could comment twice. The run's next attempt
 * looks at what is there first.
 */
function mayBeRepeated({ method, url }: RequestOptions): boolean {
  return method !== 'POST' || url === tokenRoute;
}

function timeLimit(ms: number, route: string): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const waited = `${route}: no answer within ${ms / 1000} s, with waiting for its turn and every repetition`;
    controller.abort(new OctoError('GITHUB_REQUEST_FAILED', waited));
  }, ms);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Logs each time that a request goes out, without its values and its query. */
function logged(
  transport: Transport,
  { route, method, log, fields }: { route: string; method: string; log: ClientScope['log']; fields: object },
): Transport {
  return async (url, init) => {
    const startedAt = performance.now();
    const about = () => ({
      ...fields,
      method,
      route,
      [logKey.durationMs]: Math.round(performance.now() - startedAt),
    });
    try {
      const response = await transport(url, init);
      const githubRequest = response.headers.get('x-github-request-id') ?? undefined;
      log.debug({ ...about(), [logKey.status]: response.status, githubRequest }, 'GitHub request');
      return response;
    } catch (error) {
      log.debug({ ...about(), [logKey.err]: error }, 'GitHub request without an answer');
      throw error;
    }
  };
}

/** Octokit repeats every failure but an AbortError; what was aborted must not be repeated. */
function unlessEnded(transport: Transport): Transport {
  return async (url, init) => {
    try {
      return await transport(url, init);
    } catch (error) {
      if (init?.signal?.aborted) throw new DOMException('The request was aborted.', 'AbortError');
      throw error;
    }
  };
}

/** Octokit's own messages hold values, so they are a field. */
export function octokitLog({ log }: Pick<ClientScope, 'log'>, fields: object = {}) {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (detail: string, more: object = {}) =>
      log[level]({ ...fields, ...more, detail }, 'Octokit');
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
