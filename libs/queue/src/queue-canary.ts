import type { Log } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import type { Queue, RateLimiterOptions } from 'bullmq';
import { type RedisClient, within } from './redis-connection.ts';

/** So often in a row runs must have waited in vain. Counted, not timed: a process that was paused has looked at nothing meanwhile. */
const looksInVain = 6;
const lookMs = 5000;
/** In BullMQ's scores of delayed runs the time stands above twelve bits of order. */
const delayedScorePerMs = 0x1000;
/** A run whose delay ended this long ago waits like any other. */
const lateMs = 5000;

export interface QueueCanaryOptions {
  readonly queue: Queue;
  readonly redis: RedisClient;
  readonly limiter: RateLimiterOptions | undefined;
  /** Whether this process has a free place for a run of the queue. */
  readonly hasRoom: () => boolean;
  readonly log: Log;
}

/**
 * Notices that this process takes no runs of a queue any more, whatever the cause: runs wait, nothing forbids to take
 * them, there is room, and look after look none was taken. A queue that is paused, capped or rate-limited is not stuck.
 */
export class QueueCanary {
  readonly #options: QueueCanaryOptions;
  #inVain = 0;

  constructor(options: QueueCanaryOptions) {
    this.#options = options;
  }

  get queueName(): string {
    return this.#options.queue.name;
  }

  get stuck(): boolean {
    return this.#inVain >= looksInVain;
  }

  /** A run was taken, or nothing can be said. */
  forget(): void {
    this.#inVain = 0;
  }

  async look(): Promise<void> {
    const { hasRoom, queue, log } = this.#options;
    const before = this.#inVain;
    const waitsInVain = hasRoom() && ((await within(this.#couldTake(), lookMs).catch(() => undefined)) ?? false);
    if (!waitsInVain) {
      this.forget();
      return;
    }
    // A run that was taken meanwhile has set it back.
    if (this.#inVain !== before) return;
    this.#inVain++;
    if (this.#inVain === looksInVain) log.error({ [logKey.queue]: queue.name }, 'takes no runs although some wait');
  }

  /** Whether runs wait that nothing keeps from being taken. */
  async #couldTake(): Promise<boolean> {
    const { queue, limiter } = this.#options;
    const [waiting, late, paused, maxed, limitedMs] = await Promise.all([
      queue.getJobCountByTypes('waiting', 'prioritized'),
      this.#countLate(),
      queue.isPaused(),
      queue.isMaxed(),
      limiter === undefined ? 0 : queue.getRateLimitTtl(limiter.max),
    ]);
    return waiting + late > 0 && !paused && !maxed && limitedMs <= 0;
  }

  async #countLate(): Promise<number> {
    const { queue, redis } = this.#options;
    return redis.zcount(queue.toKey('delayed'), 0, (Date.now() - lateMs) * delayedScorePerMs);
  }
}
