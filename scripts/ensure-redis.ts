import { startRedis } from '@octo-bots/testing';

/**
 * Before the first test that needs one: on a machine without a Redis this installs it, which takes longer than a test may.
 */
export default async function ensureRedis(): Promise<void> {
  await using _redis = await startRedis();
}
