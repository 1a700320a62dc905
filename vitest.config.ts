import { defineConfig } from 'vitest/config';

/** The quick ones first, and never beside those that take all of a machine. From 1: Vitest may put an order of 0 last. */
const order = { inProcess: 1, e2e: 2, redisInDocker: 3, docker: 4 };

/** Three rings: pure tests beside the code, tests on a real Redis, and end-to-end tests with real processes. Two more need a Docker engine. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          globalSetup: 'scripts/ensure-programs.ts',
          include: ['{apps,libs}/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.redis.test.ts', '**/*.docker.test.ts'],
          sequence: { groupOrder: order.inProcess },
        },
      },
      {
        test: {
          name: 'redis',
          globalSetup: 'scripts/ensure-redis.ts',
          include: ['{apps,libs}/*/src/**/*.redis.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: order.inProcess },
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['scripts/ensure-redis.ts', 'scripts/ensure-programs.ts'],
          include: ['apps/*/e2e/**/*.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: order.e2e },
        },
      },
      {
        test: {
          name: 'redis in docker',
          globalSetup: 'scripts/ensure-docker.ts',
          setupFiles: 'scripts/skip-without-docker.ts',
          include: [
            'libs/testing/src/*.docker.test.ts',
            'libs/testing/src/*redis.redis.test.ts',
            'libs/queue/src/{delivery-dedupe,worker-life}.redis.test.ts',
          ],
          env: { OCTO_TEST_REDIS: 'docker' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: order.redisInDocker },
        },
      },
      {
        test: {
          name: 'docker',
          globalSetup: 'scripts/ensure-docker.ts',
          include: ['apps/*/e2e/**/*.docker.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: order.docker },
        },
      },
    ],
  },
});
