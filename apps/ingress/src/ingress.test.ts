import type { Credentials } from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { createLogger, createMetrics } from '@octo-bots/telemetry';
import { describe, expect, it } from 'vitest';
import { createIngress } from './ingress.ts';
import { deployment } from './test-support/harness.ts';

const acceptsEverything: Credentials = {
  type: 'other-credentials',
  clientType: 'other',
  createAuthenticatedClient: () => Promise.reject(new Error('never made')),
};

describe('an ingress', () => {
  it.each([
    ['no credentials', []],
    ['only credentials that verify no webhooks', [acceptsEverything]],
  ])('is refused with %s, since it would accept everyone’s webhooks', (_what, credentials) => {
    const log = createLogger({ level: 'silent', name: 'test' });
    const create = () =>
      createIngress({
        deployment: deployment([], credentials),
        clients: new ClientPool({ credentials, validityMs: 1000, log }),
        redisUrl: 'redis://127.0.0.1:1',
        log,
        metrics: createMetrics(),
      });
    expect(create).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('github-app-credentials') }),
    );
  });
});
