import { expect, test } from 'vitest';
import { findRedis } from './redis-binary.ts';

test('with OCTO_TEST_REDIS=docker a Redis comes from the Docker engine, whatever this machine has', async () => {
  expect((await findRedis()).kind).toBe('docker');
});
