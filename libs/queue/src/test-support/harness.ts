import {
  type BackgroundJob,
  type Bot,
  type Deployment,
  defineJobOperation,
  defineOperation,
  type EventOperation,
  type JobOperation,
  Options,
  type Outcome,
  type QueueOptions,
  type RunInfo,
  silentLog,
} from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { waitFor } from '@octo-bots/testing';
import { type Job, Queue } from 'bullmq';
import { Cluster, type Redis } from 'ioredis';
import { backgroundJobsQueueName, botQueueName, defaultPrefix, ticksQueueName } from '../names.ts';
import { connectToRedis, type RedisClient } from '../redis-connection.ts';
import { RunConsumer, type RunConsumerOptions } from '../run-consumer.ts';
import { type EventToEnqueue, RunProducer, type RunProducerOptions } from '../run-producer.ts';
import { ScheduleKeeper, type ScheduleKeeperOptions } from '../schedule-keeper.ts';

/** What a test-local operation is called with. */
export interface Call {
  readonly state: unknown;
  readonly run: RunInfo;
  readonly signal: AbortSignal;
}

type Logic = (call: Call) => Promise<Outcome> | Outcome;

const defaults: QueueOptions = {
  attempts: 3,
  backoff: { type: 'fixed', delayMs: 1, jitter: 0 },
  timeoutMs: 60_000,
  priority: undefined,
  keep: { completed: { count: 1000, ageMs: 3_600_000 }, failed: { count: 1000, ageMs: 3_600_000 } },
};

const source = { file: 'test.yml', line: 1, column: 1 };

/** A bot that works on `push`, with one operation for each logic: `op-0`, `op-1`, … */
export function bot(name: string, logic: Logic | readonly Logic[], queue: Partial<QueueOptions> = {}): Bot {
  const operations = [logic].flat().map((execute, index) => {
    const declaration = defineOperation({
      type: `op-${index}`,
      summary: 'test',
      // This library knows no payloads; only the name matters here.
      events: ['push'] as never,
      config: Options({}),
      execute: async (context) => execute(context),
    });
    // Made by defineOperation, which makes operations of events.
    return declaration.create({}) as EventOperation;
  });
  return {
    name,
    slug: name.toLowerCase(),
    parallel: false,
    queue: { ...defaults, ...queue },
    source,
    filters: [],
    operations,
  };
}

export function backgroundJob(
  name: string,
  logic: Logic,
  options: { everyMs?: number; queue?: Partial<QueueOptions> } = {},
): BackgroundJob {
  const declaration = defineJobOperation({
    type: 'op-0',
    summary: 'test',
    config: Options({}),
    execute: async (context) => logic(context),
  });
  return {
    name,
    slug: name.toLowerCase(),
    parallel: false,
    queue: { ...defaults, ...options.queue },
    source,
    everyMs: options.everyMs ?? 3_600_000,
    // Made by defineJobOperation, which makes operations of ticks.
    operations: [declaration.create({}) as JobOperation],
  };
}

export function deployment(parts: {
  bots?: readonly Bot[];
  jobs?: readonly BackgroundJob[];
  parallelBots?: boolean;
  parallelBackgroundJobs?: number;
}): Deployment {
  return {
    settings: {
      parallelBackgroundJobs: parts.parallelBackgroundJobs ?? 10,
      botsEndpoint: '/events',
      clientValidityMs: 600_000,
      parallelBots: parts.parallelBots ?? true,
      recoverMissedDeliveries: true,
      trustProxy: false,
    },
    credentials: [],
    bots: parts.bots ?? [],
    jobs: parts.jobs ?? [],
  };
}

export function push(delivery: string, bots: readonly Bot[], payload: object = { ref: 'main' }): EventToEnqueue {
  return {
    event: { delivery, name: 'push', headers: { 'x-github-event': 'push' }, receivedAt: '2026-01-01T00:00:00.000Z' },
    body: Buffer.from(JSON.stringify(payload)),
    bots,
  };
}

export function producer(
  redisUrl: string,
  what: Deployment,
  options: Partial<Pick<RunProducerOptions, 'log' | 'metrics'>> = {},
): RunProducer & AsyncDisposable {
  const made = new RunProducer({ redisUrl, deployment: what, log: silentLog, ...options });
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() });
}

export async function startedConsumer(
  redisUrl: string,
  what: Deployment,
  options: Partial<
    Pick<RunConsumerOptions, 'drainMs' | 'lockMs' | 'lookEveryMs' | 'concurrency' | 'log' | 'metrics'>
  > = {},
): Promise<RunConsumer & AsyncDisposable> {
  const clients = new ClientPool({ credentials: [], validityMs: 1000, log: silentLog });
  const made = new RunConsumer({ redisUrl, deployment: what, clients, concurrency: 5, log: silentLog, ...options });
  await made.start();
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.stop() });
}

export async function startedKeeper(
  redisUrl: string,
  what: Deployment,
  options: Partial<
    Pick<ScheduleKeeperOptions, 'reconcileEveryMs' | 'overdueMs' | 'orphanPatienceMs' | 'log' | 'metrics'>
  > = {},
): Promise<ScheduleKeeper & AsyncDisposable> {
  const made = new ScheduleKeeper({ redisUrl, deployment: what, log: silentLog, ...options });
  await made.start();
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.stop() });
}

/** Looks into Redis, past what is tested. */
export interface Observer extends AsyncDisposable {
  readonly redis: RedisClient;
  readonly ticks: Queue;
  readonly runs: Queue;
  botQueue(bot: Bot): Queue;
}

export function observer(redisUrl: string): Observer {
  const redis = connectToRedis({ redisUrl, temper: 'patient', log: silentLog });
  const opened = new Map<string, Queue>();
  const open = (name: string): Queue => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const queue = new Queue(name, { connection: redis, prefix: defaultPrefix, skipMetasUpdate: true });
    queue.on('error', () => undefined);
    opened.set(name, queue);
    return queue;
  };
  return {
    redis,
    ticks: open(ticksQueueName),
    runs: open(backgroundJobsQueueName),
    botQueue: (bot) => open(botQueueName(bot)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...opened.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

/** Of a Cluster every node that holds keys: what is asked of the client alone goes to any one of them. */
function nodesOf(redis: RedisClient): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}

export async function keysIn(redis: RedisClient, pattern = '*'): Promise<string[]> {
  return (await Promise.all(nodesOf(redis).map((node) => node.keys(pattern)))).flat();
}

/** For what is set for a server, not for its data. */
export async function callEach(redis: RedisClient, command: string, ...args: string[]): Promise<void> {
  await Promise.all(nodesOf(redis).map((node) => node.call(command, ...args)));
}

/** Redis as it is when it kept nothing. */
export async function wipe(redis: RedisClient): Promise<void> {
  await Promise.all(nodesOf(redis).map((node) => node.flushall()));
}

/** Waits until a run has ended. */
export async function ended(
  job: () => Promise<Job | undefined>,
  state: 'completed' | 'failed',
  timeoutMs?: number,
): Promise<Job> {
  return waitFor(
    `the run to be ${state}`,
    async () => {
      // Fetched again: what was fetched before it ended does not know how.
      return (await (await job())?.getState()) === state ? job() : undefined;
    },
    timeoutMs === undefined ? {} : { timeoutMs },
  );
}
