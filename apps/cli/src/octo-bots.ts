import type { Extensions } from '@octo-bots/config';
import type { Deployment } from '@octo-bots/core';
import type { Login } from '@octo-bots/dashboard';
import { type Service, servicesPlugin } from '@octo-bots/server';
import { createLogger, createMetrics, type Logger, type Metrics } from '@octo-bots/telemetry';
import { requireDeployment } from './deployment.ts';
import { extensions as ownExtensions } from './extensions.ts';
import { defaultConcurrency } from './options.ts';
import { warnOfMissingPrograms } from './programs.ts';
import { createServices, type ServiceName } from './services.ts';

export interface OctoBotsOptions {
  /** The main file. */
  readonly config: string;
  /** `redis://…` or `rediss://…`. */
  readonly redisUrl: string;
  /** Ingress, worker and scheduler when left out; and the dashboard, when `login` is given. */
  readonly services?: readonly ServiceName[];
  /** Who may see the dashboard. */
  readonly login?: Login;
  /** Before every key in Redis: two deployments in one Redis need two. */
  readonly prefix?: string;
  /** Most runs of one queue that this process works on at once; 10 when left out. */
  readonly concurrency?: number;
  /** What YAML may name; everything that comes with Octo Bots when left out. */
  readonly extensions?: Extensions;
  readonly log?: Logger;
  /** Serve `/healthz`, `/readyz` and `/metrics`; true when left out. */
  readonly statusRoutes?: boolean;
}

export interface OctoBots {
  readonly deployment: Deployment;
  readonly services: readonly Service[];
  readonly metrics: Metrics;
  /** For `app.register(…)` of a Fastify application: it brings the routes, and starts and stops with the application. */
  readonly plugin: ReturnType<typeof servicesPlugin>;
}

/**
 * Octo Bots inside a program that has an HTTP application of its own:
 *
 *     const bots = await createOctoBots({ config: './config/octo-bots.yml', redisUrl: 'redis://127.0.0.1:6379' });
 *     await app.register(bots.plugin);
 *
 * @throws OctoError CONFIG_INVALID, its message listing every problem of the configuration.
 */
export async function createOctoBots(options: OctoBotsOptions): Promise<OctoBots> {
  const log = options.log ?? createLogger({ name: 'octo-bots', level: process.env.LOG_LEVEL ?? 'info' });
  const metrics = createMetrics();
  const deployment = await requireDeployment(options.config, options.extensions ?? ownExtensions, log);
  const names = options.services ?? defaultServices(options.login);
  if (names.includes('worker')) await warnOfMissingPrograms(deployment, log);
  const services = createServices({
    names,
    deployment,
    redisUrl: options.redisUrl,
    prefix: options.prefix,
    concurrency: options.concurrency ?? defaultConcurrency,
    // Where the application listens is not known here, so the dashboard wants its login.
    dashboard: { login: options.login, host: '0.0.0.0' },
    log,
    metrics,
  });
  const plugin = servicesPlugin({ services, metrics, statusRoutes: options.statusRoutes ?? true });
  return { deployment, services, metrics, plugin };
}

function defaultServices(login: Login | undefined): ServiceName[] {
  return ['ingress', 'worker', 'scheduler', ...(login === undefined ? [] : (['dashboard'] as const))];
}
