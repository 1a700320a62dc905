import { loadDeployment } from '@octo-bots/config';
import type { Deployment, Log } from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { createIngress } from '@octo-bots/ingress';
import { runProcess } from '@octo-bots/server';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { createWorker } from '@octo-bots/worker';
import { extensions } from '../../src/extensions.ts';
import { chaosOperations } from './operations.ts';

/** A run is given to another worker after this long without a sign of life. */
export const lockMs = 5000;

/** Runs one service until a signal ends the process. @throws Error for a configuration that does not hold. */
export async function serve(options: { role: string; config: string; redisUrl: string }): Promise<void> {
  const { role, redisUrl } = options;
  const log = createLogger({ name: role, level: 'info' });
  const metrics = createMetrics();
  const deployment = await chaosDeployment(options.config, log);
  const { credentials, settings } = deployment;
  const clients = new ClientPool({ credentials, validityMs: settings.clientValidityMs, log });
  const common = { deployment, clients, redisUrl, log, metrics };
  const service =
    role === 'ingress' ? createIngress(common) : createWorker({ ...common, concurrency: 5, lockMs, drainMs: 5000 });
  const listen = { host: '127.0.0.1', port: 0, tls: { kind: 'off' } } as const;
  const { stopped } = await runProcess({ services: [service], listen, log, metrics, shutdownMs: 15_000 });
  await stopped;
}

export async function chaosDeployment(config: string, log: Log): Promise<Deployment> {
  const operations = [...extensions.operations, ...chaosOperations];
  const result = await loadDeployment(config, { ...extensions, operations }, { log });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.deployment;
}
