import { type Bot, type Deployment, type Log, OctoError } from '@octo-bots/core';
import { logKey, type Metrics } from '@octo-bots/telemetry';
import { FlowProducer, Queue } from 'bullmq';
import { ReplyError } from 'ioredis';
import { admit, rememberedMs } from './admission.ts';
import { addInOrder } from './bots-in-order.ts';
import { coalesce } from './coalesce.ts';
import { botQueueName, defaultPrefix, type QueueAddress, runIdOf } from './names.ts';
import { answers, connectToRedis, type RedisClient, redisErrorReporter, within } from './redis-connection.ts';
import { type BotRunData, packBody } from './run-data.ts';
import { runOptions } from './run-options.ts';
import { type PullRequestSubject, parsePayload, type RunSubject, subjectOf } from './run-subject.ts';

export interface RunProducerOptions extends QueueAddress {
  readonly deployment: Deployment;
  readonly log: Log;
  readonly metrics?: Pick<Metrics, 'superseded'> | undefined;
}

export interface EventToEnqueue {
  readonly event: BotRunData['event'];
  /** The raw JSON, as it came in. */
  readonly body: Uint8Array;
  /** What the body says, if it has been parsed already. */
  readonly payload?: unknown;
  /** The bots that the event matched, in the order of the YAML. */
  readonly bots: readonly Bot[];
}

export interface EnqueuedRun {
  /** The bot's name, as in YAML. */
  readonly bot: string;
  /** The run that covers the event: its own, or the one of a newer event that superseded it (`queue.coalesce`). */
  readonly id: string;
}

/** How long `enqueue` may take in all: whoever sent the webhook waits. */
const deadlineMs = 800;
/** BullMQ writes its events beside the runs; nobody here reads old ones. */
const keptEvents = 1000;

/** Events into runs. Says at once when Redis is out of reach, and works again by itself as soon as it is back. */
export class RunProducer {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #inOrder: boolean;
  readonly #queues = new Map<string, Queue>();
  readonly #flows: FlowProducer;
  readonly #report: (error: Error) => void;
  readonly #log: Log;
  readonly #metrics: RunProducerOptions['metrics'];

  constructor(options: RunProducerOptions) {
    this.#redis = connectToRedis({ redisUrl: options.redisUrl, temper: 'hasty', log: options.log });
    this.#prefix = options.prefix ?? defaultPrefix;
    this.#inOrder = !options.deployment.settings.parallelBots;
    this.#log = options.log;
    this.#metrics = options.metrics;
    this.#report = redisErrorReporter(options.log);
    this.#flows = new FlowProducer(this.#bullOptions());
    this.#flows.on('error', this.#report);
  }

  /**
   * Adds one run for each bot: side by side, or one after another when the deployment says `parallel-bots: false`.
   * Enqueueing the same delivery again adds nothing, even when its runs are long gone. After an error some runs may have been
   * added: enqueue again.
   * @throws OctoError QUEUE_UNREACHABLE within a second; REQUEST_INVALID for a delivery id that cannot be part of a run's.
   */
  async enqueue(input: EventToEnqueue): Promise<readonly EnqueuedRun[]> {
    const { event, bots } = input;
    assertDelivery(event.delivery);
    if (bots.length === 0) return [];
    const subject = subjectOf(input.payload ?? parsePayload(input.body));
    const data: BotRunData = { v: 1, event, body: await packBody(input.body) };
    try {
      const ids = await within(this.#add(data, bots, subject), deadlineMs);
      if (ids === undefined) throw new Error(`no answer within ${deadlineMs} ms`);
      return bots.map((bot, index) => ({ bot: bot.name, id: ids[index] ?? runIdOf(event.delivery, bot) }));
    } catch (error) {
      // Redis answered, with a refusal: it may have become a replica, or have lost the scripts that this connection relies on.
      if (error instanceof ReplyError) this.#redis.disconnect(true);
      throw new OctoError('QUEUE_UNREACHABLE', 'Redis did not take the runs of an event; is it running?', {
        cause: error,
      });
    }
  }

  /** @returns whether Redis answers. */
  ping(): Promise<boolean> {
    return answers(this.#redis, this.#prefix);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values(), this.#flows].map((part) => part.close()));
    this.#redis.disconnect();
  }

  /** @returns the id of the run that covers the event, for each bot. */
  async #add(data: BotRunData, bots: readonly Bot[], subject: RunSubject): Promise<readonly string[]> {
    await this.#connected();
    if (this.#inOrder && bots.length > 1) {
      const { account } = subject;
      return addInOrder({ bots, data, account, flows: this.#flows, redis: this.#redis, prefix: this.#prefix });
    }
    return Promise.all(bots.map((bot) => this.#addOne(data, bot, subject)));
  }

  async #addOne(data: BotRunData, bot: Bot, { account, pullRequest }: RunSubject): Promise<string> {
    const { delivery, name } = data.event;
    const own = runIdOf(delivery, bot);
    const admission = await admit({ redis: this.#redis, prefix: this.#prefix, bot, delivery, account });
    const id = admission.known ? admission.id : await this.#store(name, data, bot, admission.turn);
    if (bot.queue.coalesce === undefined || pullRequest === undefined || id !== own) return id;
    return this.#coalesce(bot, id, pullRequest);
  }

  /** @returns the id that BullMQ answers with: that of a run which another copy of the delivery added meanwhile, too. */
  async #store(name: string, data: BotRunData, bot: Bot, turn: number): Promise<string> {
    const { delivery } = data.event;
    const jobId = runIdOf(delivery, bot);
    const run = await this.#queue(bot).add(name, data, {
      ...runOptions(bot.queue, true),
      priority: turn,
      jobId,
      deduplication: { id: delivery, ttl: rememberedMs },
    });
    return run.id ?? jobId;
  }

  async #coalesce(bot: Bot, id: string, pullRequest: PullRequestSubject): Promise<string> {
    const superseded = await coalesce({ redis: this.#redis, prefix: this.#prefix, bot, id, pullRequest });
    if (superseded === undefined) return id;
    this.#metrics?.superseded.inc({ bot: bot.name });
    this.#log.info(
      { [logKey.bot]: bot.name, [logKey.run]: superseded.id, supersededBy: superseded.by },
      'run superseded: the run of a newer event of its pull request covers it',
    );
    return superseded.id === id ? superseded.by : id;
  }

  /** Waits while the connection is being made, so that the first event after a start is not refused; else tells at once. */
  async #connected(): Promise<void> {
    const redis = this.#redis;
    if (redis.status === 'ready') return;
    if (redis.status !== 'connecting' && redis.status !== 'connect') throw new Error(`not connected (${redis.status})`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const lost = () => reject(new Error('cannot connect'));
    redis.once('ready', resolve).once('close', lost);
    try {
      await promise;
    } finally {
      redis.off('ready', resolve).off('close', lost);
    }
  }

  #queue(bot: Bot): Queue {
    const name = botQueueName(bot);
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, { ...this.#bullOptions(), streams: { events: { maxLen: keptEvents } } });
      queue.on('error', this.#report);
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Without the last two, an add hangs while Redis is down, and a queue that was made meanwhile stays dead (BullMQ 6.7). */
  #bullOptions() {
    return { connection: this.#redis, prefix: this.#prefix, skipWaitingForReady: true, skipVersionCheck: true };
  }
}

function assertDelivery(delivery: string): void {
  if (/^[\w.-]{1,200}$/.test(delivery)) return;
  throw new OctoError(
    'REQUEST_INVALID',
    'the delivery id of an event cannot name a run; allowed: 1 to 200 letters, digits, "-", "_" and "."',
  );
}
