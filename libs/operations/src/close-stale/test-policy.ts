import type { Item } from './item.ts';
import type { CloseStaleConfig } from './options.ts';
import { type KindPolicy, policiesOf } from './policy.ts';

/** What the pure tests of this folder share. */

export const dayMs = 24 * 60 * 60 * 1000;
/** A Monday. */
export const now = Date.parse('2026-06-01T12:00:00Z');

/** An issue that nothing happened to for 61 days. */
export function item(more: Partial<Item> = {}): Item {
  return {
    kind: 'issue',
    number: 1,
    title: 'Something is wrong',
    author: 'mona',
    createdAt: now - 100 * dayMs,
    updatedAt: now - 61 * dayMs,
    comments: 0,
    labels: [],
    milestone: undefined,
    assignees: [],
    draft: false,
    type: undefined,
    ...more,
  };
}

/** What counts for issues with these options (decoded), beside 60 days. */
export function policy(options: Partial<CloseStaleConfig> = {}, kind: Item['kind'] = 'issue'): KindPolicy {
  const config = {
    'close-issues': true,
    'close-prs': true,
    'stale-expiration': 60 * dayMs,
    'repo-filter': [],
    'weekdays-only': false,
    'sort-by': 'updated' as const,
    descending: false,
    'dry-run': false,
    ...options,
  };
  const found = policiesOf(config, now).find((candidate) => candidate.kind === kind);
  if (found === undefined) throw new Error(`there is no policy for ${kind}`);
  return found;
}
