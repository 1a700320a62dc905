import type { ClientPool } from '@octo-bots/engine';
import { ScheduleKeeper, type ScheduleKeeperOptions } from '@octo-bots/queue';
import type { Service } from '@octo-bots/server';
import { DeliveryRecovery } from './delivery-recovery.ts';

export interface SchedulerOptions extends ScheduleKeeperOptions {
  /** Those that deliver events; without them no missed delivery is looked for. */
  readonly clients?: Pick<ClientPool, 'deliverySources'> | undefined;
}

/** Keeps schedules and caps in Redis equal to the YAML, and recovers missed deliveries. Any number of replicas. */
export function createScheduler(options: SchedulerOptions): Service {
  const { clients, deployment } = options;
  const keeper = new ScheduleKeeper(options);
  const recovery =
    clients !== undefined && deployment.settings.recoverMissedDeliveries
      ? new DeliveryRecovery({ ...options, clients })
      : undefined;
  return {
    name: 'scheduler',
    async start() {
      await keeper.start();
      recovery?.start();
    },
    async stop() {
      await Promise.all([recovery?.stop(), keeper.stop()]);
    },
    ready: () => keeper.ready(),
    healthy: () => keeper.healthy(),
  };
}
