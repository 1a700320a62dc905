import type { Item } from './item.ts';
import { has } from './item.ts';
import { type KindPolicy, keptBy } from './policy.ts';

/** What an item's timeline tells. Times in epoch milliseconds. */
export interface History {
  /** Of the last thing that a person did, its creation included. */
  readonly lastByPeople: number;
  /** When it got the stale label that it has; undefined when it has none. */
  readonly markedAt: number | undefined;
  /** The first thing that happened after the mark and counts as activity, in words. */
  readonly activeSinceMark: string | undefined;
}

export type Step = 'mark' | 'unmark' | 'close';

export type Verdict =
  | { readonly do: Step; readonly why: string; readonly days: number }
  /** @property kept what keeps it as it is although it is old enough. */
  | { readonly do: 'nothing'; readonly kept?: string }
  /** Its timeline must tell. */
  | { readonly do: 'look' };

const nothing: Verdict = { do: 'nothing' };
const dayMs = 24 * 60 * 60 * 1000;

/**
 * What is to be done with an open item. Most can be said without its timeline, and so without a request.
 * @param now epoch milliseconds, when the tick was due.
 */
export function judge(item: Item, policy: KindPolicy, now: number, history?: History): Verdict {
  const kept = keptBy(item, policy);
  const times = policy.times(item.labels);
  const ageFrom = policy.activity === 'none' ? item.createdAt : item.updatedAt;
  if (kept !== undefined) return ageFrom <= times.staleCutoff ? { do: 'nothing', kept } : nothing;
  if (times.closeCutoff !== undefined && has(item.labels, policy.staleLabel)) {
    return judgeMarked(item, policy, { now, closeCutoff: times.closeCutoff, history });
  }

  let since = ageFrom;
  if (policy.activity === 'people' && since > times.staleCutoff && item.createdAt <= times.staleCutoff) {
    if (history === undefined) return { do: 'look' };
    since = history.lastByPeople;
  }
  if (since > times.staleCutoff) return nothing;
  const days = daysBetween(since, now);
  const why = policy.activity === 'none' ? `it is ${inDays(days)} old` : `nothing happened for ${inDays(days)}`;
  return { do: policy.marks ? 'mark' : 'close', why, days };
}

function judgeMarked(
  item: Item,
  policy: KindPolicy,
  { now, closeCutoff, history }: { now: number; closeCutoff: number; history: History | undefined },
): Verdict {
  if (history === undefined) return { do: 'look' };
  const { markedAt = item.updatedAt, activeSinceMark } = history;
  const days = daysBetween(markedAt, now);
  if (policy.unstales && activeSinceMark !== undefined) {
    return { do: 'unmark', why: `${activeSinceMark} after it was marked stale`, days };
  }
  if (markedAt > closeCutoff) return nothing;
  const since = policy.unstales ? ', and nothing happened since' : '';
  return { do: 'close', why: `it was marked stale ${inDays(days)} ago${since}`, days };
}

function daysBetween(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / dayMs));
}

function inDays(days: number): string {
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}
