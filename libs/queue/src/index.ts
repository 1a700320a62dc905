export { type DashboardQueue, type OpenQueues, openQueues } from './dashboard-queues.ts';
export { backgroundJobsQueueName, botQueueName, type QueueAddress, runIdOf, ticksQueueName } from './names.ts';
export { RunConsumer, type RunConsumerOptions } from './run-consumer.ts';
export { type EnqueuedRun, type EventToEnqueue, RunProducer, type RunProducerOptions } from './run-producer.ts';
export { ScheduleKeeper, type ScheduleKeeperOptions } from './schedule-keeper.ts';
