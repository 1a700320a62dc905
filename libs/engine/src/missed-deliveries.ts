import type { DeliveryAttempt } from '@octo-bots/core';

/**
 * Which events never arrived, and when each is asked for again. Decisions alone: who lists the attempts, who keeps what was
 * found, and who asks is elsewhere. All times are epoch milliseconds.
 *
 * The attempts of a service are looked at from the newest down to where the last scan began, page by page; a scan may be
 * broken off after any page and gone on with later, by anybody.
 */
export interface RecoveryPolicy {
  /** How far back the service delivers again; what failed before that is given up. */
  readonly windowMs: number;
  /** How far a scan goes over what the one before saw: attempts are listed when they end, not when they begin. */
  readonly overlapMs: number;
  /** From an attempt that failed to our first asking. */
  readonly settleMs: number;
  /** From the first asking to the second; each next one waits twice as long, … */
  readonly firstDelayMs: number;
  /** … but no longer than this. */
  readonly longestDelayMs: number;
}

const minuteMs = 60_000;

export const usualRecoveryPolicy: RecoveryPolicy = {
  windowMs: 3 * 24 * 60 * minuteMs,
  overlapMs: 5 * minuteMs,
  settleMs: 10_000,
  firstDelayMs: minuteMs,
  longestDelayMs: 30 * minuteMs,
};

/** An event of which no attempt was answered 2xx. Plain data, so that it can be kept. */
export interface MissedDelivery {
  /** `X-GitHub-Event`. */
  readonly event: string;
  /** Its newest attempt: what is asked for again. */
  readonly attemptId: string;
  /** HTTP status of that attempt. */
  readonly status: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Was its very first attempt seen? Until then it may be one that arrived, and that somebody let be delivered again. */
  readonly fromTheStart: boolean;
  /** How often we asked. */
  readonly asked: number;
  /** When we asked last; 0: never. */
  readonly askedAt: number;
}

/** Missed deliveries by `X-GitHub-Delivery`. */
export type MissedDeliveries = ReadonlyMap<string, MissedDelivery>;

/** What to keep of them from now on: a new version, or undefined for what is over. */
export type MissedChanges = ReadonlyMap<string, MissedDelivery | undefined>;

/** A scan that is not at its end. Plain data, so that it can be kept. */
export interface Scan {
  /** Attempts before this are not looked at. */
  readonly from: number;
  /** The newest attempt that it saw; undefined before its first page. */
  readonly until?: number | undefined;
  /** Where its next page begins; undefined for the first. */
  readonly cursor?: string | undefined;
  /** Deliveries whose older attempts no longer matter, since a newer one arrived or was refused for good. */
  readonly settled: readonly string[];
}

export interface RecoveryProgress {
  /** All attempts up to here have been looked at. */
  readonly seenUntil?: number | undefined;
  readonly scan?: Scan | undefined;
  /** A rate limit: nothing is asked of the service before this. */
  readonly notBefore?: number | undefined;
}

/**
 * Answers of our own ingress that say that the message itself is wrong: too large, of a wrong content type, not what GitHub
 * sends. The same message is answered the same each time. Every other answer (a wrong secret, a wrong path, a proxy in
 * between, 5xx, none at all) tells of a state of ours, which people mend.
 */
const refusedForGood: ReadonlySet<number> = new Set([400, 413, 415]);

/** @returns where the next scan goes on, or a new one. */
export function scanOf(progress: RecoveryProgress, now: number, policy: RecoveryPolicy): Scan {
  if (progress.scan !== undefined) return progress.scan;
  const seenUntil = progress.seenUntil ?? 0;
  return { from: Math.max(now - policy.windowMs, seenUntil - policy.overlapMs), settled: [] };
}

export interface PageFindings {
  /** The scan as it goes on; undefined at its end. */
  readonly scan: Scan | undefined;
  /** Of the scan, once it is at its end: what `seenUntil` becomes; undefined when there was no attempt at all. */
  readonly seenUntil: number | undefined;
  readonly changes: MissedChanges;
  /** Missed, and not known before. */
  readonly found: readonly string[];
  /** Known as missed, and now arrived. */
  readonly arrived: readonly string[];
  /** Known as missed, and now refused for good. */
  readonly refused: readonly string[];
}

