import { type Deployment, failed, type Log, OctoError } from '@octo-bots/core';
import type { ClientPool } from '@octo-bots/engine';
import { logKey, type Metrics } from '@octo-bots/telemetry';
import { type Job, Queue, type RateLimiterOptions, Worker } from 'bullmq';
import { reconcileConcurrency } from './bot-limits.ts';
import { countDeadLetter } from './dead-letter-metrics.ts';
import { claimJobRun } from './job-run-claim.ts';
import { backgroundJobsQueueName, botQueueName, defaultPrefix, type QueueAddress } from './names.ts';
import { QueueCanary } from './queue-canary.ts';
import { answers, connectToRedis, type RedisClient, redisErrorReporter, within } from './redis-connection.ts';
import { redisLedger } from './redis-ledger.ts';
import { RunHolds } from './run-holds.ts';
import { runProcessor } from './run-processor.ts';
import { backgroundJobWork, botWork, type RunWork } from './run-work.ts';

export interface RunConsumerOptions extends QueueAddress {
  readonly deployment: Deployment;
  readonly clients: ClientPool;
  /** Most runs of one queue that this process works on at once. */
  readonly concurrency: number;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** How long `stop()` lets runs end by themselves before they are handed back; 20 s by default. */
  readonly drainMs?: number | undefined;
  /**
   * After this long without a sign of life from its worker a run is given to another one, which may take two thirds of it to find
   * it; 30 s by default. All workers of one deployment have the same.
   */
  readonly lockMs?: number | undefined;
  /** How often is looked whether each queue is still worked on; 10 s by default. One that is not is told after six looks. */
  readonly lookEveryMs?: number | undefined;
}

const defaultDrainMs = 20_000;
/** For operations to heed their signal (the engine waits 5 s for that), and for Redis to take the runs back. */
const handBackMs = 7000;
/** For connections to close. */
const closeMs = 3000;
const defaultLockMs = 30_000;
/** How often, in that time, workers look for runs that nobody keeps. BullMQ would look once, and so find some after three times as long. */
const looks = 3;
const defaultLookEveryMs = 10_000;
/** The processor ends a run that was lost too often, with its reason; this is for one that it never gets to see. */
const mostLosses = 1000;

interface ConsumedQueue {
  readonly queue: Queue;
  readonly work: RunWork;
  readonly limiter?: RateLimiterOptions | undefined;
  /** What must be done before the first run. */
  readonly after?: Promise<void>;
}

/**
 * Takes runs from the queues of all bots and of the background jobs, and hands them to the engine.
 *
 * *new* → `start()` → *working* → `stop()` → *draining* (takes nothing new, lets runs end) → *handing back* (tells what still
 * runs to stop, gives it back to Redis without burning an attempt) → *stopped*. Each step is bounded, whatever operations and
 * Redis do; a run that could not even be handed back is taken over by another worker within a minute.
 */
export class RunConsumer {
  readonly #options: RunConsumerOptions;
  readonly #redis: RedisClient;
  readonly #lockMs: number;
  readonly #holds: RunHolds;
  readonly #shutdown = new AbortController();
  readonly #report: (error: Error) => void;
  readonly #workers: Worker[] = [];
  readonly #canaries: QueueCanary[] = [];
  #looking: NodeJS.Timeout | undefined;
  #state: 'new' | 'working' | 'stopping' = 'new';
  #broken: string | undefined;

  constructor(options: RunConsumerOptions) {
    this.#options = options;
    this.#lockMs = options.lockMs ?? defaultLockMs;
    this.#holds = new RunHolds(this.#lockMs);
    this.#redis = connectToRedis({ redisUrl: options.redisUrl, temper: 'patient', log: options.log });
    this.#report = redisErrorReporter(options.log);
  }

