import type { Bot, Deployment, Log } from '@octo-bots/core';
import { logKey, type Metrics } from '@octo-bots/telemetry';
import { type Job, Queue, Worker } from 'bullmq';
import { reconcileConcurrency } from './bot-limits.ts';
import { observeDeadLetters } from './dead-letter-metrics.ts';
import { backgroundJobsQueueName, botQueueName, defaultPrefix, type QueueAddress, ticksQueueName } from './names.ts';
import { OrphanedRuns } from './orphaned-runs.ts';
import { OverdueTicks } from './overdue-ticks.ts';
import { type Overdue, reconcileSchedules } from './reconcile-schedules.ts';
import { answers, connectToRedis, type RedisClient, redisErrorReporter, within } from './redis-connection.ts';
import { addTickRun } from './tick-run.ts';

export interface ScheduleKeeperOptions extends QueueAddress {
  readonly deployment: Deployment;
  readonly log: Log;
  readonly metrics?: Metrics | undefined;
  /** How often Redis is compared with the YAML; 30 s by default. */
  readonly reconcileEveryMs?: number | undefined;
  /** How long a tick may be overdue before the scheduler calls itself unhealthy; 1 minute by default. */
  readonly overdueMs?: number | undefined;
  /** How long runs of a bot that the YAML does not have wait for one that has it before they fail; 10 minutes by default. */
  readonly orphanPatienceMs?: number | undefined;
}

const defaultReconcileEveryMs = 30_000;
const defaultOverdueMs = 60_000;
const defaultOrphanPatienceMs = 10 * 60 * 1000;
const keptEvents = 1000;
const closeMs = 3000;

/**
 * Keeps the schedules and the cap of background jobs, and the caps of bots, in Redis equal to the YAML, and turns ticks into
 * runs. Any number of keepers may work on one Redis: each step is atomic in Redis and comes to the same end.
 *
 * *new* → `start()` → *waiting* until the first comparison succeeded (Redis may be down) → *keeping*: compares at intervals
 * and whenever Redis was away, since it may have come back empty → `stop()` → *stopped*.
 */
export class ScheduleKeeper {
  readonly #options: ScheduleKeeperOptions;
  readonly #redis: RedisClient;
  readonly #report: (error: Error) => void;
  readonly #ticks: Queue;
  readonly #runs: Queue;
  readonly #bots: readonly { bot: Bot; queue: Queue }[];
  #worker: Worker | undefined;
  #state: 'new' | 'waiting' | 'keeping' | 'stopping' = 'new';
  #timer: NodeJS.Timeout | undefined;
  #reconciling: Promise<void> | undefined;
  #overdue: Overdue = new Map();
  readonly #orphans: OrphanedRuns;
  readonly #overdueTicks: OverdueTicks;
  #ticksBroken = false;

