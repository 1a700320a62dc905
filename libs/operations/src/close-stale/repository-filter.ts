import { type Filter, type Log, repositoryEvent } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';

export interface FoundRepository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  /** Its id. */
  readonly installation: number;
}

/** What filters decide with. */
export interface FilterScope {
  readonly filters: readonly Filter[];
  /** The run's id. */
  readonly run: string;
  /** ISO 8601, when the tick was due. */
  readonly dueAt: string;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** @returns why `repo-filter` keeps this repository out; undefined when it does not. */
export async function filteredOutBy(
  { owner, name, installation }: FoundRepository,
  github: GitHubClient,
  { filters, run, dueAt, signal, log }: FilterScope,
): Promise<string | undefined> {
  const repository = { owner, name, fullName: `${owner}/${name}` };
  const event = repositoryEvent(repository, { installation, delivery: run, at: dueAt });
  for (const filter of filters) {
    const verdict = filter.pure
      ? filter.filter(event)
      : await filter.filter({ event, clients: { github }, signal, log });
    if (verdict.filteredOut) return `${filter.type}: ${verdict.reason}`;
  }
  return undefined;
}
