import { OctoError } from '@octo-bots/core';
import type { Kind } from './item.ts';

type Counts = Record<Kind, number>;

/** What a sweep did so far. */
export interface Tally {
  marked: Counts;
  unmarked: Counts;
  closed: Counts;
  drafted: number;
  /** By what kept them. */
  kept: Record<string, number>;
  repositories: number;
  /** By `repo-filter`. */
  filteredOut: number;
  installations: number;
  failures: { count: number; named: string[]; code: string | undefined; retryableCode: string | undefined };
  /** What a dry run would do, in words: the first of them. */
  wouldDo: { count: number; named: string[] };
}

/** Where to go on in an installation. */
export interface Position {
  /** Of GitHub's list of its repositories, from 1. */
  page: number;
  /** Of the next repository in the page, from 0. */
  index: number;
  /** The id of the repository before it: when it is no longer there, the list has moved. */
  last?: number;
  /** Epoch milliseconds; until then it is at a rate limit. */
  resumeAt?: number;
}

/** What a sweep carries from one slice to the next: small, however many repositories there are. */
export interface SweepState {
  readonly v: 1;
  /** Epoch milliseconds, when the slice before ended. */
  at: number;
  /** Every installation up to this id has been gone over, save those in `open`. */
  through: number;
  /** By the installation's id: those that were begun and not ended. */
  open: Record<string, Position>;
  /** Of the hour that began then (epoch milliseconds). */
  budget: { since: number; used: number };
  tally: Tally;
}

const none: Counts = { issue: 0, 'pull-request': 0 };
/** So many failures, and things that a dry run would do, are named in the outcome; the log has all. */
const mostNamedFailures = 10;
const mostNamedSteps = 50;

export function newSweep(at: number): SweepState {
  return {
    v: 1,
    at,
    through: 0,
    open: {},
    budget: { since: at, used: 0 },
    tally: {
      marked: { ...none },
      unmarked: { ...none },
      closed: { ...none },
      drafted: 0,
      kept: {},
      repositories: 0,
      filteredOut: 0,
      installations: 0,
      failures: { count: 0, named: [], code: undefined, retryableCode: undefined },
      wouldDo: { count: 0, named: [] },
    },
  };
}

/** @param state our own of an earlier slice, as it came back out of JSON; of an older version: the sweep starts over. */
export function resumed(state: unknown): SweepState | undefined {
  const isOurs = typeof state === 'object' && state !== null && 'v' in state && state.v === 1;
  return isOurs ? structuredClone(state as SweepState) : undefined;
}

export function noteWouldDo({ wouldDo }: Tally, what: string): void {
  wouldDo.count += 1;
  if (wouldDo.named.length < mostNamedSteps) wouldDo.named.push(what);
}

/** @param where `owner/name`, an item of it, or which installation. */
export function noteFailure({ failures }: Tally, where: string, error: unknown): void {
  const code = error instanceof OctoError ? error.code : 'OPERATION_THREW';
  const status = error instanceof OctoError && error.status !== undefined ? ` ${error.status}` : '';
  failures.count += 1;
  if (failures.named.length < mostNamedFailures) failures.named.push(`${where} (${code}${status})`);
  failures.code ??= code;
  if (!(error instanceof OctoError) || error.retryable) failures.retryableCode ??= code;
}

export function describe(tally: Tally): string {
  const { marked, unmarked, closed, drafted, repositories, filteredOut, installations, kept } = tally;
  const did = [
    `closed ${both(closed)}`,
    ...(sum(marked) === 0 ? [] : [`marked ${both(marked)} stale`]),
    ...(sum(unmarked) === 0 ? [] : [`unmarked ${both(unmarked)}`]),
    ...(drafted === 0 ? [] : [`made ${count(drafted, 'pull request')} a draft`]),
  ];
  const looked = `looked at ${count(repositories, 'repository', 'repositories')} of ${count(installations, 'installation')}`;
  const filtered = filteredOut === 0 ? '' : `, ${filteredOut} filtered out`;
  const keepers = Object.entries(kept).map(([by, n]) => `${n} kept open by ${by}`);
  return [...did, `${looked}${filtered}`, ...keepers].join('; ');
}

/** The outcome of a dry run. */
export function describeDryRun(tally: Tally): string {
  const { count: would, named } = tally.wouldDo;
  const more = would > named.length ? [`and ${would - named.length} more, which the log names`] : [];
  const heading = `dry run, nothing was changed: would change ${count(would, 'item')}`;
  return [`${heading}; ${describe(tally).replace(/^closed [^;]+; /, '')}`, ...named, ...more].join('\n');
}

export function describeFailures({ count: failures, named }: Tally['failures']): string {
  const more = failures > named.length ? ` and ${failures - named.length} more` : '';
  return `failed for ${named.join(', ')}${more}`;
}

function sum(counts: Counts): number {
  return counts.issue + counts['pull-request'];
}

function both(counts: Counts): string {
  return `${count(counts.issue, 'issue')} and ${count(counts['pull-request'], 'pull request')}`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
