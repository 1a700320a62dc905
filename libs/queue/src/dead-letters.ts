import { type Deployment, OctoError, silentLog } from '@octo-bots/core';
import { Queue } from 'bullmq';
import { type DeadLetter, deadLetterOf, type FoundRun, type RunsOf } from './dead-letter.ts';
import {
  backgroundJobsQueueName,
  botQueueName,
  defaultPrefix,
  jobSlugOf,
  type QueueAddress,
  runIdOf,
} from './names.ts';
import { connectToRedis, type RedisClient, within } from './redis-connection.ts';
import { explained, textOf } from './redis-obstacles.ts';
import { parseRedisUrl, placeText, type RedisPlace } from './redis-url.ts';
import { type ReplayOptions, type ReplayVerdict, replayRun } from './replay-run.ts';

export interface DeadLettersOptions extends QueueAddress {
  readonly deployment: Deployment;
}

export interface ListedDeadLetters {
  /** How many there are in all. */
  readonly total: number;
  /** The newest, newest first. */
  readonly letters: readonly DeadLetter[];
}

/** How long Redis may take to be there: somebody waits at a terminal. */
const connectMs = 2000;

/**
 * The runs of bots and background jobs that failed for good, for people: to look at them, and to replay them. Each call
 * throws OctoError QUEUE_UNREACHABLE when Redis is out of reach, after two seconds.
 */
export class DeadLetters {
  readonly #place: RedisPlace;
  readonly #redis: RedisClient;
  readonly #sources: readonly (RunsOf & { readonly slug: string | undefined })[];
  #trouble: Error | undefined;

  constructor({ redisUrl, deployment, prefix = defaultPrefix }: DeadLettersOptions) {
    this.#place = parseRedisUrl(redisUrl);
    this.#redis = connectToRedis({ redisUrl, temper: 'prompt', log: silentLog });
    this.#redis.on('error', (error: Error) => {
      this.#trouble = error;
    });
    const open = (name: string): Queue => {
      const connection = this.#redis;
      const options = { connection, prefix, skipWaitingForReady: true, skipVersionCheck: true, skipMetasUpdate: true };
      // What fails is told by the call that failed.
      return new Queue(name, options).on('error', () => undefined);
    };
    const jobNames = new Map(deployment.jobs.map(({ slug, name }) => [slug, name]));
    this.#sources = [
      ...deployment.bots.map((bot) => ({
        kind: 'bot' as const,
        slug: bot.slug,
        queue: open(botQueueName(bot)),
        nameOf: () => bot.name,
      })),
      {
        kind: 'background-job',
        slug: undefined,
        queue: open(backgroundJobsQueueName),
        nameOf: (runId) => jobNames.get(jobSlugOf(runId)) ?? jobSlugOf(runId),
      },
    ];
  }

  /** @param options.name only those of the bot or background job of this name. */
  list(options: { limit: number; name?: string | undefined }): Promise<ListedDeadLetters> {
    return this.#asked(async () => {
      const ids = await Promise.all(this.#sources.map((source) => this.#idsOf(source, options.name)));
      const newest = ids
        .flat()
        .sort((one, other) => other.failedAt - one.failedAt)
        .slice(0, options.limit);
      const letters = await Promise.all(
        newest.map(async ({ source, id }) => {
          const job = await source.queue.getJob(id);
          // One that was replayed since then is none any more.
          return job?.finishedOn === undefined ? undefined : deadLetterOf(source, job);
        }),
      );
      return { total: ids.flat().length, letters: letters.filter((letter) => letter !== undefined) };
    });
  }

  /** @param id a run's, or a delivery's: then of all its runs. Empty when nothing has this id. */
  find(id: string): Promise<readonly FoundRun[]> {
    return this.#asked(async () => {
      const found = await Promise.all(
        this.#sources.flatMap(({ slug, queue, nameOf }) =>
          (slug === undefined ? [id] : [id, runIdOf(id, { slug })]).map(async (run) => {
            const job = await queue.getJob(run);
            return job === undefined ? undefined : { run, name: nameOf(run), state: await job.getState() };
          }),
        ),
      );
      return found.filter((run) => run !== undefined);
    });
  }

  /** Puts one run back into its queue: it goes on after what its ledger holds as finished, with all its attempts again. */
  replay(runId: string, options: ReplayOptions): Promise<ReplayVerdict> {
    return this.#asked(async () => {
      for (const { queue } of this.#sources) {
        const verdict = await replayRun(runId, { ...options, queue, redis: this.#redis });
        if (verdict.replayed || verdict.state !== 'unknown') return verdict;
      }
      return { replayed: false, state: 'unknown' };
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#sources.map(({ queue }) => queue.close()));
    this.#redis.disconnect();
  }

  /** Ids alone, since a run carries its whole event. */
  async #idsOf(source: RunsOf, name: string | undefined) {
    const flat = await this.#redis.zrevrange(source.queue.toKey('failed'), 0, -1, 'WITHSCORES');
    const ids = [];
    for (let index = 0; index < flat.length; index += 2) {
      const id = flat[index] ?? '';
      if (name === undefined || source.nameOf(id) === name) ids.push({ source, id, failedAt: Number(flat[index + 1]) });
    }
    return ids;
  }

  async #asked<T>(call: () => Promise<T>): Promise<T> {
    await this.#connected();
    try {
      return await call();
    } catch (error) {
      throw error instanceof OctoError ? error : await this.#unreachable(error);
    }
  }

  async #connected(): Promise<void> {
    if (this.#redis.status === 'ready') return;
    const { promise, resolve } = Promise.withResolvers<true>();
    const ready = () => resolve(true);
    this.#redis.once('ready', ready);
    const isReady = await within(promise, connectMs);
    this.#redis.off('ready', ready);
    if (isReady === undefined) throw await this.#unreachable(this.#trouble);
  }

  async #unreachable(error: unknown): Promise<OctoError> {
    const trouble = error instanceof Error ? error : new Error('no answer');
    const cause = await explained(trouble, this.#place);
    return new OctoError(
      'QUEUE_UNREACHABLE',
      `Redis does not answer as it should at ${placeText(this.#place)}: ${textOf(cause)}; it must answer within ${connectMs / 1000} s, ` +
        'and take the user, the password and the TLS of the URL; is it running, and is REDIS_URL (--redis-url) its address?',
      { cause },
    );
  }
}
