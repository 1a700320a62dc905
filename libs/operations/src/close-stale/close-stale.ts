import {
  Duration,
  defineJobOperation,
  done,
  type Failed,
  failed,
  type Later,
  later,
  OctoError,
  Options,
  skipped,
} from '@octo-bots/core';
import { Type } from 'typebox';
import { longestCommentText } from '../marked-comment.ts';
import { operationType } from './close-item.ts';
import type { Item } from './stale-policy.ts';
import { emptyTally, type Failure, resumeTimeOf, sweepAll, type Tally } from './sweep.ts';

/** How far GitHub's clock and ours may be apart. */
const clockSkewMs = 5 * 60_000;
/** A first go at a tick starts sooner after it than this, unless the workers are busy. */
const promptMs = 5_000;
/** So many failures are named in the outcome; the log has all. */
const namedFailures = 10;

/**
 * Age counts up to when the tick was due, so that each attempt of it finds the same items stale. A rate limit puts the sweep
 * off; its state is what was closed so far, and the sweep starts over: what is closed is no longer listed.
 */
export const closeStale = defineJobOperation({
  type: operationType,
  summary: 'Comments on and closes issues and pull requests that nobody touched for long, in every repository.',
  clients: ['github'],
  config: Options({
    'close-issues': Type.Boolean({ default: false, description: 'Whether issues are closed.' }),
    'close-prs': Type.Boolean({ default: false, description: 'Whether pull requests are closed.' }),
    'stale-expiration': Duration({ description: 'How long nothing may have happened to it.' }),
    'stale-comment': Type.String({
      default:
        'This has been automatically marked as stale because it has not had recent activity. It is closed now and can be ' +
        're-opened later. Thanks for your contributions.',
      minLength: 1,
      maxLength: longestCommentText,
      description: 'The comment that goes before the closing, in Markdown.',
    }),
    'exempt-labels': Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'What has one of these labels stays open.',
    }),
  }),
  async execute({ config, tick, clients: { github }, state, run, signal, log }) {
    const kinds = new Set<Item['kind']>();
    if (config['close-issues']) kinds.add('issue');
    if (config['close-prs']) kinds.add('pull-request');
    if (kinds.size === 0) return skipped('close-issues and close-prs are both false, so there is nothing to close');

    const dueAt = Date.parse(tick.dueAt);
    const tally = emptyTally();
    tally.closed = closedBefore(state);
    // A run that a worker handed back at its shutdown has no more attempts than before, but it is late.
    const repeated = run.attempt > 1 || state !== undefined || Date.now() - dueAt > promptMs;
    const sweep = {
      policy: { kinds, cutoff: dueAt - config['stale-expiration'], exemptLabels: config['exempt-labels'] },
      comment: config['stale-comment'],
      repeatedSince: repeated ? new Date(dueAt - clockSkewMs) : undefined,
      signal,
      log,
    };
    try {
      await sweepAll(github, sweep, tally);
    } catch (error) {
      const resumeAt = resumeTimeOf(error);
      if (resumeAt === undefined) throw error;
      tally.resumeAt.push(resumeAt);
    }
    if (tally.resumeAt.length > 0) return waitForRateLimit(tally);
    return tally.failures.length === 0 ? done(describe(tally)) : failedIn(tally);
  },
});

function waitForRateLimit({ closed, resumeAt }: Tally): Later {
  return later(new Date(Math.min(...resumeAt)), { state: { closed }, reason: 'GitHub’s rate limit is reached' });
}

/** Our own state of an earlier call, as it came back out of JSON. */
function closedBefore(state: unknown): Tally['closed'] {
  return (state as { closed: Tally['closed'] } | undefined)?.closed ?? emptyTally().closed;
}

function describe({ closed, exempt, repositories, installations }: Tally): string {
  const exempted = exempt === 0 ? '' : `; ${exempt} kept open by an exempt label`;
  return (
    `closed ${count(closed.issue, 'issue')} and ${count(closed['pull-request'], 'pull request')}; ` +
    `looked at ${count(repositories, 'repository', 'repositories')} of ${count(installations, 'installation')}${exempted}`
  );
}

function failedIn(tally: Tally): Failed {
  const named = tally.failures.slice(0, namedFailures).map(describeFailure).join(', ');
  const unnamed = tally.failures.length - namedFailures;
  const more = unnamed > 0 ? ` and ${unnamed} more` : '';
  const retryable = tally.failures.filter(({ error }) => !(error instanceof OctoError) || error.retryable);
  const code = codeOf((retryable[0] ?? tally.failures[0])?.error);
  return failed(`${describe(tally)}; failed for ${named}${more}`, { code, retryable: retryable.length > 0 });
}

function describeFailure({ where, error }: Failure): string {
  const status = error instanceof OctoError && error.status !== undefined ? ` ${error.status}` : '';
  return `${where} (${codeOf(error)}${status})`;
}

function codeOf(error: unknown): string {
  return error instanceof OctoError ? error.code : 'OPERATION_THREW';
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
