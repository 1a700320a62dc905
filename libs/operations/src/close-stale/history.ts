import { createHash } from 'node:crypto';
import type { Memo } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { isMarked } from '../marked-comment.ts';
import { closingMark, stalenessMark } from '../stale-marks.ts';
import { has, type Item } from './item.ts';
import type { Repository } from './place.ts';
import type { KindPolicy } from './policy.ts';
import type { History } from './verdict.ts';

/** One entry of a timeline, as far as it tells of activity. */
export interface TimelineEvent {
  /** `commented`, `labeled`, `committed`, … */
  readonly event: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Login, of a commit the committer’s name; undefined when GitHub does not say. */
  readonly by: string | undefined;
  readonly byBot: boolean;
  readonly label: string | undefined;
  readonly body: string | undefined;
}

/** What touches only who is told of it. */
const noActivity = new Set(['mentioned', 'subscribed', 'unsubscribed']);

/** @param events oldest first. */
export function historyOf(events: readonly TimelineEvent[], item: Item, policy: KindPolicy): History {
  const bots = policy.options['bot-accounts'] ?? [];
  const byPerson = ({ by, byBot }: TimelineEvent) => !byBot && !(by !== undefined && has(bots, by));
  const active = events.filter(({ event }) => !noActivity.has(event));
  const mark = active.findLastIndex(({ event, label }) => event === 'labeled' && isLabel(label, policy.staleLabel));
  const counts = policy.activity === 'people' ? byPerson : (event: TimelineEvent) => !isOurs(event, policy);
  const since = mark === -1 ? undefined : active.slice(announcementOf(active, mark) + 1).find(counts);
  return {
    lastByPeople: Math.max(item.createdAt, ...active.filter(byPerson).map(({ at }) => at)),
    markedAt: active[mark]?.at,
    activeSinceMark: since && `${since.by ?? 'somebody'} ${doing(since.event)}`,
  };
}

/** Our comment comes just before the label: what people do between the two comes after the mark. */
const sameMarkMs = 5 * 60_000;

/** @returns the index of the comment that goes with the mark, or of the mark itself when a person gave it. */
function announcementOf(events: readonly TimelineEvent[], mark: number): number {
  const markedAt = events[mark]?.at ?? 0;
  const index = events.findLastIndex(
    (event, place) => place < mark && event.event === 'commented' && isOurComment(event, stalenessMark),
  );
  return index !== -1 && markedAt - (events[index]?.at ?? 0) < sameMarkMs ? index : mark;
}

function isOurComment({ byBot, body }: TimelineEvent, mark: string): boolean {
  return isMarked({ body, user: { type: byBot ? 'Bot' : 'User' } }, mark);
}

/** Ours are the comments with our mark, and what a bot does with the labels that we give and take. */
function isOurs(what: TimelineEvent, { staleLabel, options }: KindPolicy): boolean {
  const { event, byBot, label } = what;
  if (!byBot) return false;
  if (event === 'commented') return isOurComment(what, stalenessMark) || isOurComment(what, closingMark);
  if (event !== 'labeled' && event !== 'unlabeled') return false;
  const ours = [
    staleLabel,
    ...(options['close-label'] === undefined ? [] : [options['close-label']]),
    ...(options['add-labels-when-stale'] ?? []),
    ...(options['remove-labels-when-stale'] ?? []),
  ];
  return label !== undefined && has(ours, label);
}

function isLabel(label: string | undefined, name: string): boolean {
  return label !== undefined && has([label], name);
}

function doing(event: string): string {
  return event === 'commented' || event === 'committed' || event === 'reviewed' ? event : `did “${event}”`;
}

/** What of a timeline is remembered is forgotten after so long, and found out anew. */
const memoLifetimeMs = 90 * 24 * 60 * 60 * 1000;

/**
 * @returns what the item's timeline tells. What was found out holds for as long as `updated_at` stays, so that what does not change
 *   costs no request.
 */
