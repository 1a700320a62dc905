import type { Metrics } from '@octo-bots/telemetry';
import type { FastifyInstance } from 'fastify';
import type { Health, Service } from './service.ts';

/** A check that hangs counts as failed after this. */
const checkTimeoutMs = 2_000;

export type Checks = Readonly<Record<string, Health>>;

/**
 * `/healthz` (is the process worth keeping), `/readyz` (shall it get work) and `/metrics`.
 * @param phase why the process as a whole is not ready; undefined when it runs.
 */
export function addStatusRoutes(
  app: FastifyInstance,
  options: { services: readonly Service[]; metrics: Metrics; phase: () => string | undefined },
): void {
  app.get('/healthz', async (_request, reply) => {
    const checks = await askAll(options.services, (service) => service.healthy?.() ?? Promise.resolve(running));
    const ok = allOk(checks);
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'unhealthy', checks });
  });
  app.get('/readyz', async (_request, reply) => {
    const phase = options.phase();
    const checks = await askAll(options.services, (service) => service.ready());
    const ok = phase === undefined && allOk(checks);
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : (phase ?? 'not ready'), checks });
  });
  app.get('/metrics', async (_request, reply) => {
    return reply.type(options.metrics.contentType).send(await options.metrics.text());
  });
}

const running: Health = { ok: true, detail: 'running' };

function allOk(checks: Checks): boolean {
  return Object.values(checks).every(({ ok }) => ok);
}

async function askAll(services: readonly Service[], ask: (service: Service) => Promise<Health>): Promise<Checks> {
  const answers = await Promise.all(
    services.map(async (service): Promise<[string, Health]> => [service.name, await askInTime(() => ask(service))]),
  );
  return Object.fromEntries(answers);
}

async function askInTime(ask: () => Promise<Health>): Promise<Health> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Health>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${checkTimeoutMs} ms` }), checkTimeoutMs);
  });
  try {
    return await Promise.race([ask(), timeout]);
  } catch {
    // The reason may hold what only logs may show, and these routes are open to all.
    return { ok: false, detail: 'the check itself failed' };
  } finally {
    clearTimeout(timer);
  }
}
