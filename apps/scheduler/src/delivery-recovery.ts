import { setTimeout as delay } from 'node:timers/promises';
import { answeredStatus, type DeliverySource, type Log, OctoError } from '@octo-bots/core';
import {
  asAsked,
  type ClientPool,
  dueForRedelivery,
  givenUp,
  lookAtPage,
  type MissedDelivery,
  type PageFindings,
  type RecoveryPolicy,
  type RecoveryProgress,
  type Scan,
  scanOf,
  usualRecoveryPolicy,
} from '@octo-bots/engine';
import { type QueueAddress, type RecoveryHold, RecoveryState } from '@octo-bots/queue';
import { logKey, type Metrics, type MissedDeliveryResult } from '@octo-bots/telemetry';

/**
 * How fast missed deliveries are looked for and asked for. The usual pace is at most 1,800 pages and 2,700 askings an hour,
 * within the 5,000 requests that GitHub allows an App.
 */
export interface RecoveryPace extends RecoveryPolicy {
  /** From one round to the next. */
  readonly everyMs: number;
  /** After rounds that failed, at most this long. */
  readonly longestPauseMs: number;
  /** Most pages that one round looks at; the next one goes on after them. */
  readonly pagesPerRound: number;
  /** Most deliveries that one round asks for. */
  readonly asksPerRound: number;
  /** How long a scheduler that died keeps the others out; longer than any one request. */
  readonly holdMs: number;
}

export const usualRecoveryPace: RecoveryPace = {
  ...usualRecoveryPolicy,
  everyMs: 20_000,
  longestPauseMs: 10 * 60_000,
  pagesPerRound: 10,
  asksPerRound: 15,
  holdMs: 90_000,
};

export interface DeliveryRecoveryOptions extends QueueAddress {
  readonly clients: Pick<ClientPool, 'deliverySources'>;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** The usual one for everyone but tests, which cannot wait that long. */
  readonly pace?: Partial<RecoveryPace> | undefined;
}

const stopMs = 2000;

/**
 * Asks services again for the events that they could not deliver. Round after round, and of any number of schedulers one at
 * a time: look at the attempts since the last round, write down what was missed, ask for what is due. Each step is written
 * to Redis before the next, so that whoever goes on after a crash neither forgets a delivery nor asks for it twice.
 */
export class DeliveryRecovery {
  readonly #options: DeliveryRecoveryOptions;
  readonly #pace: RecoveryPace;
  readonly #state: RecoveryState;
  readonly #stopping = new AbortController();
  #rounds: Promise<void> = Promise.resolve();
  /** Those that keep the other schedulers out until the next round is due. */
  #holds: RecoveryHold[] = [];

  constructor(options: DeliveryRecoveryOptions) {
    this.#options = options;
    this.#pace = { ...usualRecoveryPace, ...options.pace };
    this.#state = new RecoveryState(options);
  }

