import type { Deployment } from '@octo-bots/core';
import { createDashboard, isLoopback, type Login } from '@octo-bots/dashboard';
import { ClientPool } from '@octo-bots/engine';
import { createIngress } from '@octo-bots/ingress';
import { RedisCache } from '@octo-bots/queue';
import { createScheduler } from '@octo-bots/scheduler';
import type { Service } from '@octo-bots/server';
import { type Logger, logKey, type Metrics } from '@octo-bots/telemetry';
import { createWorker } from '@octo-bots/worker';

export const serviceNames = ['ingress', 'worker', 'scheduler', 'dashboard'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServicesOptions {
  readonly names: readonly ServiceName[];
  readonly deployment: Deployment;
  readonly redisUrl: string;
  /** Before every key in Redis; the default of libs/queue when left out. */
  readonly prefix?: string | undefined;
  /** Most runs of one queue that this process works on at once. */
  readonly concurrency: number;
  readonly dashboard: { readonly login: Login | undefined; readonly host: string };
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** How each is stopped among the others. The ingress goes on to the end: what it accepts is safe in Redis, and GitHub does not send again what we refuse. */
const stopOrder: readonly ServiceName[] = ['dashboard', 'scheduler', 'worker', 'ingress'];

/** The services of one process, in the order in which they stop. */
export function createServices(options: ServicesOptions): Service[] {
  const { deployment, names, log, redisUrl, prefix } = options;
  // Only workers ask the same again and again.
  const cache = names.includes('worker') ? new RedisCache({ redisUrl, prefix, log }) : undefined;
  const clients = new ClientPool({
    credentials: deployment.credentials,
    validityMs: deployment.settings.clientValidityMs,
    log,
    cache,
  });
  return stopOrder
    .filter((name) => names.includes(name))
    .map((name) => createService(name, options, clients))
    .map((service) => (service.name === 'worker' && cache ? closing(cache, service) : service));
}

/** The service, which takes the cache with it: other services of the process go on without. */
function closing(cache: RedisCache, service: Service): Service {
  return {
    ...service,
    async stop() {
      await service.stop();
      cache.close();
    },
  };
}

function createService(name: ServiceName, options: ServicesOptions, clients: ClientPool): Service {
  const { deployment, redisUrl, prefix, metrics, concurrency, dashboard } = options;
  const log = options.log.child({ [logKey.service]: name });
  const common = { deployment, redisUrl, ...(prefix === undefined ? {} : { prefix }), log };
  switch (name) {
    case 'ingress':
      return createIngress({ ...common, clients, metrics });
    case 'worker':
      return createWorker({ ...common, clients, concurrency, metrics });
    case 'scheduler':
      return createScheduler({ ...common, clients, metrics });
    case 'dashboard':
      return createDashboard({ ...common, ...dashboard, redirectRoot: options.names.length === 1 });
  }
}

/** All of them; the dashboard only where nobody gets in who should not. */
export function servicesOfStart(dashboard: { login: Login | undefined; host: string }, log: Logger): ServiceName[] {
  if (dashboard.login !== undefined || isLoopback(dashboard.host)) return [...serviceNames];
  log.warn({}, 'the dashboard is left out: set DASHBOARD_PASSWORD, or listen on --host 127.0.0.1, to turn it on');
  return serviceNames.filter((name) => name !== 'dashboard');
}
