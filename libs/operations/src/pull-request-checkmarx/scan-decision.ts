import type { ScanProgress } from '@octo-bots/checkmarx';
import { Type } from 'typebox';
import type { CheckedPullRequest } from '../checked-pull-request.ts';

/**
 * What a run keeps while it waits. It has two states: without `scan` it prepares one (the projects, their branching, a place in the
 * server's queue), with it it polls that scan. A scan that is to be done again, such as a full one after an incremental one was
 * refused, leads back to preparing; an ending of the check run ends the run.
 */
export const waitingSchema = Type.Object({
  /** Of the pull request. */
  number: Type.Integer(),
  checkRun: Type.Integer(),
  /** Epoch milliseconds when the check run was opened: the timeout counts from there. */
  startedAt: Type.Number(),
  /** Title that the check run shows: it is written only when there is another one. */
  shown: Type.String(),
  /** Epoch milliseconds when that was written. */
  shownAt: Type.Number(),
  /** An incremental scan was refused. */
  full: Type.Boolean(),
  /** A run that is replayed: what it scanned the first time is no answer. */
  anew: Type.Optional(Type.Boolean()),
  scan: Type.Optional(
    Type.Object({
      id: Type.String(),
      project: Type.Object({ id: Type.String(), name: Type.String() }),
      /** Another run of ours started it, for the same commit. */
      adopted: Type.Boolean(),
    }),
  ),
});

export type Waiting = Type.Static<typeof waitingSchema>;
export type WaitingScan = NonNullable<Waiting['scan']>;

/** Why a result for this head is of no use any more. */
export type Unwanted =
  | { readonly why: 'closed' }
  | { readonly why: 'superseded'; readonly newest: string }
  | { readonly why: 'other-base'; readonly base: string; readonly main: string };

/** @param pull as GitHub has it now. @returns undefined when a scan of this head is wanted. */
export function whyUnwanted(
  pull: CheckedPullRequest,
  { headSha, onlyMainBranch }: { headSha: string; onlyMainBranch: boolean },
): Unwanted | undefined {
  if (pull.state === 'closed') return { why: 'closed' };
  if (pull.head.sha !== headSha) return { why: 'superseded', newest: pull.head.sha };
  const { ref: base, repo } = pull.base;
  if (onlyMainBranch && base !== repo.default_branch) return { why: 'other-base', base, main: repo.default_branch };
  return undefined;
}

export type Decision =
  | { readonly to: 'wait' }
  /** Its counts decide; a partial one did not see everything. */
  | { readonly to: 'report'; readonly partial: boolean }
  /** Another scan is needed. */
  | { readonly to: 'scan-again'; readonly full: boolean }
  | { readonly to: 'time-out' }
  | { readonly to: 'end'; readonly because: 'failed' | 'canceled' | 'gone' };

/** What to do about a scan that is still wanted. */
export function decide(
  scan: ScanProgress,
  { waiting, now, timeoutMs }: { waiting: Waiting; now: number; timeoutMs: number },
): Decision {
  switch (scan.state) {
    // Even after its time is up: a result that is there is worth more than a timeout.
    case 'finished':
      return { to: 'report', partial: false };
    case 'partial':
      return { to: 'report', partial: true };
    case 'failed':
    case 'canceled':
    case 'gone':
      // Once only: a server that says so of a full scan as well has another problem.
      if (scan.incrementalRefused && !waiting.full) return { to: 'scan-again', full: true };
      // The run that started it gave it up; this one still wants it.
      if (scan.state !== 'failed' && waiting.scan?.adopted) return { to: 'scan-again', full: waiting.full };
      return { to: 'end', because: scan.state };
    case 'queued':
    case 'running':
      return isTimeUp(waiting, { now, timeoutMs }) ? { to: 'time-out' } : { to: 'wait' };
  }
}

export function isTimeUp({ startedAt }: Waiting, { now, timeoutMs }: { now: number; timeoutMs: number }): boolean {
  return now >= startedAt + timeoutMs;
}
