import type { Memo } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { readHistory } from './history.ts';
import type { Item } from './item.ts';
import { type ItemQuery, openItems } from './open-items.ts';
import type { Repository } from './place.ts';
import type { KindPolicy } from './policy.ts';
import { judge, type Step, type Verdict } from './verdict.ts';

/** An item, and what is to be done with it. */
export interface Due {
  readonly item: Item;
  readonly policy: KindPolicy;
  readonly step: Step;
  readonly why: string;
  readonly days: number;
  /** See Change. */
  readonly onlyFinish: boolean;
}

export interface DueQuery {
  readonly policies: readonly KindPolicy[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** Since when an earlier go may have got no further than its comment; undefined when there was none. */
  readonly repeatedSince: Date | undefined;
  readonly memo: Memo;
}

/**
 * Finds what is to be done in a repository. It asks for one page of open items; for more only while they may be due, for those that
 * are marked only where that page did not hold all, and for the timeline only of what `judge` cannot tell without.
 * @returns also how many of what is old enough is kept as it is, by what keeps it.
 */
export async function dueItems(
  github: GitHubClient,
  repository: Repository,
  query: DueQuery,
): Promise<{ readonly due: readonly Due[]; readonly kept: ReadonlyMap<string, number> }> {
  const items = await candidates(github, repository, query);
  const due: Due[] = [];
  const kept = new Map<string, number>();
  for (const item of items) {
    const policy = query.policies.find(({ kind }) => kind === item.kind);
    if (policy === undefined) continue;
    let verdict = judge(item, policy, query.now);
    if (verdict.do === 'look') {
      verdict = judge(
        item,
        policy,
        query.now,
        await readHistory(github, repository, item, { policy, memo: query.memo }),
      );
    }
    if (verdict.do === 'nothing') {
      if (verdict.kept !== undefined) kept.set(verdict.kept, (kept.get(verdict.kept) ?? 0) + 1);
      else if (maybeHalfDone(item, policy, query)) due.push(halfDone(item, policy));
    } else if (verdict.do !== 'look') due.push(dueOf(item, policy, verdict));
  }
  return { due, kept };
}

function dueOf(item: Item, policy: KindPolicy, verdict: Exclude<Verdict, { do: 'nothing' | 'look' }>): Due {
  return { item, policy, step: verdict.do, why: verdict.why, days: verdict.days, onlyFinish: false };
}

/** What an earlier go commented on is no longer stale by its date. `carryOut` looks whether it was that. */
function maybeHalfDone(item: Item, { activity }: KindPolicy, { repeatedSince }: DueQuery): boolean {
  return (
    repeatedSince !== undefined &&
    activity === 'anyone' &&
    item.comments > 0 &&
    item.updatedAt >= repeatedSince.getTime()
  );
}

function halfDone(item: Item, policy: KindPolicy): Due {
  const step = policy.marks ? 'mark' : 'close';
  return { item, policy, step, why: 'an earlier go got no further than its comment', days: 0, onlyFinish: true };
}

async function candidates(github: GitHubClient, repository: Repository, query: DueQuery): Promise<Iterable<Item>> {
  const { policies, repeatedSince } = query;
  const kinds = new Set(policies.map(({ kind }) => kind));
  // Where bots' doings do not count, or nobody's, what was updated just now may be stale: then the age bounds the list.
  const sort = policies.every(({ activity }) => activity === 'anyone') ? 'updated' : 'created';
  const latest = Math.max(...policies.map(({ latestStaleCutoff }) => latestStaleCutoff));
  const found = new Map<number, Item>();
  const read = async (part: Pick<ItemQuery, 'label' | 'since'>, enough: (last: Item) => boolean): Promise<boolean> => {
    for await (const { items, last } of openItems(github, repository, { kinds, sort, ...part })) {
      for (const item of items) found.set(item.number, item);
      const final = items.at(-1);
      if (last || final === undefined) return true;
      if (enough(final)) return false;
    }
    return true;
  };
  const all = await read({}, (last) => (sort === 'updated' ? last.updatedAt : last.createdAt) > latest);
  if (all) return found.values();
  const marks = new Set(policies.filter(({ marks }) => marks).map(({ staleLabel }) => staleLabel));
  for (const label of marks) await read({ label }, () => false);
  // What an earlier go commented on is old enough by its creation: it was in the list above.
  if (repeatedSince !== undefined && sort === 'updated') await read({ since: repeatedSince }, () => false);
  return found.values();
}

const orders: Record<'updated' | 'created' | 'comments', (item: Item) => number> = {
  updated: (item) => item.updatedAt,
  created: (item) => item.createdAt,
  comments: (item) => item.comments,
};

export function inOrder(due: readonly Due[], by: keyof typeof orders, descending: boolean): readonly Due[] {
  const rank = orders[by];
  const sign = descending ? -1 : 1;
  return due.toSorted((a, b) => sign * (rank(a.item) - rank(b.item) || a.item.number - b.item.number));
}
