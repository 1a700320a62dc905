import { ErrorCode, type Queue } from 'bullmq';
import type { RunState } from './dead-letter.ts';
import type { RedisClient } from './redis-connection.ts';
import { ledgerOfReplay } from './redis-ledger.ts';

export interface ReplayOptions {
  /** Call every operation again, finished ones too. Only so is a run replayed that ended well. */
  readonly fromStart: boolean;
}

/** `finished`: how many operations are not called again. `state`: where a run stands that could not be replayed. */
export type ReplayVerdict =
  | { readonly replayed: true; readonly finished: number }
  | { readonly replayed: false; readonly state: RunState };

/**
 * Only while the run stands where it was seen, at the start that was seen: what a worker wrote since is not written over.
 * The count of starts stays, since it is what keeps a worker that lost the run from writing its ledger; the count of losses
 * goes. And the run leaves its chain of bots, which went on when it ended: BullMQ would make it a child again, that its
 * parent, perhaps at work, then cannot end without.
 */
const prepareReplay = `
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
if (redis.call('HGET', KEYS[1], 'ats') or '0') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[3])
redis.call('HDEL', KEYS[1], 'stc', 'parentKey', 'parent')
return 1`;

/**
 * Puts an ended run back into its queue, with all its attempts ahead of it. Of several at once one replays it. Ended
 * between its two steps, it leaves the run as failed as it was, ready to be replayed.
 */
export async function replayRun(
  runId: string,
  { queue, redis, fromStart }: ReplayOptions & { queue: Queue; redis: RedisClient },
): Promise<ReplayVerdict> {
  const job = await queue.getJob(runId);
  if (job === undefined) return { replayed: false, state: 'unknown' };
  const state = await job.getState();
  if (state !== 'failed' && !(state === 'completed' && fromStart)) return { replayed: false, state };
  const { stored, finished } = ledgerOfReplay(job.progress, fromStart);
  const keys = [queue.toKey(runId), queue.toKey(state)];
  const prepared = await redis.eval(prepareReplay, 2, ...keys, runId, String(job.attemptsStarted), stored);
  if (prepared !== 1) return { replayed: false, state: await job.getState() };
  try {
    await job.retry(state, { resetAttemptsMade: true });
  } catch (error) {
    if (!isElsewhere(error)) throw error;
    return { replayed: false, state: await job.getState() };
  }
  return { replayed: true, finished };
}

/** Somebody else replayed or removed it. */
function isElsewhere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === ErrorCode.JobNotInState || code === ErrorCode.JobNotExist;
}
