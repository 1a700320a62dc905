import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

test('an unknown value of OCTO_TEST_REDIS is refused, and the allowed ones are named', async () => {
  vi.stubEnv('OCTO_TEST_REDIS', 'podman');
  const { findRedis } = await import('./redis-binary.ts');
  await expect(findRedis()).rejects.toThrow(
    'OCTO_TEST_REDIS is "podman"; allowed: program, docker, valkey, cluster, or nothing',
  );
});

test('where OCTO_TEST_REDIS wants a Docker engine and none answers, no other Redis is taken instead', async () => {
  vi.stubEnv('OCTO_TEST_REDIS', 'docker');
  vi.doMock('./redis-container.ts', () => ({ findDockerEngine: async () => ({ why: 'nobody answered' }) }));
  const { findRedis } = await import('./redis-binary.ts');
  await expect(findRedis()).rejects.toThrow('OCTO_TEST_REDIS wants a Redis from a Docker engine: nobody answered');
  vi.doUnmock('./redis-container.ts');
});
