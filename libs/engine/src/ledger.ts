import type { Outcome } from '@octo-bots/core';

/** What an operation of a run last reported. */
export interface LedgerEntry {
  /** The operation's type: after a change of the YAML, an entry counts only for an operation of its type. */
  readonly type: string;
  /** The attempt in which it was reported. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Epoch milliseconds of its first `later`, while it waits. */
  readonly waitingSince?: number;
  /** Once the run failed for good and the operation is given up: since when, and whether it has closed what it left open. */
  readonly abandon?: { readonly since: number; readonly closed: boolean };
}

/** The memory of one run over its attempts: what makes effects happen once although runs happen at least once. */
export interface Ledger {
  /** True once every filter let the event through: what operations change must not turn a filter around half-way. */
  readonly filtersPassed: boolean;
  /** @param index the operation's place in the bot or background job. */
  entry(index: number): LedgerEntry | undefined;
  /** Resolves when it is stored; rejects when this run is no longer ours. */
  record(index: number, entry: LedgerEntry): Promise<void>;
  recordFiltersPassed(): Promise<void>;
}

/** A ledger that lives as long as the process: for runs that are not queued. */
export function createMemoryLedger(): Ledger {
  const entries = new Map<number, LedgerEntry>();
  let filtersPassed = false;
  return {
    get filtersPassed() {
      return filtersPassed;
    },
    entry: (index) => entries.get(index),
    async record(index, entry) {
      entries.set(index, entry);
    },
    async recordFiltersPassed() {
      filtersPassed = true;
    },
  };
}
