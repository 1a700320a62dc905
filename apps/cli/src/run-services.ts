import { loginFromEnvironment } from '@octo-bots/dashboard';
import { runProcess, type Tls } from '@octo-bots/server';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { requireDeployment } from './deployment.ts';
import { extensions } from './extensions.ts';
import { defaultConcurrency, type RunFlags } from './options.ts';
import { warnOfMissingPrograms } from './programs.ts';
import { createServices, type ServiceName, servicesOfStart } from './services.ts';

/** Longer than a worker lets its runs end by themselves, so that it can hand back the rest. */
const shutdownMs = 30_000;

/** Runs services until a signal ends the process. @param which one service, or `start` for all in one process. */
export async function runServices(which: ServiceName | 'start', flags: RunFlags, tls: Tls): Promise<void> {
  const log = createLogger({ name: which === 'start' ? 'octo-bots' : which, level: flags.logLevel });
  const metrics = createMetrics();
  const deployment = await requireDeployment(flags.config, extensions, log);
  if (which === 'start' || which === 'worker') await warnOfMissingPrograms(deployment, log);
  const dashboard = { login: loginFromEnvironment(process.env), host: flags.host };
  const services = createServices({
    names: which === 'start' ? servicesOfStart(dashboard, log) : [which],
    deployment,
    redisUrl: flags.redisUrl,
    concurrency: flags.concurrency ?? defaultConcurrency,
    dashboard,
    log,
    metrics,
  });
  const listen = { host: flags.host, port: flags.port, tls, trustProxy: deployment.settings.trustProxy };
  const { stopped } = await runProcess({ services, listen, log, metrics, shutdownMs });
  await stopped;
}
