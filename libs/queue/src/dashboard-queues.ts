import { type Deployment, type Log, silentLog } from '@octo-bots/core';
import { Queue } from 'bullmq';
import { backgroundJobsQueueName, botQueueName, defaultPrefix, type QueueAddress, ticksQueueName } from './names.ts';
import { answers, connectToRedis, redisErrorReporter } from './redis-connection.ts';
import { type ReplayOptions, type ReplayVerdict, replayRun } from './replay-run.ts';

export interface DashboardQueue {
  /** For people: the bot's name as in YAML, `Background jobs` or `Ticks`. */
  readonly name: string;
  readonly queue: Queue;
  /** Puts an ended run back, as `octo-bots replay` does. Ticks are no runs: each only adds one, and the next comes by itself. */
  readonly replay: ((runId: string, options: ReplayOptions) => Promise<ReplayVerdict>) | undefined;
}

export interface OpenQueues {
  /** Bots in the order of the YAML, then background jobs and ticks. */
  readonly queues: readonly DashboardQueue[];
  /** @returns whether Redis answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens the queues of a deployment to look at and operate them. While Redis is down each call is refused at once. */
export function openQueues(options: QueueAddress & { deployment: Deployment; log?: Log | undefined }): OpenQueues {
  const { redisUrl, deployment, prefix = defaultPrefix, log = silentLog } = options;
  const redis = connectToRedis({ redisUrl, temper: 'prompt', log });
  const report = redisErrorReporter(log);
  const open = (name: string, queueName: string): DashboardQueue => {
    const queue = new Queue(queueName, {
      connection: redis,
      prefix,
      skipWaitingForReady: true,
      skipVersionCheck: true,
      // To look at a queue must not write to Redis.
      skipMetasUpdate: true,
    });
    queue.on('error', report);
    const isTicks = queueName === ticksQueueName;
    const replay = (runId: string, { fromStart }: ReplayOptions) => replayRun(runId, { queue, redis, fromStart });
    return { name, queue, replay: isTicks ? undefined : replay };
  };
  const queues = [
    ...deployment.bots.map((bot) => open(bot.name, botQueueName(bot))),
    open('Background jobs', backgroundJobsQueueName),
    open('Ticks', ticksQueueName),
  ];
  return {
    queues,
    ping: () => answers(redis, prefix),
    async close() {
      await Promise.all(queues.map(({ queue }) => queue.close()));
      redis.disconnect();
    },
  };
}
