import type { CheckmarxClient, CheckmarxProject } from '@octo-bots/checkmarx';
import { done, failed, type Log, later, OctoError, type Outcome } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { type CheckRunOutput, type Conclusion, concludeCheckRun, updateCheckRun } from '../check-run.ts';
import type { CheckedPullRequest } from '../checked-pull-request.ts';
import { compareRisk, type RiskScheme } from './risk-scheme.ts';
import { decide, isTimeUp, type Unwanted, type Waiting, type WaitingScan, whyUnwanted } from './scan-decision.ts';
import type { SourceKind } from './scan-source.ts';
import { prepareScan } from './scan-start.ts';
import * as words from './scan-words.ts';

/** What a call works with, the same in all calls of a run. */
export interface ScanRun {
  readonly github: GitHubClient;
  readonly checkmarx: CheckmarxClient;
  readonly owner: string;
  readonly repo: string;
  readonly headSha: string;
  readonly key: string;
  readonly log: Log;
  readonly riskScheme: RiskScheme;
  readonly onlyMainBranch: boolean;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly source: SourceKind;
}

/** After its own timeout, so long may a run still wait for a rate limit or for a server that is to cancel a scan. */
const afterTimeoutMs = 2 * 60 * 60_000;
/** How far a scan is, is written no more often than this: GitHub takes only so many writes a minute of an installation. */
const leastProgressMs = 10_000;
/** A server that has trouble is not asked more often than this. */
const leastTroubleMs = 2000;

/** One step of a run whose check run is open. Trouble of a server is waited out until the time is up. */
export async function goOn(run: ScanRun, state: Waiting): Promise<Outcome> {
  // Changed as the step goes on: what was reached before an error is kept.
  const waiting = { ...state };
  try {
    const pull = await pullRequestOf(run, waiting.number);
    const unwanted = whyUnwanted(pull, run);
    if (unwanted !== undefined) return await giveUp(run, waiting, unwanted);
    return waiting.scan === undefined ? await prepare(run, waiting, pull) : await poll(run, waiting, waiting.scan);
  } catch (error) {
    return waitOut(run, waiting, error);
  }
}

async function pullRequestOf({ github, owner, repo }: ScanRun, number: number): Promise<CheckedPullRequest> {
  const { data } = await github.rest.pulls.get({ owner, repo, pull_number: number });
  return data;
}

async function prepare(run: ScanRun, waiting: Waiting, pull: CheckedPullRequest): Promise<Outcome> {
  const { checkmarx, timeoutMs } = run;
  if (isTimeUp(waiting, { now: Date.now(), timeoutMs }))
    return timeOut(run, waiting, 'No scan could be started in time.');
  const stillWanted = async () => whyUnwanted(await pullRequestOf(run, waiting.number), run) === undefined;
  const prepared = await prepareScan(run, { pull, full: waiting.full, anew: waiting.anew ?? false, stillWanted });
  switch (prepared.state) {
    case 'branching':
      return waitFor(run, waiting, words.branchingGoesOn(checkmarx.product, prepared.project.name));
    case 'not-wanted':
      // A push arrived just now: the next look at the pull request tells which.
      return waitFor(run, waiting, words.preparing);
    case 'branching-failed': {
      const ending = words.branchingFailed(checkmarx.product, prepared.project.name, prepared.reason);
      return endWith(run, waiting, ending, failed('Checkmarx could not make the branch project; nothing was scanned'));
    }
    case 'too-large':
      return endWith(run, waiting, words.sourceTooLarge(prepared.reason), failed(prepared.reason));
    case 'scanning': {
      const { project, id, adopted } = prepared;
      // Not after the request to GitHub that follows: what it throws must not lose the scan.
      waiting.scan = { id, project, adopted };
      return waitFor(run, waiting, words.scanStarted(prepared.incremental, checkmarx.scanUrl(project, id)));
    }
  }
}

async function poll(run: ScanRun, waiting: Waiting, scan: WaitingScan): Promise<Outcome> {
  const { checkmarx, timeoutMs } = run;
  const progress = await checkmarx.scan(scan.id);
  const url = checkmarx.scanUrl(scan.project, scan.id);
  const decision = decide(progress, { waiting, now: Date.now(), timeoutMs });
  switch (decision.to) {
    case 'wait':
      if (Date.now() < waiting.shownAt + leastProgressMs) return putOff(run, waiting, run.pollMs, waiting.shown);
      return waitFor(run, waiting, words.scanGoesOn(progress, url));
    case 'scan-again': {
      const { scan: _, ...again } = waiting;
      return waitFor(run, { ...again, full: decision.full }, words.preparing);
    }
    case 'report':
      return report(run, waiting, { ...scan, partial: decision.partial });
    case 'time-out':
      await checkmarx.cancel(scan.id);
      return timeOut(run, waiting, `The scan (${progress.stage}) was canceled on ${checkmarx.product}.`);
    case 'end': {
      const { because } = decision;
      const ending = words.scanEnded(because, { product: checkmarx.product, url, reason: progress.reason });
      const reason = `${scanOf(scan)} ${because === 'canceled' ? 'was canceled on the server' : `is ${because}`}`;
      // To be canceled is normal for a server: its own settings may do it.
      const outcome = because === 'canceled' ? done(`check run: cancelled; ${reason}`) : failed(reason);
      return endWith(run, waiting, ending, outcome);
    }
  }
}

