export type Kind = 'issue' | 'pull-request';

/** An open issue or pull request, as far as its staleness goes. Times in epoch milliseconds. */
export interface Item {
  readonly kind: Kind;
  readonly number: number;
  readonly title: string;
  /** Login; `ghost` when the account is gone. */
  readonly author: string;
  readonly createdAt: number;
  /** Of the last thing that happened to it, our own marks included. */
  readonly updatedAt: number;
  readonly comments: number;
  readonly labels: readonly string[];
  /** Title. */
  readonly milestone: string | undefined;
  /** Logins. */
  readonly assignees: readonly string[];
  readonly draft: boolean;
  /** Of an issue, such as Bug. */
  readonly type: string | undefined;
}

/** GitHub takes `Stale` and `stale` for one label, and logins, milestones and types alike. */
export function has(names: readonly string[], name: string): boolean {
  return names.some((other) => other.toLowerCase() === name.toLowerCase());
}
