import type { Bot, Log } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import type { Queue } from 'bullmq';

/**
 * Makes a bot's `queue.concurrency` in Redis, where it holds over all workers, equal to the YAML: also when it was changed or
 * removed there, or Redis was wiped. Its `queue.rate-limit` needs no such care: each worker tells it to Redis with each run.
 */
export async function reconcileConcurrency(options: { bot: Bot; queue: Queue; log: Log }): Promise<void> {
  const { bot, queue, log } = options;
  const wanted = bot.queue.concurrency ?? null;
  const standing = await queue.getGlobalConcurrency();
  if (standing === wanted) return;
  if (wanted === null) await queue.removeGlobalConcurrency();
  else await queue.setGlobalConcurrency(wanted);
  log.info({ [logKey.bot]: bot.name, from: standing, to: wanted }, 'concurrency of a bot set');
}
