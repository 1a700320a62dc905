import { ScheduleKeeper, type ScheduleKeeperOptions } from '@octo-bots/queue';
import type { Service } from '@octo-bots/server';

export type SchedulerOptions = ScheduleKeeperOptions;

/** Keeps schedules and caps in Redis equal to the YAML. Any number of replicas. */
export function createScheduler(options: SchedulerOptions): Service {
  const keeper = new ScheduleKeeper(options);
  return {
    name: 'scheduler',
    start: () => keeper.start(),
    stop: () => keeper.stop(),
    ready: () => keeper.ready(),
  };
}
