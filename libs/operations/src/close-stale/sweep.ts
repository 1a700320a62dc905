import { type Log, type Memo, OctoError } from '@octo-bots/core';
import type { GitHubClient, GitHubInstallation, GitHubInstallations } from '@octo-bots/github';
import { carryOut } from './change.ts';
import { type Due, dueItems, inOrder } from './due-items.ts';
import type { Repository } from './place.ts';
import type { KindPolicy } from './policy.ts';
import { type FilterScope, type FoundRepository, filteredOutBy } from './repository-filter.ts';
import { noteFailure, noteWouldDo, type Position, type SweepState } from './sweep-state.ts';

/** A slice ends after so long, or so many repositories, whichever comes first: a crash costs no more than that. */
const sliceMs = 20_000;
const sliceRepositories = 100;
const hourMs = 60 * 60_000;
/** GitHub’s clock and ours may differ. */
const spareMs = 1_000;
const pageSize = 100;

export interface Sweep {
  readonly policies: readonly KindPolicy[];
  /** Epoch milliseconds, when the tick was due. */
  readonly now: number;
  readonly dryRun: boolean;
  readonly sortBy: 'updated' | 'created' | 'comments';
  readonly descending: boolean;
  /** Most changes in an hour. */
  readonly budget: number;
  readonly repeatedSince: Date | undefined;
  readonly filters: FilterScope;
  readonly memo: Memo;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** How a slice ended: the sweep is through, or goes on at that moment. */
export type SliceEnd = 'through' | { readonly at: number; readonly reason: string };

/** Ends the slice from within; never leaves this file. */
class SliceOver extends Error {
  readonly end: Exclude<SliceEnd, 'through'>;

