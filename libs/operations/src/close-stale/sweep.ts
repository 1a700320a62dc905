import { type Log, OctoError } from '@octo-bots/core';
import type { GitHubClient, GitHubInstallation, GitHubInstallations, GitHubRepository } from '@octo-bots/github';
import { closeItem } from './close-item.ts';
import { openItems, type Repository } from './open-items.ts';
import { type Item, isExempt, type StalePolicy, selectStale } from './stale-policy.ts';

export interface Failure {
  /** `owner/name`, or which installation. */
  readonly where: string;
  readonly error: unknown;
}

/** What a sweep did; it is filled while the sweep goes on, so that a sweep that ends early has it too. */
export interface Tally {
  closed: Record<Item['kind'], number>;
  exempt: number;
  repositories: number;
  installations: number;
  failures: Failure[];
  /** Epoch milliseconds at which installations that are at a rate limit can be gone on with. */
  resumeAt: number[];
}

export interface Sweep {
  readonly policy: StalePolicy;
  /** Markdown. */
  readonly comment: string;
  /** When this may not be the first go at this tick: since when earlier ones may have commented. */
  readonly repeatedSince: Date | undefined;
  readonly signal: AbortSignal;
  readonly log: Log;
}

export function emptyTally(): Tally {
  return {
    closed: { issue: 0, 'pull-request': 0 },
    exempt: 0,
    repositories: 0,
    installations: 0,
    failures: [],
    resumeAt: [],
  };
}

/**
 * Goes over every repository of every installation. What fails in one of them is noted and the sweep goes on. A rate limit is
 * that of one installation: the rest of it is left for later, and the others are gone over.
 * @throws OctoError GITHUB_RATE_LIMITED of the App itself, and the signal's reason once it is aborted: neither leaves
 *   anything to go on with.
 */
export async function sweepAll(installations: GitHubInstallations, sweep: Sweep, tally: Tally): Promise<void> {
  for await (const installation of installations.installations()) {
    sweep.signal.throwIfAborted();
    tally.installations += 1;
    try {
      await noteFailure(`the installation on ${installation.account}`, sweep, tally, () =>
        sweepInstallation(installation, sweep, tally),
      );
    } catch (error) {
      const resumeAt = sweep.signal.aborted ? undefined : resumeTimeOf(error);
      if (resumeAt === undefined) throw error;
      tally.resumeAt.push(resumeAt);
      sweep.log.info({ where: installation.account, err: error }, 'the rest of this installation is left for later');
    }
  }
}

/** @returns epoch milliseconds, when the error is a rate limit. */
export function resumeTimeOf(error: unknown): number | undefined {
  return error instanceof OctoError ? error.resumeAt : undefined;
}

async function sweepInstallation(installation: GitHubInstallation, sweep: Sweep, tally: Tally): Promise<void> {
  for await (const repository of installation.repositories()) {
    sweep.signal.throwIfAborted();
    // An archived repository is read-only.
    if (repository.archived) continue;
    tally.repositories += 1;
    await noteFailure(repository.fullName, sweep, tally, () =>
      sweepRepository(installation.client, repository, sweep, tally),
    );
  }
}

async function sweepRepository(
  github: GitHubClient,
  { owner, name, fullName }: GitHubRepository,
  sweep: Sweep,
  tally: Tally,
): Promise<void> {
  const repository = { owner, repo: name };
  // All of them before the first is closed: closing one moves the others to other pages.
  const { kinds } = sweep.policy;
  const { stale, exempt } = await selectStale(openItems(github, repository, { kinds }), sweep.policy);
  tally.exempt += exempt;
  const halfDone = sweep.repeatedSince ? await touchedSince(github, repository, sweep.repeatedSince, sweep.policy) : [];
  for (const item of [...stale, ...halfDone]) {
    sweep.signal.throwIfAborted();
    await noteFailure(`${fullName}#${item.number}`, sweep, tally, async () => {
      if (await closeItem(github, repository, item, sweep)) tally.closed[item.kind] += 1;
    });
  }
}

/** What an earlier go commented on is no longer stale by its date; `closeItem` closes those with our comment, and no other. */
async function touchedSince(
  github: GitHubClient,
  repository: Repository,
  since: Date,
  policy: StalePolicy,
): Promise<readonly Item[]> {
  const touched: Item[] = [];
  for await (const page of openItems(github, repository, { kinds: policy.kinds, since })) touched.push(...page);
  return touched.filter(
    (item) => item.updatedAt >= since.getTime() && policy.kinds.has(item.kind) && !isExempt(item, policy),
  );
}

async function noteFailure(where: string, sweep: Sweep, tally: Tally, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    sweep.signal.throwIfAborted();
    if (resumeTimeOf(error) !== undefined) throw error;
    tally.failures.push({ where, error });
    sweep.log.warn({ where, err: error }, 'could not close what is stale here');
  }
}
