import { type Calendar, cutoff } from './cutoff.ts';
import type { Item, Kind } from './item.ts';
import { has } from './item.ts';
import type { CloseStaleConfig, KindConfig } from './options.ts';

/** What counts for one kind, every default filled in. */
export interface KindPolicy {
  readonly kind: Kind;
  /** Marked first, closed later; else closed at once. */
  readonly marks: boolean;
  /** By the times that count for it: of what is never closed it does not say when it will be. */
  staleComment(times: Times): string;
  readonly closeComment: string;
  readonly staleLabel: string;
  readonly unstales: boolean;
  readonly activity: 'anyone' | 'people' | 'none';
  readonly closeReason: 'not_planned' | 'completed';
  readonly options: Partial<KindConfig>;
  /** For what has these labels. */
  times(labels: readonly string[]): Times;
  /** The latest of all moments since which something may be stale. */
  readonly latestStaleCutoff: number;
}

/** Epoch milliseconds: what nothing happened to since then is due. */
export interface Times {
  readonly staleCutoff: number;
  /** -Infinity: it is never closed. undefined: it is closed at once. */
  readonly closeCutoff: number | undefined;
  /** How long what is marked stays open; undefined when it is never closed, or at once. */
  readonly closeAfterMs: number | undefined;
}

const closingComment =
  'This has been automatically marked as stale because it has not had recent activity. It is closed now and can be ' +
  're-opened later. Thanks for your contributions.';
const markingComment =
  'This has been automatically marked as stale: nothing has happened here for {{days}} days. ' +
  'It will be closed in {{close-days}} days unless something does. Thanks for your contributions.';
const markingForeverComment =
  'This has been automatically marked as stale: nothing has happened here for {{days}} days. Is it still needed?';
const markedClosingComment =
  'This is closed now, since nothing has happened since it was marked as stale. It can be re-opened later. Thanks for your contributions.';
const draftingComment =
  'This is a draft now, since nothing has happened here for {{days}} days. Mark it ready for review when it goes on. Thanks for your contributions.';

/** @returns what counts for each kind that is worked on. */
export function policiesOf(config: CloseStaleConfig, now: number): readonly KindPolicy[] {
  const { issues, 'pull-requests': pulls, ...top } = config;
  const calendar: Calendar = { weekdaysOnly: config['weekdays-only'], timezone: config.timezone ?? 'UTC' };
  const policies: KindPolicy[] = [];
  if (config['close-issues'] || issues) policies.push(policyOf('issue', { ...top, ...issues }, calendar, now));
  if (config['close-prs'] || pulls) policies.push(policyOf('pull-request', { ...top, ...pulls }, calendar, now));
  return policies;
}

function policyOf(kind: Kind, options: Partial<KindConfig>, calendar: Calendar, now: number): KindPolicy {
  const activity = options.activity ?? 'anyone';
  const closeAfter = options['close-after'];
  const drafts = options['convert-to-draft'] ?? false;
  const cutoffs = new Map<number, number>();
  const cutoffOf = (ms: number) => {
    const known =
      cutoffs.get(ms) ?? (ms === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : cutoff(now, ms, calendar));
    cutoffs.set(ms, known);
    return known;
  };
  const timings = options['label-timings'] ?? [];
  const timesOf = (timing: (typeof timings)[number] | undefined): Times => {
    const closeMs = timing?.['close-after'] ?? closeAfter;
    return {
      staleCutoff: cutoffOf(timing?.['stale-expiration'] ?? options['stale-expiration'] ?? Number.POSITIVE_INFINITY),
      closeCutoff: closeMs === undefined ? undefined : cutoffOf(closeMs),
      closeAfterMs: closeMs === Number.POSITIVE_INFINITY ? undefined : closeMs,
    };
  };
  const atOnce = drafts ? draftingComment : closingComment;
  const defaultStale = ({ closeAfterMs }: Times) =>
    closeAfterMs === undefined ? markingForeverComment : markingComment;
  return {
    kind,
    marks: closeAfter !== undefined,
    staleComment: (times) => options['stale-comment'] ?? (closeAfter === undefined ? atOnce : defaultStale(times)),
    closeComment: options['close-comment'] ?? (drafts ? draftingComment : markedClosingComment),
    staleLabel: options['stale-label'] ?? 'stale',
    unstales: options['unstale-when-active'] ?? activity !== 'none',
    activity,
    closeReason: options['close-reason'] === 'completed' ? 'completed' : 'not_planned',
    options,
    times: (labels) => timesOf(timings.find(({ label }) => has(labels, label))),
    latestStaleCutoff: Math.max(...[undefined, ...timings].map((timing) => timesOf(timing).staleCutoff)),
  };
}

/** @returns what keeps it as it is, in words after “kept by”; undefined when it is worked on. */
export function keptBy(item: Item, { options }: KindPolicy): string | undefined {
  return exemptBy(item, options) ?? notSelectedBy(item, options);
}

function exemptBy(item: Item, options: Partial<KindConfig>): string | undefined {
  if (item.labels.some((label) => has(options['exempt-labels'] ?? [], label))) return 'an exempt label';
  if (has(options['exempt-authors'] ?? [], item.author)) return 'an exempt author';
  if (item.milestone !== undefined && isAmong([item.milestone], options['exempt-milestones']))
    return 'an exempt milestone';
  if (isAmong(item.assignees, options['exempt-assignees'])) return 'an exempt assignee';
  if (item.draft && options['exempt-drafts']) return 'exempt-drafts';
  if (item.draft && options['convert-to-draft']) return 'being a draft already';
  return undefined;
}

function isAmong(names: readonly string[], exempt: 'any' | readonly string[] | undefined): boolean {
  return exempt === 'any' ? names.length > 0 : names.some((name) => has(exempt ?? [], name));
}

function notSelectedBy(item: Item, options: Partial<KindConfig>): string | undefined {
  const { 'only-labels': all, 'any-of-labels': any, 'only-authors': authors, 'only-types': types } = options;
  const startDate = options['start-date'];
  if (all && !all.every((label) => has(item.labels, label))) return 'only-labels';
  if (any && !any.some((label) => has(item.labels, label))) return 'any-of-labels';
  if (authors && !has(authors, item.author)) return 'only-authors';
  if (types && (item.type === undefined || !has(types, item.type))) return 'only-types';
  if (options['only-assigned'] && item.assignees.length === 0) return 'only-assigned';
  if (startDate !== undefined && item.createdAt < startDate) return 'start-date';
  return undefined;
}