  constructor(end: Exclude<SliceEnd, 'through'>) {
    super(end.reason);
    this.end = end;
  }
}

/** The part of the work that a slice has done; what is bounded by it looks after each repository and each item. */
interface Slice extends Sweep {
  readonly state: SweepState;
  readonly endsAt: number;
  repositoriesLeft: number;
}

/**
 * Goes on with a sweep where `state` is, and moves it on. What fails in one repository is noted and the sweep goes on. A rate
 * limit is that of one installation: the rest of it is left for later, and the others are gone over.
 * @throws OctoError GITHUB_RATE_LIMITED of the App itself, and the signal's reason once it is aborted: neither leaves
 *   anything to go on with.
 */
export async function sweepSlice(
  installations: GitHubInstallations,
  sweep: Sweep,
  state: SweepState,
): Promise<SliceEnd> {
  const slice: Slice = { ...sweep, state, endsAt: Date.now() + sliceMs, repositoriesLeft: sliceRepositories };
  const all: GitHubInstallation[] = [];
  for await (const installation of installations.installations()) all.push(installation);
  const known = new Set(all.map(({ id }) => String(id)));
  for (const id of Object.keys(state.open)) if (!known.has(id)) delete state.open[id];
  try {
    for (const installation of all.toSorted((a, b) => a.id - b.id)) await goOnWith(installation, slice);
  } catch (error) {
    if (error instanceof SliceOver) return error.end;
    throw error;
  }
  const resumeAts = Object.values(state.open).flatMap(({ resumeAt }) => resumeAt ?? []);
  if (resumeAts.length === 0) return 'through';
  return { at: Math.min(...resumeAts) + spareMs, reason: 'GitHub’s rate limit is reached' };
}

/** @returns epoch milliseconds, when the error is a rate limit. */
export function resumeTimeOf(error: unknown): number | undefined {
  return error instanceof OctoError ? error.resumeAt : undefined;
}

async function goOnWith(installation: GitHubInstallation, slice: Slice): Promise<void> {
  const { state, signal, log } = slice;
  const id = String(installation.id);
  signal.throwIfAborted();
  if (installation.id > state.through) {
    state.through = installation.id;
    state.open[id] = { page: 1, index: 0 };
    state.tally.installations += 1;
  }
  const position = state.open[id];
  if (position === undefined || (position.resumeAt ?? 0) > Date.now()) return;
  delete position.resumeAt;
  try {
    await noted(`the installation on ${installation.account}`, slice, () =>
      sweepInstallation(installation, position, slice),
    );
    delete state.open[id];
  } catch (error) {
    const resumeAt = signal.aborted || error instanceof SliceOver ? undefined : resumeTimeOf(error);
    if (resumeAt === undefined) throw error;
    position.resumeAt = resumeAt;
    log.info({ where: installation.account, err: error }, 'the rest of this installation is left for later');
  }
}

async function sweepInstallation(
  { id: installation, client }: GitHubInstallation,
  position: Position,
  slice: Slice,
): Promise<void> {
  for (;;) {
    const { page } = position;
    const { data } = await client.rest.apps.listReposAccessibleToInstallation({ per_page: pageSize, page });
    const { repositories } = data;
    if (position.index > 0 && idOf(repositories[position.index - 1]) !== position.last) {
      // The list has moved. What is done finds nothing to do, so it starts over.
      Object.assign(position, { page: 1, index: 0 });
      if (page > 1) continue;
    }
    while (position.index < repositories.length) {
      const repository = repositories[position.index];
      if (repository === undefined) break;
      if (!repository.archived) {
        const { owner, name } = repository;
        await sweepRepository(client, { id: Number(repository.id), owner: owner.login, name, installation }, slice);
        slice.state.tally.repositories += 1;
        slice.repositoriesLeft -= 1;
      }
      position.index += 1;
      position.last = Number(repository.id);
      endSliceIfOver(slice);
    }
    if (repositories.length < pageSize) return;
    position.page += 1;
    position.index = 0;
  }
}

function idOf(repository: { readonly id: number | bigint } | undefined): number | undefined {
  return repository && Number(repository.id);
}

function endSliceIfOver({ signal, repositoriesLeft, endsAt, state }: Slice): void {
  signal.throwIfAborted();
  if (repositoriesLeft > 0 && Date.now() < endsAt) return;
  const { repositories, installations } = state.tally;
  throw new SliceOver({
    at: Date.now(),
    reason: `${repositories} repositories of ${installations} installations are gone over; it goes on`,
  });
}

async function sweepRepository(github: GitHubClient, found: FoundRepository, slice: Slice): Promise<void> {
  const { tally } = slice.state;
  const fullName = `${found.owner}/${found.name}`;
  const repository: Repository = { owner: found.owner, repo: found.name };
  slice.signal.throwIfAborted();
  await noted(fullName, slice, async () => {
    const filtered = await filteredOutBy(found, github, slice.filters);
    if (filtered !== undefined) {
      tally.filteredOut += 1;
      slice.log.debug({ where: fullName, reason: filtered }, 'repository filtered out');
      return;
    }
    // All of them before the first is changed: that moves the others to other pages.
    const { due, kept } = await dueItems(github, repository, slice);
    for (const [by, n] of kept) tally.kept[by] = (tally.kept[by] ?? 0) + n;
    for (const one of inOrder(due, slice.sortBy, slice.descending)) {
      await noted(`${fullName}#${one.item.number}`, slice, () => take(github, repository, one, slice));
      if (Date.now() >= slice.endsAt) endSliceIfOver(slice);
    }
  });
}

async function take(github: GitHubClient, repository: Repository, due: Due, slice: Slice): Promise<void> {
  const { tally, budget } = slice.state;
  slice.signal.throwIfAborted();
  const { item, policy, step, why, days, onlyFinish } = due;
  const drafts = step === 'close' && item.kind === 'pull-request' && policy.options['convert-to-draft'] === true;
  const what = drafts ? 'convert to draft' : step;
  const where = `${repository.owner}/${repository.repo}#${item.number}`;
  const about = { where, kind: item.kind, step: what, reason: why };
  if (slice.dryRun) {
    if (onlyFinish) return;
    noteWouldDo(tally, `would ${what} ${where} (${item.kind}): ${why}`);
    slice.log.info(about, 'dry run: would change');
    return;
  }
  if (Date.now() >= budget.since + hourMs) Object.assign(budget, { since: Date.now(), used: 0 });
  if (budget.used >= slice.budget) {
    const reason = `budget-per-hour: ${slice.budget} are changed in this hour; it goes on with the others in the next`;
    throw new SliceOver({ at: budget.since + hourMs, reason });
  }
  if (!(await carryOut({ github, repository, item, policy, step, days, onlyFinish }))) return;
  slice.log.info(about, 'changed');
  budget.used += 1;
  if (drafts) tally.drafted += 1;
  else tally[countOf[step]][item.kind] += 1;
}

const countOf = { mark: 'marked', unmark: 'unmarked', close: 'closed' } as const;

async function noted(where: string, slice: Slice, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    slice.signal.throwIfAborted();
    if (error instanceof SliceOver || resumeTimeOf(error) !== undefined) throw error;
    noteFailure(slice.state.tally, where, error);
    slice.log.warn({ where, err: error }, 'could not do here what is due');
  }
}