  /** Returns at once. */
  start(): void {
    this.#rounds = this.#goRound().then(() => this.#letGo());
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.race([this.#rounds, delay(stopMs, undefined, { ref: false })]);
    // What still waits for Redis ends with this.
    this.#state.close();
    await this.#rounds;
  }

  async #goRound(): Promise<void> {
    const { log } = this.#options;
    const { everyMs, longestPauseMs } = this.#pace;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#round();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        log.warn({ [logKey.err]: error }, 'missed deliveries could not be looked for');
      }
      const pauseMs = Math.max(everyMs, Math.min(everyMs * (2 ** failures - 1), longestPauseMs));
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Another scheduler need not wait for one that stopped. */
  async #letGo(): Promise<void> {
    await Promise.allSettled(this.#holds.map((hold) => hold.release(0)));
  }

  async #round(): Promise<void> {
    const { clients, log } = this.#options;
    this.#holds = [];
    const sources = await clients.deliverySources({ log, signal: this.#stopping.signal });
    for (const source of sources) {
      const hold = await this.#state.hold(source.name, this.#pace.holdMs);
      if (hold === undefined) continue;
      this.#holds.push(hold);
      try {
        await this.#recover(source, hold);
      } finally {
        // Until the next round is due, no other scheduler has anything to do here.
        await hold.release(this.#pace.everyMs * 0.9);
      }
    }
  }

  async #recover(source: DeliverySource, hold: RecoveryHold): Promise<void> {
    const { progress, missed } = await hold.load();
    if ((progress.notBefore ?? 0) > Date.now()) return;
    try {
      const scanned = await this.#look(source, hold, progress, missed);
      // Before the end of a scan an older attempt may still turn up that arrived.
      if (!scanned) return;
      await this.#giveUp(hold, missed);
      await this.#ask(source, hold, missed);
    } catch (error) {
      if (!(error instanceof OctoError) || error.resumeAt === undefined) throw error;
      const { progress: latest } = await hold.load();
      await hold.save({ progress: { ...latest, notBefore: error.resumeAt } });
      this.#options.log.warn({ [logKey.err]: error }, 'missed deliveries wait for a rate limit');
    }
  }

  /** Looks at pages until this round has looked at enough; `missed` is kept up to date. @returns whether the scan is at its end. */
  async #look(
    source: DeliverySource,
    hold: RecoveryHold,
    before: RecoveryProgress,
    missed: Map<string, MissedDelivery>,
  ): Promise<boolean> {
    const { seenUntil } = before;
    let scan: Scan | undefined = scanOf(before, Date.now(), this.#pace);
    for (let page = 0; page < this.#pace.pagesPerRound; page++) {
      const listed = await this.#page(source, scan);
      if (listed === undefined) {
        // Cursors expire: all over again.
        scan = scanOf({ seenUntil }, Date.now(), this.#pace);
        continue;
      }
      const findings: PageFindings = lookAtPage({ ...listed, scan, missed });
      scan = findings.scan;
      const progress = { seenUntil: findings.seenUntil ?? seenUntil, scan };
      await this.#save(hold, { progress, changes: findings.changes });
      this.#tell(findings, missed);
      apply(findings.changes, missed);
      if (scan === undefined) return true;
    }
    return false;
  }

  /** @returns undefined when the cursor is no longer taken. */
  async #page(source: DeliverySource, { cursor }: Scan) {
    try {
      return await source.attempts(cursor);
    } catch (error) {
      if (cursor === undefined || !isRefusal(error)) throw error;
      return undefined;
    }
  }

  async #giveUp(hold: RecoveryHold, missed: Map<string, MissedDelivery>): Promise<void> {
    const changes = new Map<string, undefined>();
    for (const delivery of givenUp(missed, Date.now(), this.#pace)) {
      this.#report('given-up', delivery, missed.get(delivery), 'GitHub does not deliver it again after three days');
      changes.set(delivery, undefined);
    }
    apply(changes, missed);
    if (changes.size > 0) await this.#save(hold, { changes });
  }

  async #ask(source: DeliverySource, hold: RecoveryHold, missed: Map<string, MissedDelivery>): Promise<void> {
    const due = dueForRedelivery(missed, Date.now(), this.#pace).slice(0, this.#pace.asksPerRound);
    for (const delivery of due) {
      const one = missed.get(delivery);
      if (one === undefined || this.#stopping.signal.aborted) return;
      const asked = asAsked(one, Date.now());
      // Written first: who goes on after a crash here asks once more only when its time has come.
      await this.#save(hold, { changes: new Map([[delivery, asked]]) });
      missed.set(delivery, asked);
      try {
        await source.redeliver(one.attemptId);
        this.#report('asked', delivery, asked);
      } catch (error) {
        // It was not asked for, so its turn is not over. An asking without an answer may have been one, and counts.
        if (isRateLimit(error)) await this.#save(hold, { changes: new Map([[delivery, one]]) });
        if (!isRefusal(error)) throw error;
        const about = { [logKey.delivery]: delivery, [logKey.event]: one.event, [logKey.err]: error };
        this.#options.log.warn(about, 'a missed delivery could not be asked for');
      }
    }
  }

  async #save(hold: RecoveryHold, news: Parameters<RecoveryHold['save']>[0]): Promise<void> {
    if (await hold.save(news)) return;
    throw new Error('another scheduler looks for missed deliveries by now, since this one took too long');
  }

  #tell({ found, arrived, refused, changes }: PageFindings, missed: ReadonlyMap<string, MissedDelivery>): void {
    for (const delivery of found) this.#report('found', delivery, changes.get(delivery) ?? missed.get(delivery));
    for (const delivery of arrived) this.#report('recovered', delivery, missed.get(delivery));
    for (const delivery of refused) {
      this.#report('given-up', delivery, missed.get(delivery), 'the ingress refuses this message for good');
    }
  }

  #report(result: MissedDeliveryResult, delivery: string, one: MissedDelivery | undefined, reason?: string): void {
    this.#options.metrics?.missedDeliveries.inc({ result });
    const about = {
      [logKey.delivery]: delivery,
      [logKey.event]: one?.event,
      [logKey.status]: one?.status,
      [logKey.attempt]: one?.asked,
      ...(reason === undefined ? {} : { [logKey.reason]: reason }),
    };
    this.#options.log[result === 'given-up' ? 'error' : 'info'](about, messages[result]);
  }
}

const messages: Readonly<Record<MissedDeliveryResult, string>> = {
  found: 'missed delivery found',
  asked: 'missed delivery asked for',
  recovered: 'missed delivery arrived',
  'given-up': 'missed delivery given up',
};

/** What was asked for is refused: a cursor, or an attempt. Nothing is wrong with us, so the next may be asked for. */
function isRefusal(error: unknown): boolean {
  return [400, 404, 422].includes(answeredStatus(error) ?? 0);
}

function isRateLimit(error: unknown): boolean {
  return error instanceof OctoError && error.resumeAt !== undefined;
}

function apply(changes: ReadonlyMap<string, MissedDelivery | undefined>, missed: Map<string, MissedDelivery>): void {
  for (const [delivery, one] of changes) {
    if (one === undefined) missed.delete(delivery);
    else missed.set(delivery, one);
  }
}
