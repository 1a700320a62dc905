import { OctoError } from '@octo-bots/core';

interface Hold {
  readonly controller: AbortController;
  renewedAt: number;
}

/**
 * Which runs this process holds, and since when each hold was last renewed.
 *
 * A hold is taken when a run starts and ends with it. In between it is *lost* when Redis says so, or when it could not be
 * renewed for so long that another worker may have started the run: then its signal tells the run to stop.
 */
export class RunHolds {
  readonly #holds = new Map<string, Hold>();
  readonly #longestSilenceMs: number;
  readonly #watch: NodeJS.Timeout;
  #waiting: (() => void)[] = [];

  /** @param longestSilenceMs shorter than the time after which BullMQ gives a run to another worker. */
  constructor(longestSilenceMs: number) {
    this.#longestSilenceMs = longestSilenceMs;
    this.#watch = setInterval(() => this.#loseSilent(), Math.max(50, longestSilenceMs / 20));
    this.#watch.unref();
  }

  get count(): number {
    return this.#holds.size;
  }

  /** @returns how many of them are of one queue. */
  countOf(qualifiedQueueName: string): number {
    let count = 0;
    for (const runKey of this.#holds.keys()) if (runKey.startsWith(`${qualifiedQueueName}:`)) count++;
    return count;
  }

  /** @returns the signal that tells when the hold is lost. */
  take(runKey: string): AbortSignal {
    const controller = new AbortController();
    this.#holds.set(runKey, { controller, renewedAt: performance.now() });
    return controller.signal;
  }

  release(runKey: string): void {
    this.#holds.delete(runKey);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when a run ended. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  renewed(runKey: string): void {
    const hold = this.#holds.get(runKey);
    if (hold !== undefined) hold.renewedAt = performance.now();
  }

  lost(runKey: string): void {
    this.#holds
      .get(runKey)
      ?.controller.abort(new OctoError('RUN_TAKEN_OVER', 'this worker lost its hold on the run; another may have it'));
  }

  close(): void {
    clearInterval(this.#watch);
  }

  #loseSilent(): void {
    const oldest = performance.now() - this.#longestSilenceMs;
    for (const [runKey, hold] of this.#holds) if (hold.renewedAt < oldest) this.lost(runKey);
  }
}
