import type { Metrics } from '@octo-bots/telemetry';
import type { FastifyPluginAsync } from 'fastify';
import type { Service } from './service.ts';
import { addStatusRoutes } from './status-routes.ts';

/**
 * The services as a plugin for a Fastify application of one's own, which listens and logs as it likes: they start when it
 * gets ready, and stop, in order, when it is closed and its last request was answered.
 * @param options.statusRoutes false when the application has its own `/healthz`, `/readyz` and `/metrics`.
 */
export function servicesPlugin(options: {
  services: readonly Service[];
  metrics: Metrics;
  statusRoutes?: boolean;
}): FastifyPluginAsync {
  const { services, metrics } = options;
  return async (app) => {
    let phase: string | undefined = 'starting';
    if (options.statusRoutes ?? true) addStatusRoutes(app, { services, metrics, phase: () => phase });
    for (const service of services) await service.routes?.(app);
    app.addHook('onReady', async () => {
      for (const service of services) await service.start();
      phase = undefined;
    });
    app.addHook('preClose', async () => {
      phase = 'stopping';
    });
    app.addHook('onClose', async () => {
      for (const service of services) await service.stop();
    });
  };
}