  constructor(options: ScheduleKeeperOptions) {
    this.#options = options;
    this.#redis = connectToRedis({ redisUrl: options.redisUrl, temper: 'patient', log: options.log });
    this.#report = redisErrorReporter(options.log);
    const queueOptions = { ...this.#bullOptions(), streams: { events: { maxLen: keptEvents } } };
    this.#ticks = new Queue(ticksQueueName, queueOptions);
    this.#runs = new Queue(backgroundJobsQueueName, queueOptions);
    const toLookAt = { ...this.#bullOptions(), skipMetasUpdate: true };
    const { bots } = options.deployment;
    this.#bots = bots.map((bot) => ({ bot, queue: new Queue(botQueueName(bot), toLookAt) }));
    this.#overdueTicks = new OverdueTicks(options.overdueMs ?? defaultOverdueMs);
    this.#orphans = new OrphanedRuns({
      redis: this.#redis,
      prefix: options.prefix ?? defaultPrefix,
      bots,
      log: options.log,
      metrics: options.metrics,
      patienceMs: options.orphanPatienceMs ?? defaultOrphanPatienceMs,
    });
    for (const queue of this.#queues) queue.on('error', this.#report);
  }

  /** Returns at once: while Redis is down it waits for it. */
  async start(): Promise<void> {
    this.#state = 'waiting';
    this.#redis.on('ready', () => void this.reconcile());
    void this.reconcile();
  }

  /** Compares Redis with the YAML now. Never rejects: what failed is logged and tried again at the next interval. */
  reconcile(): Promise<void> {
    this.#reconciling ??= this.#reconcile().finally(() => {
      this.#reconciling = undefined;
    });
    return this.#reconciling;
  }

  async ready(): Promise<{ ok: boolean; detail: string }> {
    if (this.#state === 'new') return { ok: false, detail: 'not started' };
    if (this.#state === 'stopping') return { ok: false, detail: 'stopping' };
    if (!(await answers(this.#redis, this.#options.prefix ?? defaultPrefix)))
      return { ok: false, detail: 'Redis does not answer' };
    if (this.#state === 'waiting') return { ok: false, detail: 'the schedules are not in Redis yet' };
    return { ok: true, detail: `keeps the schedules of ${this.#options.deployment.jobs.length} background jobs` };
  }

  /** False when ticks are no longer worked on, by this scheduler or another. */
  async healthy(): Promise<{ ok: boolean; detail: string }> {
    if (this.#ticksBroken) return { ok: false, detail: 'ticks are no longer worked on' };
    const late = this.#overdueTicks.late;
    if (late.length > 0) return { ok: false, detail: `nobody works on ticks that are due: ${late.join(', ')}` };
    return { ok: true, detail: 'no tick is overdue' };
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopping') return;
    this.#state = 'stopping';
    clearTimeout(this.#timer);
    const worker = this.#worker;
    const closed = Promise.allSettled([this.#reconciling, worker?.close()]);
    if ((await within(closed, closeMs)) === undefined && worker !== undefined) {
      await within(
        worker
          .getBackend()
          .close(true)
          .catch(() => undefined),
        closeMs,
      );
    }
    await within(Promise.allSettled(this.#queues.map((queue) => queue.close())), closeMs);
    this.#redis.disconnect();
  }

  async #reconcile(): Promise<void> {
    const { deployment, log, reconcileEveryMs = defaultReconcileEveryMs } = this.#options;
    if (this.#state === 'stopping') return;
    clearTimeout(this.#timer);
    try {
      await Promise.all(this.#bots.map(({ bot, queue }) => reconcileConcurrency({ bot, queue, log })));
      this.#overdue = await reconcileSchedules({
        deployment,
        log,
        ticks: this.#ticks,
        runs: this.#runs,
        overdueBefore: this.#overdue,
      });
      this.#overdueTicks.seen(this.#overdue);
      this.#keep();
      await this.#orphans.reconcile();
      await this.#observe();
    } catch (error) {
      if (!this.#stopping) log.warn({ [logKey.err]: error }, 'schedules could not be compared with Redis');
    }
    if (!this.#stopping) this.#timer = setTimeout(() => void this.reconcile(), reconcileEveryMs);
  }

  /** How many runs stand in each queue, for the metrics. */
  async #observe(): Promise<void> {
    const { metrics } = this.#options;
    if (metrics === undefined) return;
    for (const queue of this.#queues) {
      const { waiting = 0, prioritized = 0, ...others } = await queue.getJobCounts();
      // Whether a run waits with a priority or without is BullMQ's matter.
      const counts = { ...others, waiting: waiting + prioritized };
      for (const [state, count] of Object.entries(counts)) metrics.queueRuns.set({ queue: queue.name, state }, count);
    }
    await observeDeadLetters({ ...this.#options, metrics, queues: this.#queues });
  }

  get #stopping(): boolean {
    return this.#state === 'stopping';
  }

  /** Ticks are worked on only once the cap stands in Redis: no run may come before it. */
  #keep(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'keeping';
    const { deployment, log } = this.#options;
    const worker = new Worker(ticksQueueName, (tick: Job) => addTickRun({ tick, deployment, runs: this.#runs, log }), {
      ...this.#bullOptions(),
      concurrency: 10,
      autorun: false,
    });
    worker.on('error', this.#report);
    worker.on('failed', (tick, error) => log.error({ tick: tick?.id, [logKey.err]: error }, 'tick failed'));
    worker.run().catch((error: unknown) => {
      if (this.#stopping) return;
      this.#ticksBroken = true;
      log.error({ [logKey.err]: error }, 'ticks are no longer worked on');
    });
    this.#worker = worker;
  }

  get #queues(): readonly Queue[] {
    return [this.#ticks, this.#runs, ...this.#bots.map(({ queue }) => queue)];
  }

  #bullOptions() {
    return { connection: this.#redis, prefix: this.#options.prefix ?? defaultPrefix };
  }
}