/** Looks at one page of attempts, newest first. @param input.next the cursor of the page after it, if there is one. */
export function lookAtPage(input: {
  attempts: readonly DeliveryAttempt[];
  next: string | undefined;
  scan: Scan;
  missed: MissedDeliveries;
}): PageFindings {
  const { attempts, next, scan, missed } = input;
  const settled = new Set(scan.settled);
  const changes = new Map<string, MissedDelivery | undefined>();
  const findings = { found: [] as string[], arrived: [] as string[], refused: [] as string[] };
  for (const attempt of attempts) {
    const { delivery, status } = attempt;
    if (attempt.at < scan.from || settled.has(delivery)) continue;
    const known = changes.has(delivery) ? changes.get(delivery) : missed.get(delivery);
    if (!hasArrived(status) && !refusedForGood.has(status)) {
      const newer = addAttempt(known, attempt);
      if (newer !== known) changes.set(delivery, newer);
      if (newer.fromTheStart && !known?.fromTheStart) findings.found.push(delivery);
      continue;
    }
    // Of a first attempt there are no older ones.
    if (attempt.redelivery) settled.add(delivery);
    if (known === undefined || (!hasArrived(status) && attempt.redelivery && attempt.at < known.lastAt)) continue;
    changes.set(delivery, undefined);
    if (known.fromTheStart) findings[hasArrived(status) ? 'arrived' : 'refused'].push(delivery);
  }
  const until = scan.until ?? attempts[0]?.at;
  const atEnd = next === undefined || attempts.some(({ at }) => at < scan.from);
  if (!atEnd) {
    return {
      ...findings,
      changes,
      seenUntil: undefined,
      scan: { ...scan, until, cursor: next, settled: [...settled] },
    };
  }
  return { ...findings, changes: withoutUnclear(missed, changes), seenUntil: until, scan: undefined };
}

function hasArrived(status: number): boolean {
  return status >= 200 && status < 300;
}

function addAttempt(known: MissedDelivery | undefined, attempt: DeliveryAttempt): MissedDelivery {
  const { id, event, at, status, redelivery } = attempt;
  if (known === undefined) {
    return { event, attemptId: id, status, firstAt: at, lastAt: at, fromTheStart: !redelivery, asked: 0, askedAt: 0 };
  }
  const fromTheStart = known.fromTheStart || !redelivery;
  if (at > known.lastAt) return { ...known, attemptId: id, status, lastAt: at, fromTheStart };
  if (at >= known.firstAt && fromTheStart === known.fromTheStart) return known;
  return { ...known, firstAt: Math.min(at, known.firstAt), fromTheStart };
}

/** At the end of a scan, what has no first attempt within it was not missed: its first attempt arrived, or was refused. */
function withoutUnclear(missed: MissedDeliveries, changes: MissedChanges): MissedChanges {
  const all = new Map(changes);
  for (const [delivery, one] of missed) if (!one.fromTheStart && !all.has(delivery)) all.set(delivery, undefined);
  for (const [delivery, one] of all) if (one?.fromTheStart === false) all.set(delivery, undefined);
  return all;
}

/** What the service delivers no more. */
export function givenUp(missed: MissedDeliveries, now: number, policy: RecoveryPolicy): readonly string[] {
  return [...missed].filter(([, { firstAt }]) => firstAt < now - policy.windowMs).map(([delivery]) => delivery);
}

/** What to ask for now, the longest due first. */
export function dueForRedelivery(missed: MissedDeliveries, now: number, policy: RecoveryPolicy): readonly string[] {
  return [...missed]
    .filter(([, one]) => one.fromTheStart && one.firstAt >= now - policy.windowMs)
    .map(([delivery, one]) => ({ delivery, dueAt: dueAt(one, policy) }))
    .filter((one) => one.dueAt <= now)
    .toSorted((one, other) => one.dueAt - other.dueAt)
    .map(({ delivery }) => delivery);
}

function dueAt({ asked, askedAt, lastAt }: MissedDelivery, policy: RecoveryPolicy): number {
  if (asked === 0) return lastAt + policy.settleMs;
  return Math.max(askedAt, lastAt) + Math.min(policy.firstDelayMs * 2 ** (asked - 1), policy.longestDelayMs);
}

/** The delivery as it stands once it was asked for. */
export function asAsked(one: MissedDelivery, now: number): MissedDelivery {
  return { ...one, asked: one.asked + 1, askedAt: now };
}
