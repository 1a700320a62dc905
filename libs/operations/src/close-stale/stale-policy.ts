/** An open issue or pull request, as far as its staleness goes. */
export interface Item {
  readonly kind: 'issue' | 'pull-request';
  readonly number: number;
  /** Epoch milliseconds of the last thing that happened to it, comments included. */
  readonly updatedAt: number;
  readonly labels: readonly string[];
}

export interface StalePolicy {
  readonly kinds: ReadonlySet<Item['kind']>;
  /** Epoch milliseconds: what was updated at this moment or before is stale. */
  readonly cutoff: number;
  readonly exemptLabels: readonly string[];
}

export function isFresh(item: Pick<Item, 'updatedAt'>, { cutoff }: StalePolicy): boolean {
  return item.updatedAt > cutoff;
}

/** GitHub takes `Hotfix` and `hotfix` for one label, so do we. */
export function isExempt(item: Item, { exemptLabels }: StalePolicy): boolean {
  const exempt = new Set(exemptLabels.map((label) => label.toLowerCase()));
  return item.labels.some((label) => exempt.has(label.toLowerCase()));
}

/**
 * @param oldestFirst pages of open items, the one that was not updated for longest first.
 * @returns the stale ones to close, and how many stale ones an exempt label keeps open. Reads no further than the page
 * with the first fresh one.
 */
export async function selectStale(
  oldestFirst: AsyncIterable<readonly Item[]>,
  policy: StalePolicy,
): Promise<{ readonly stale: readonly Item[]; readonly exempt: number }> {
  const stale: Item[] = [];
  let exempt = 0;
  for await (const page of oldestFirst) {
    for (const item of page) {
      if (isFresh(item, policy)) return { stale, exempt };
      if (!policy.kinds.has(item.kind)) continue;
      if (isExempt(item, policy)) exempt += 1;
      else stale.push(item);
    }
  }
  return { stale, exempt };
}