export async function readHistory(
  github: GitHubClient,
  repository: Repository,
  item: Item,
  { policy, memo }: { policy: KindPolicy; memo: Memo },
): Promise<History> {
  const { baseUrl } = github.request.endpoint.DEFAULTS;
  const key = `${baseUrl} ${repository.owner}/${repository.repo}#${item.number} ${fingerprint(policy)}`;
  const known = await memo.recall(key);
  if (isKnown(known) && known.updatedAt === item.updatedAt) return known.history;
  const history = historyOf(await timelineOf(github, repository, item.number), item, policy);
  await memo.keep(key, { updatedAt: item.updatedAt, history }, memoLifetimeMs);
  return history;
}

interface Known {
  readonly updatedAt: number;
  readonly history: History;
}

function isKnown(value: unknown): value is Known {
  if (typeof value !== 'object' || value === null || !('updatedAt' in value) || !('history' in value)) return false;
  const { history } = value;
  return typeof history === 'object' && history !== null && 'lastByPeople' in history;
}

/** Of all that `historyOf` goes by. */
function fingerprint({ activity, staleLabel, options }: KindPolicy): string {
  const { 'close-label': close, 'add-labels-when-stale': add, 'remove-labels-when-stale': remove } = options;
  const asked = JSON.stringify([activity, staleLabel, close, add, remove, options['bot-accounts']]);
  return createHash('sha256').update(asked).digest('base64url').slice(0, 12);
}

const pageSize = 100;
/** A longer timeline is read from its end: so many pages of it. */
const mostPages = 5;

/** The latest events of a timeline: all of them, unless there are more than 500. */
async function timelineOf(
  github: GitHubClient,
  { owner, repo }: Repository,
  number: number,
): Promise<readonly TimelineEvent[]> {
  const request = (page: number) =>
    github.rest.issues.listEventsForTimeline({ owner, repo, issue_number: number, per_page: pageSize, page });
  const asked = new Map<number, ReturnType<typeof request>>();
  const ask = (page: number) => {
    const answer = asked.get(page) ?? request(page);
    asked.set(page, answer);
    return answer;
  };
  // A page that did not change is answered 304 and tells the last page of when it was read; only the last one says that none follows.
  let [last, newest] = [1, await ask(1)];
  for (let next = lastPageOf(newest, last); next > last; next = lastPageOf(newest, last)) {
    [last, newest] = [next, await ask(next)];
  }
  let events = newest.data.map(toTimelineEvent);
  for (let page = last - 1; page > Math.max(0, last - mostPages); page--) {
    events = [...(await ask(page)).data.map(toTimelineEvent), ...events];
  }
  return events;
}

/** @returns `page` itself when its answer tells of no later one. */
function lastPageOf({ headers }: { readonly headers: { readonly link?: string | undefined } }, page: number): number {
  return Number(/[?&]page=(\d+)[^>]*>; rel="last"/.exec(headers.link ?? '')?.[1] ?? page);
}

/** GitHub's events differ: who and when stand elsewhere in a commit and in a review. */
function toTimelineEvent(raw: object): TimelineEvent {
  const who = objectAt(raw, 'actor') ?? objectAt(raw, 'user');
  const committer = objectAt(raw, 'committer') ?? objectAt(raw, 'author');
  const by = textAt(who, 'login') ?? textAt(committer, 'name');
  const when = textAt(raw, 'created_at') ?? textAt(raw, 'submitted_at') ?? textAt(committer, 'date');
  return {
    event: textAt(raw, 'event') ?? '',
    at: when === undefined ? 0 : Date.parse(when),
    by,
    byBot: textAt(who, 'type') === 'Bot' || (by?.endsWith('[bot]') ?? false),
    label: textAt(objectAt(raw, 'label'), 'name'),
    body: textAt(raw, 'body'),
  };
}

function objectAt(value: object, key: string): object | undefined {
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'object' && found !== null ? found : undefined;
}

function textAt(value: object | undefined, key: string): string | undefined {
  const found: unknown = value && Reflect.get(value, key);
  return typeof found === 'string' ? found : undefined;
}
