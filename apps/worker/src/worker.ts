import { RunConsumer, type RunConsumerOptions } from '@octo-bots/queue';
import type { Service } from '@octo-bots/server';

export type WorkerOptions = RunConsumerOptions;

/** Takes runs from the queues and hands them to the engine. Any number of replicas. */
export function createWorker(options: WorkerOptions): Service {
  const consumer = new RunConsumer(options);
  return {
    name: 'worker',
    start: () => consumer.start(),
    stop: () => consumer.stop(),
    ready: () => consumer.ready(),
    healthy: () => consumer.healthy(),
  };
}
