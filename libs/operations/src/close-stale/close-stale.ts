import { defineJobOperation, done, failed, later, skipped } from '@octo-bots/core';
import { CloseStaleOptions } from './options.ts';

import { policiesOf } from './policy.ts';
import { type Sweep, sweepSlice } from './sweep.ts';
import { describe, describeDryRun, describeFailures, newSweep, resumed } from './sweep-state.ts';

/** How far GitHub's clock and ours may be apart. */
const clockSkewMs = 5 * 60_000;
/** A first go at a tick or a slice starts sooner after it than this, unless the workers are busy. */
const promptMs = 1_000;

/**
 * Ages count up to when the tick was due, so that each go at it finds the same items stale. A sweep is cut into slices: after
 * each it goes back to Redis with where it is, so that a crash costs a slice, and a rate limit the installation that hit it.
 */
export const closeStale = defineJobOperation({
  type: 'close-stale',
  summary:
    'Marks and closes issues and pull requests that nothing happened to for long, in every repository of every installation.',
  example: `
close-stale:
  stale-expiration: 60 days
  close-after: 7 days
  exempt-labels: [pinned, security]
  issues:
    stale-comment: "@{{author}}, nothing has happened here for {{days}} days. Is it still needed?"
  pull-requests:
    stale-expiration: 30 days
    exempt-drafts: true
    delete-branch: true
`,
  clients: ['github'],
  config: CloseStaleOptions,
  async execute({ config, tick, clients: { github }, state: carried, run, memo, signal, log }) {
    const dueAt = Date.parse(tick.dueAt);
    const policies = policiesOf(config, dueAt);
    if (policies.length === 0) {
      return skipped(
        'close-issues and close-prs are both false, and there is neither issues nor pull-requests, so there is nothing to close',
      );
    }
    const state = resumed(carried) ?? newSweep(dueAt);
    // A run that a worker handed back, or died with, has no more attempts than before, but it is late.
    const repeated = run.attempt > 1 || Date.now() - state.at > promptMs;
    const dryRun = config['dry-run'];
    const sweep: Sweep = {
      policies,
      now: dueAt,
      dryRun,
      sortBy: config['sort-by'],
      descending: config.descending,
      budget: config['budget-per-hour'] ?? Number.POSITIVE_INFINITY,
      repeatedSince: repeated ? new Date(state.at - clockSkewMs) : undefined,
      filters: { filters: config['repo-filter'], run: run.id, dueAt: tick.dueAt, signal, log },
      memo,
      signal,
      log,
    };
    const end = await sweepSlice(github, sweep, state);
    if (end !== 'through') return later(new Date(end.at), { state: { ...state, at: end.at }, reason: end.reason });
    const { failures } = state.tally;
    const summary = dryRun ? describeDryRun(state.tally) : describe(state.tally);
    if (failures.count === 0) return done(summary);
    const { code = 'OPERATION_THREW', retryableCode } = failures;
    return failed(`${summary}; ${describeFailures(failures)}`, {
      code: retryableCode ?? code,
      retryable: retryableCode !== undefined,
    });
  },
});
