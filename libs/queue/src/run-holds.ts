import { OctoError } from '@octo-bots/core';

/** A run that this process works on. */
export interface Hold {
  /** Tells when the hold is lost. */
  readonly signal: AbortSignal;
  release(): void;
}

interface HeldRun {
  readonly queue: string;
  readonly renew: (() => Promise<boolean>) | undefined;
  readonly controller: AbortController;
  renewedAt: number;
  renewing: boolean;
}

/** How often a hold is renewed while Redis keeps it: one that comes late, or is lost on the way, costs no run. */
const renewals = 4;
/** A run that is silent for this part of that time is stopped before another worker takes it. */
const longestSilence = 5 / 6;

/**
 * Which runs this process holds: it tells Redis that they go on, and the runs when that is not so any more.
 *
 * A hold is taken when a run starts and ends with it. In between it is renewed, or *lost* when Redis says so, or when it could not
 * be renewed for so long that another worker may have started the run: then its signal tells the run to stop.
 *
 * BullMQ would renew as well, by the ids of runs: when a run is put off and goes on in the same process at once, the end of its first
 * part there ends the renewal of its second one (6.7.0). A hold is one part of a run, whatever its id.
 */
export class RunHolds {
  readonly #holds = new Set<HeldRun>();
  readonly #longestSilenceMs: number;
  readonly #timers: readonly NodeJS.Timeout[];
  #waiting: (() => void)[] = [];

  /** @param keptMs how long Redis keeps a run for a worker that says nothing. */
  constructor(keptMs: number) {
    this.#longestSilenceMs = keptMs * longestSilence;
    this.#timers = [
      setInterval(() => this.#renewAll(), keptMs / renewals),
      setInterval(() => this.#loseSilent(), Math.max(50, this.#longestSilenceMs / 20)),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  get count(): number {
    return this.#holds.size;
  }

  /** @returns how many of them are of one queue. */
  countOf(queue: string): number {
    let count = 0;
    for (const held of this.#holds) if (held.queue === queue) count++;
    return count;
  }

  /**
   * @param queue the qualified name of the queue of the run.
   * @param renew makes Redis keep the run for this process; false when it does not any more. Without it the hold is lost in time.
   */
  take(queue: string, renew?: () => Promise<boolean>): Hold {
    const controller = new AbortController();
    const held = { queue, renew, controller, renewedAt: performance.now(), renewing: false };
    this.#holds.add(held);
    return { signal: controller.signal, release: () => this.#release(held) };
  }

  /** Resolves when a run ended. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #release(held: HeldRun): void {
    this.#holds.delete(held);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #renewAll(): void {
    for (const held of this.#holds) if (!held.renewing && !held.controller.signal.aborted) void this.#renew(held);
  }

  async #renew(held: HeldRun): Promise<void> {
    if (held.renew === undefined) return;
    held.renewing = true;
    // What Redis is asked now it may grant much later; the time counts from here.
    const askedAt = performance.now();
    try {
      if (await held.renew()) held.renewedAt = askedAt;
      else this.#lose(held);
    } catch {
      // Redis is out of reach: the next renewal may reach it, and if none does, the silence tells.
    } finally {
      held.renewing = false;
    }
  }

  #loseSilent(): void {
    const oldest = performance.now() - this.#longestSilenceMs;
    for (const held of this.#holds) if (held.renewedAt < oldest) this.#lose(held);
  }

  #lose(held: HeldRun): void {
    // A renewal may be answered after the run has ended.
    if (!this.#holds.has(held)) return;
    held.controller.abort(new OctoError('RUN_TAKEN_OVER', 'this worker lost its hold on the run; another may have it'));
  }
}
