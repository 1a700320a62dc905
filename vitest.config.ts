import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** The quick ones first, and never beside those that take all of a machine. From 1: Vitest may put an order of 0 last. */
const order = { inProcess: 1, e2e: 2, chaos: 3, redisInDocker: 4, docker: 5 };

/**
 * Files of tests that run at once. On a small machine more than Vitest would take: most of the time is waiting, for a server or a
 * container, for a lock or for a rate limit to end.
 */
const atOnce = Math.max(3, availableParallelism() - 1);

/**
 * Three rings: pure tests beside the code, tests on a real Redis, and end-to-end tests with real processes. A part of the last runs on a
 * Redis Cluster as well, and chaos runs alone. Three more need a Docker engine.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          globalSetup: 'scripts/ensure-programs.ts',
          include: ['{apps,libs}/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.redis.test.ts', '**/*.docker.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: atOnce,
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
          maxWorkers: atOnce,
          sequence: { groupOrder: order.inProcess },
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['scripts/ensure-redis.ts', 'scripts/ensure-programs.ts'],
          include: ['apps/*/e2e/**/*.e2e.test.ts'],
          exclude: ['**/chaos.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: atOnce,
          sequence: { groupOrder: order.e2e },
        },
      },
      {
        test: {
          name: 'chaos',
          globalSetup: 'scripts/ensure-redis.ts',
          include: ['apps/*/e2e/**/chaos.e2e.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: order.chaos },
        },
      },
      {
        test: {
          name: 'redis in docker',
          globalSetup: 'scripts/ensure-docker.ts',
          setupFiles: 'scripts/skip-without-docker.ts',
          include: [
            'libs/testing/src/redis-container.docker.test.ts',
            'libs/testing/src/*redis.redis.test.ts',
            'libs/queue/src/{delivery-dedupe,worker-life}.redis.test.ts',
          ],
          env: { OCTO_TEST_REDIS: 'docker' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: atOnce,
          sequence: { groupOrder: order.redisInDocker },
        },
      },
      {
        // Another server than Redis: all that asks it for scripts, for its clients and for its clock. With OCTO_TEST_REDIS=valkey, all.
        test: {
          name: 'valkey in docker',
          globalSetup: 'scripts/ensure-valkey.ts',
          setupFiles: 'scripts/skip-without-docker.ts',
          include: [
            'libs/testing/src/valkey.docker.test.ts',
            `libs/queue/src/${process.env.OCTO_TEST_REDIS === 'valkey' ? '*' : '{bot-limits,bots-in-order,coalesce,delivery-dedupe,fair-share,lost-workers,orphaned-runs,schedule-keeper}'}.redis.test.ts`,
          ],
          // It chooses its Redis itself.
          exclude: ['**/redis-connection.redis.test.ts'],
          env: { OCTO_TEST_REDIS: 'valkey' },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: atOnce,
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
      {
        // What touches most keys of a deployment, on a Cluster of three nodes; `npm run test:cluster` runs all that applies.
        test: {
          name: 'e2e-cluster',
          globalSetup: ['scripts/ensure-redis.ts', 'scripts/ensure-programs.ts'],
          include: [
            `apps/cli/e2e/${process.env.OCTO_TEST_REDIS === 'cluster' ? '*' : '{background-jobs,bots-in-order,pull-request-life,replay,shutdown}'}.e2e.test.ts`,
          ],
          // These two choose their Redis themselves; the README's snippets are for one server.
          exclude: ['**/redis-{places,tls}.e2e.test.ts', '**/readme.e2e.test.ts'],
          env: { OCTO_TEST_REDIS: 'cluster' },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: atOnce,
          sequence: { groupOrder: order.e2e },
        },
      },
    ],
  },
});
