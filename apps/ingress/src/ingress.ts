import { type Deployment, OctoError } from '@octo-bots/core';
import { type ClientPool, EventMatcher } from '@octo-bots/engine';
import { RunProducer } from '@octo-bots/queue';
import type { Service } from '@octo-bots/server';
import type { Logger, Metrics } from '@octo-bots/telemetry';
import { addEndpoint } from './endpoint.ts';
import { RequestsUnderWay } from './requests-under-way.ts';

export interface IngressOptions {
  readonly deployment: Deployment;
  readonly clients: ClientPool;
  readonly redisUrl: string;
  /** Before every key in Redis; the default of libs/queue when left out. */
  readonly prefix?: string | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Receives webhooks: verify → match → enqueue → 202. Calls no GitHub, runs no operation, keeps no state.
 * Throws CONFIG_INVALID without credentials that verify webhooks: it would accept everyone's.
 */
export function createIngress(options: IngressOptions): Service {
  const { deployment, clients, log, metrics } = options;
  refuseWithoutVerification(deployment);
  const producer = new RunProducer({
    redisUrl: options.redisUrl,
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
    deployment,
    log,
    metrics,
  });
  const matcher = new EventMatcher(deployment.bots, { log });
  const underWay = new RequestsUnderWay();
  return {
    name: 'ingress',
    routes: (app) =>
      addEndpoint(app, { path: deployment.settings.botsEndpoint, clients, matcher, producer, underWay, log, metrics }),
    start: async () => {},
    stop: async () => {
      await underWay.close();
      await producer.close();
    },
    ready: async () => {
      const ok = await producer.ping();
      return { ok, detail: ok ? 'Redis answers' : 'Redis does not answer: webhooks are refused with 503' };
    },
  };
}

function refuseWithoutVerification(deployment: Deployment): void {
  if (deployment.credentials.some(({ clientType }) => clientType === 'github')) return;
  const present = deployment.credentials.map(({ type }) => type).join(', ') || 'none';
  throw new OctoError(
    'CONFIG_INVALID',
    `The ingress has no credentials that verify webhooks (credentials: ${present}). Only GitHub’s do; without them everyone’s ` +
      'requests would be accepted. Add a block github-app-credentials, with a webhook-secret, to the main file.',
  );
}
