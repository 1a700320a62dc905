export { type DashboardQueue, type OpenQueues, openQueues } from './dashboard-queues.ts';
export type { DeadLetter, FoundRun, RunState } from './dead-letter.ts';
export { DeadLetters, type DeadLettersOptions, type ListedDeadLetters } from './dead-letters.ts';
export { backgroundJobsQueueName, botQueueName, type QueueAddress, runIdOf, ticksQueueName } from './names.ts';
export { type RecoveryHold, RecoveryState, type RecoveryStateOptions } from './recovery-state.ts';
export type { ReplayOptions, ReplayVerdict } from './replay-run.ts';
export { RunConsumer, type RunConsumerOptions } from './run-consumer.ts';
export { type EnqueuedRun, type EventToEnqueue, RunProducer, type RunProducerOptions } from './run-producer.ts';
export { ScheduleKeeper, type ScheduleKeeperOptions } from './schedule-keeper.ts';
