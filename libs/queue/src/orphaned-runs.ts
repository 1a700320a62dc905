import { randomUUID } from 'node:crypto';
import { type Bot, type Log, OctoError } from '@octo-bots/core';
import { logKey, type Metrics } from '@octo-bots/telemetry';
import { Queue, UnrecoverableError, Worker } from 'bullmq';
import { botQueueName, knownBotsKey } from './names.ts';
import type { RedisClient } from './redis-connection.ts';

/** Most runs ended at one comparison; the rest at the next ones. */
const mostAtOnce = 1000;

export interface OrphanedRunsOptions {
  readonly redis: RedisClient;
  readonly prefix: string;
  /** Those of the YAML. */
  readonly bots: readonly Bot[];
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  readonly patienceMs: number;
}

/**
 * Finds runs that wait for a bot which left the YAML (removed, or renamed) and which no worker takes, tells of them, and
 * after a while ends them as failed: seen, kept and replayable as any failed run, and no longer in the way of the bots
 * that come after theirs.
 */
export class OrphanedRuns {
  readonly #options: OrphanedRunsOptions;
  /** Slug → since when nobody takes its runs. */
  readonly #since = new Map<string, number>();

  constructor(options: OrphanedRunsOptions) {
    this.#options = options;
  }

  async reconcile(): Promise<void> {
    const { redis, prefix, bots } = this.#options;
    const known = knownBotsKey(prefix);
    const own = new Set(bots.map(({ slug }) => slug));
    if (own.size > 0) await redis.sadd(known, ...own);
    for (const slug of await redis.smembers(known)) if (!own.has(slug)) await this.#lookAt(slug, known);
  }

  async #lookAt(slug: string, known: string): Promise<void> {
    const { redis, prefix, log, metrics, patienceMs } = this.#options;
    const queue = new Queue(botQueueName({ slug }), { connection: redis, prefix, skipMetasUpdate: true });
    queue.on('error', () => undefined);
    try {
      const { completed = 0, failed = 0, ...open } = await queue.getJobCounts();
      const count = Object.values(open).reduce((sum, each) => sum + each, 0);
      // A worker with another version of the YAML has the bot.
      const isOrphaned = count > 0 && (await queue.getWorkersCount()) === 0;
      metrics?.orphanedRuns.set({ bot: slug }, isOrphaned ? count : 0);
      if (!isOrphaned) {
        this.#since.delete(slug);
        if (count + completed + failed === 0) await redis.srem(known, slug);
        return;
      }
      const since = this.#since.get(slug);
      if (since === undefined) {
        this.#since.set(slug, performance.now());
        const fields = { [logKey.bot]: slug, [logKey.count]: count, failAfterMs: patienceMs };
        log.warn(fields, 'runs wait for a bot that the configuration does not have; add it again, or let them fail');
      } else if (performance.now() - since >= patienceMs) {
        const ended = await this.#end(queue.name, slug);
        if (ended > 0) log.warn({ [logKey.bot]: slug, [logKey.count]: ended }, 'runs of an unknown bot failed');
      }
    } finally {
      await queue.close();
    }
  }

  /** @returns how many runs were ended; those that are not due yet, or whose worker was lost just now, come later. */
  async #end(queueName: string, slug: string): Promise<number> {
    const { redis, prefix } = this.#options;
    const worker = new Worker(queueName, null, { connection: redis, prefix, autorun: false });
    worker.on('error', () => undefined);
    try {
      // Runs of workers that are gone still stand as under way.
      await worker.startStalledCheckTimer();
      for (let ended = 0; ; ended++) {
        const token = randomUUID();
        const run = ended < mostAtOnce ? await worker.getNextJob(token, { block: false }) : undefined;
        if (run === undefined) return ended;
        const { code, message } = unknownBot(slug);
        await run.moveToFailed(new UnrecoverableError(`${code}: ${message}`), token, false);
      }
    } finally {
      await worker.close();
    }
  }
}

function unknownBot(slug: string): OctoError {
  return new OctoError(
    'RUN_UNKNOWN_BOT',
    `this run is of the bot "${slug}", which the configuration does not have; was it removed or renamed? Add it again to replay the run`,
  );
}
