import { defineConfig } from 'vitest/config';

/** Three rings: pure tests beside the code, tests on a real Redis, and end-to-end tests with real processes. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          globalSetup: 'scripts/ensure-programs.ts',
          include: ['{apps,libs}/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.redis.test.ts', '**/*.e2e.test.ts'],
        },
      },
      {
        test: {
          name: 'redis',
          globalSetup: 'scripts/ensure-redis.ts',
          include: ['{apps,libs}/*/src/**/*.redis.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
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
        },
      },
    ],
  },
});