  /** Returns at once: while Redis is down it waits for it. */
  async start(): Promise<void> {
    const { deployment, clients, log, metrics, lookEveryMs = defaultLookEveryMs } = this.#options;
    this.#state = 'working';
    const shared = { clients, log, metrics };
    for (const bot of deployment.bots) {
      const queue = this.#open(botQueueName(bot));
      const { rateLimit } = bot.queue;
      const limiter = rateLimit && { max: rateLimit.max, duration: rateLimit.perMs };
      // No run may come before its cap; a scheduler, which keeps it, may come later.
      const capped = reconcileConcurrency({ bot, queue, log });
      this.#work({ queue, work: botWork(bot, shared), limiter, after: capped });
    }
    if (deployment.jobs.length > 0) {
      const claim = claimJobRun({ redis: this.#redis, prefix: this.#prefix });
      const work = backgroundJobWork({ ...shared, jobs: deployment.jobs, claim });
      this.#work({ queue: this.#open(backgroundJobsQueueName), work });
    }
    this.#looking = setInterval(() => void this.#look(), lookEveryMs);
    this.#looking.unref();
  }

  async ready(): Promise<{ ok: boolean; detail: string }> {
    if (this.#state !== 'working') return { ok: false, detail: this.#state === 'new' ? 'not started' : 'stopping' };
    if (!(await answers(this.#redis, this.#prefix))) return { ok: false, detail: 'Redis does not answer' };
    return { ok: true, detail: `takes runs from ${this.#workers.length} queues, ${this.#holds.count} under way` };
  }

  /** False when a queue is no longer worked on: only a restart helps. A Redis out of reach is not that. */
  async healthy(): Promise<{ ok: boolean; detail: string }> {
    const stuck = this.#canaries.filter((canary) => canary.stuck).map(({ queueName }) => queueName);
    if (stuck.length > 0) {
      return { ok: false, detail: `takes no runs although some wait and there is room: ${stuck.join(', ')}` };
    }
    if (this.#broken !== undefined) return { ok: false, detail: `the queue ${this.#broken} is no longer worked on` };
    return { ok: true, detail: 'every queue is worked on' };
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopping') return;
    this.#state = 'stopping';
    clearInterval(this.#looking);
    const { log, drainMs = defaultDrainMs } = this.#options;
    const closed = Promise.all(this.#workers.map((worker) => worker.close()));
    if (!(await this.#allEnded(drainMs))) {
      log.warn({ [logKey.count]: this.#holds.count }, 'runs did not end in time; handing them back');
      this.#shutdown.abort(new OctoError('RUN_ABORTED', 'the worker shuts down'));
      await this.#allEnded(handBackMs);
    }
    if ((await within(closed, closeMs)) === undefined) {
      log.warn({ [logKey.count]: this.#holds.count }, 'workers did not close in time; closing their connections');
      await within(Promise.allSettled(this.#workers.map((worker) => worker.getBackend().close(true))), closeMs);
    }
    this.#holds.close();
    this.#redis.disconnect();
  }

  get #prefix(): string {
    return this.#options.prefix ?? defaultPrefix;
  }

  /** To look at a queue, and to set its cap. */
  #open(name: string): Queue {
    const queue = new Queue(name, { connection: this.#redis, prefix: this.#prefix, skipMetasUpdate: true });
    queue.on('error', this.#report);
    return queue;
  }

  async #look(): Promise<void> {
    const connected = this.#redis.status === 'ready';
    await Promise.all(this.#canaries.map((canary) => (connected ? canary.look() : canary.forget())));
  }

  #work({ queue, work, limiter, after }: ConsumedQueue): void {
    const { log, concurrency } = this.#options;
    const worker = new Worker(
      queue.name,
      runProcessor({
        work,
        redis: this.#redis,
        holds: this.#holds,
        lockMs: this.#lockMs,
        shutdown: this.#shutdown.signal,
        stopping: () => this.#state === 'stopping',
      }),
      {
        connection: this.#redis,
        prefix: this.#prefix,
        concurrency,
        autorun: false,
        lockDuration: this.#lockMs,
        // See RunHolds.
        skipLockRenewal: true,
        // Redis takes whole milliseconds.
        stalledInterval: Math.ceil(this.#lockMs / looks),
        maxStalledCount: mostLosses,
        ...(limiter === undefined ? {} : { limiter }),
      },
    );
    const hasRoom = () => this.#holds.countOf(worker.qualifiedName) < concurrency;
    const canary = new QueueCanary({ queue, redis: this.#redis, limiter, hasRoom, log });
    this.#canaries.push(canary);
    worker.on('active', () => canary.forget());
    worker.on('error', this.#report);
    worker.on('stalled', (id) => log.warn({ [logKey.run]: id }, 'run lost by another worker; it starts again'));
    worker.on('failed', (job) => {
      if (job?.finishedOn === undefined) return;
      log.error({ [logKey.run]: job.id, [logKey.reason]: job.failedReason }, 'run failed for good');
      countDeadLetter(this.#options, job);
      // Set by Redis when a run was lost too often: it then fails here, with no attempt that could have closed anything.
      if (job.deferredFailure !== undefined) this.#abandon(work, job);
    });
    this.#workers.push(worker);
    this.#run(worker, after).catch((error: unknown) => {
      if (this.#state === 'stopping') return;
      this.#broken = queue.name;
      log.error({ [logKey.queue]: queue.name, [logKey.err]: error }, 'a queue is no longer worked on');
    });
  }

  async #run(worker: Worker, after: Promise<void> | undefined): Promise<void> {
    await after;
    if (this.#state !== 'stopping') await worker.run();
  }

  /** A hold makes `stop()` wait for it. */
  async #abandon(work: RunWork, job: Job): Promise<void> {
    const runKey = `${job.queueQualifiedName}:${job.id}`;
    const { signal, release } = this.#holds.take(job.queueQualifiedName);
    try {
      const failure = failed('the run was lost with its worker too often', { code: 'RUN_LOST_TOO_OFTEN' });
      await work.abandon?.({ job, ledger: redisLedger({ job, runKey, redis: this.#redis }), signal }, failure);
    } catch (error) {
      this.#options.log.error({ [logKey.run]: job.id, [logKey.err]: error }, 'what the run left open stays open');
    } finally {
      release();
    }
  }

  /** @returns whether no run was under way any more within `limitMs`. */
  async #allEnded(limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    while (this.#holds.count > 0) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      await within(this.#holds.changed(), left);
    }
    return true;
  }
}