async function report(run: ScanRun, waiting: Waiting, scan: WaitingScan & { partial: boolean }): Promise<Outcome> {
  const { checkmarx } = run;
  const rows = compareRisk(run.riskScheme, await checkmarx.counts(scan.id));
  const url = checkmarx.scanUrl(scan.project, scan.id);
  const ending = words.resultOf(rows, { url, partial: scan.partial });
  return endWith(run, waiting, ending, done(`check run: ${ending.conclusion}; ${scanOf(scan)}: ${ending.title}`));
}

/**
 * The result is not needed here any more: the scan is canceled, so that it keeps no place that a newer one waits for. One that another
 * run started is that run's to cancel, which may be of another pull request; unless its commit is of no use to anybody.
 */
async function giveUp(run: ScanRun, waiting: Waiting, unwanted: Unwanted): Promise<Outcome> {
  const { scan } = waiting;
  const goesOn = scan?.adopted === true && unwanted.why !== 'superseded';
  if (scan !== undefined && !goesOn) await run.checkmarx.cancel(scan.id);
  const ending = words.notWanted(unwanted, { goesOn });
  return endWith(run, waiting, ending, done(`check run: cancelled; ${ending.summary}`));
}

/** Puts the run off. GitHub is written to only when there is something new to read. */
async function waitFor(
  run: ScanRun,
  waiting: Waiting,
  shown: CheckRunOutput,
  afterMs: number = run.pollMs,
): Promise<Outcome> {
  if (shown.title !== waiting.shown) {
    await updateCheckRun(run.github, { ...run, id: waiting.checkRun }, shown, { log: run.log });
    waiting.shown = shown.title;
    waiting.shownAt = Date.now();
  }
  return putOff(run, waiting, afterMs, shown.title);
}

function putOff({ timeoutMs }: ScanRun, state: Waiting, afterMs: number, reason: string): Outcome {
  return later({ afterMs }, { state, reason, giveUpAfterMs: timeoutMs + afterTimeoutMs });
}

/** `timed_out` blocks a merge as `failure` does, and says at a glance that the code is not what failed. */
async function timeOut(run: ScanRun, waiting: Waiting, phase: string): Promise<Outcome> {
  const { scan } = waiting;
  const url = scan && run.checkmarx.scanUrl(scan.project, scan.id);
  const limit = words.inMinutes(run.timeoutMs);
  const reason = `no result within the scan-timeout of ${limit}: ${phase}`;
  return endWith(run, waiting, words.timedOut(limit, phase, url), failed(reason, { code: 'OPERATION_GAVE_UP' }));
}

async function endWith(run: ScanRun, waiting: Waiting, ending: Conclusion, outcome: Outcome): Promise<Outcome> {
  await concludeCheckRun(run.github, { ...run, id: waiting.checkRun }, ending, { log: run.log });
  return outcome;
}

/**
 * A server that is full, or does not answer for a while, burns no attempt of the run. Once the time is up the run fails; a scan that
 * could not be canceled is then canceled by `abandon`, which goes on trying for longer.
 */
async function waitOut(run: ScanRun, waiting: Waiting, error: unknown): Promise<Outcome> {
  if (!(error instanceof OctoError)) throw error;
  const { product } = run.checkmarx;
  const timeIsUp = isTimeUp(waiting, { now: Date.now(), timeoutMs: run.timeoutMs });
  const afterMs = Math.max(run.pollMs, leastTroubleMs, (error.resumeAt ?? 0) - Date.now());
  switch (error.code) {
    case 'CHECKMARX_QUEUE_FULL':
      if (timeIsUp) return timeOut(run, waiting, `${product} had no place in its queue.`);
      return waitFor(run, waiting, words.queueIsFull(product), afterMs);
    case 'CHECKMARX_REQUEST_FAILED':
      run.log.warn({ err: error }, 'Checkmarx has trouble');
      if (timeIsUp) return timeOut(run, waiting, `${product} does not answer.`);
      return waitFor(run, waiting, words.silentServer(product), afterMs);
    case 'GITHUB_REQUEST_FAILED':
      if (timeIsUp) throw error;
      run.log.warn({ err: error }, 'GitHub has trouble');
      return putOff(run, waiting, afterMs, 'GitHub does not answer');
    default:
      throw error;
  }
}

function scanOf({ id, project }: { id: string; project: CheckmarxProject }): string {
  return `scan ${id} of ${project.name}`;
}
