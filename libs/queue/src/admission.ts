import type { Bot } from '@octo-bots/core';
import type { Job } from 'bullmq';
import { botQueueName, runIdOf } from './names.ts';
import type { RedisClient } from './redis-connection.ts';
import { lastPriority } from './run-options.ts';

/**
 * How long a delivery is remembered after its last copy came. GitHub redelivers what is up to three days old; the run itself
 * may be gone by then, since `keep` removes it.
 */
export const rememberedMs = 4 * 24 * 60 * 60 * 1000;

/** Turns start from 1 again, once nobody waits, above this: half of what BullMQ's priorities allow. */
const manyTurns = 1_000_000;

export interface AdmissionRequest {
  readonly redis: RedisClient;
  readonly prefix: string;
  readonly bot: Bot;
  readonly delivery: string;
  /** Whose turn it is; see RunSubject. */
  readonly account: string;
}

/** A delivery that the bot's queue knows, with the run that covers it; else the turn (a BullMQ priority) of its new run. */
export type Admission =
  | { readonly known: true; readonly id: string }
  | { readonly known: false; readonly turn: number };

/**
 * The marker of a delivery is BullMQ's deduplication key, which BullMQ writes in the same script that adds the run, so neither
 * is ever there without the other. It outlives the run, except one that is removed by hand.
 *
 * A run that was replaced by a newer one leaves the newer one's id in its marker, which may have been replaced in turn.
 *
 * Turns: each account's next run comes one turn after its last one, or after the turn of the run that started last, whichever
 * is later. So an account with ten thousand runs waiting has ten thousand turns ahead, and the first run of another account
 * comes right after the turn being served; the runs of one account keep their order. Nothing is counted down when a run ends.
 */
const admitScript = `
local run, marker, share, waiting, waitingForBots = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, rememberedMs, account, queue, suffix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local manyTurns, lastPriority = tonumber(ARGV[6]), tonumber(ARGV[7])
local known = redis.call('GET', marker)
if not known and redis.call('EXISTS', run) == 1 then
  known = id
  redis.call('SET', marker, id)
end
if known then
  redis.call('PEXPIRE', marker, rememberedMs)
  for _ = 1, 1000 do
    if known == id then break end
    id = known
    known = redis.call('GET', queue .. 'de:' .. string.sub(id, 1, -#suffix - 1)) or id
  end
  return {1, id}
end
local kept = redis.call('HMGET', share, 'served', 'latest', 'of:' .. account)
local served, latest, last = tonumber(kept[1] or 0), tonumber(kept[2] or 0), tonumber(kept[3] or 0)
local nobodyWaits = redis.call('ZCARD', waiting) == 0 and redis.call('ZCARD', waitingForBots) == 0
if nobodyWaits and latest >= manyTurns then
  redis.call('DEL', share)
  served, latest, last = 0, 0, 0
elseif nobodyWaits and served >= latest then
  redis.call('DEL', share)
end
local turn = math.min(math.max(served, last) + 1, lastPriority)
redis.call('HSET', share, 'served', served, 'latest', math.max(latest, turn), 'of:' .. account, turn)
return {0, turn}`;

/** Tells whether a delivery is to become a run of a bot. Adds nothing: a delivery is known only once its run was stored. */
export async function admit({ redis, prefix, bot, delivery, account }: AdmissionRequest): Promise<Admission> {
  const queue = queueKeyOf(prefix, bot);
  const id = runIdOf(delivery, bot);
  const keys = [
    `${queue}${id}`,
    `${queue}de:${delivery}`,
    `${queue}share`,
    `${queue}prioritized`,
    `${queue}waiting-children`,
  ];
  const suffix = runIdOf('', bot);
  const answer: unknown = await redis.eval(
    admitScript,
    keys.length,
    ...keys,
    ...[id, rememberedMs, account, queue, suffix, manyTurns, lastPriority],
  );
  const [known, value] = Array.isArray(answer) ? answer : [];
  return known === 1 ? { known: true, id: String(value) } : { known: false, turn: Number(value) };
}

/** Before the id of each run in a bot's queue. */
export function queueKeyOf(prefix: string, bot: Bot): string {
  return `${prefix}:${botQueueName(bot)}:`;
}

const startScript = `
local share, marker = KEYS[1], KEYS[2]
local turn, id, rememberedMs = tonumber(ARGV[1]), ARGV[2], ARGV[3]
if turn > tonumber(redis.call('HGET', share, 'served') or 0) then redis.call('HSET', share, 'served', turn) end
if id ~= '' then redis.call('SET', marker, id, 'PX', rememberedMs) end
return 1`;

/**
 * Notes that a run of a bot starts: whose turn it is, and its delivery, should BullMQ not have written that when it was added
 * (it gives no run of a chain a marker). Called before the run does anything, so that no run is over, and removed by `keep`,
 * whose delivery was not remembered.
 */
export async function noteStart(redis: RedisClient, job: Job): Promise<void> {
  const delivery: unknown = job.data?.event?.delivery;
  if (typeof delivery !== 'string') return;
  const queue = `${job.queueQualifiedName}:`;
  const unmarked = job.opts.deduplication === undefined ? (job.id ?? '') : '';
  await redis.eval(startScript, 2, `${queue}share`, `${queue}de:${delivery}`, job.priority, unmarked, rememberedMs);
}
