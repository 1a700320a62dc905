import type { Bot } from '@octo-bots/core';
import { queueKeyOf, rememberedMs } from './admission.ts';
import { botQueueName, runIdOf } from './names.ts';
import type { RedisClient } from './redis-connection.ts';
import type { PullRequestSubject } from './run-subject.ts';

export interface Superseded {
  /** The run that was removed. */
  readonly id: string;
  /** The run that waits in its place. */
  readonly by: string;
}

/**
 * Of two waiting runs of one pull request the older goes. A run goes only in the moment in which the other one waits, and only
 * if it never started: one that did may have left something open on GitHub, and is left to end.
 *
 * Older is whose pull request was updated earlier; within one second, whose turn is earlier, which is the order of arrival.
 * The newer one takes the place in line, so that a pull request which is pushed to all the time still comes to its turn.
 */
const coalesceScript = `
local newest, waiting, events = KEYS[1], KEYS[2], KEYS[3]
local own, ownAt, queue, suffix, rememberedMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local function place(id)
  return redis.call('HEXISTS', queue .. id, 'ats') == 0 and redis.call('ZSCORE', waiting, id)
end
local function turn(id)
  return cjson.decode(redis.call('HGET', queue .. id, 'opts')).priority or 0
end
if not place(own) then return false end
local kept = redis.call('HMGET', newest, 'run', 'at')
local other, mine, theirs = kept[1], tonumber(ownAt), tonumber(kept[2])
if other == own then return false end
local older, newer = false, own
if other and place(other) then
  older = other
  local isOlder = turn(own) < turn(other)
  if mine and theirs and mine ~= theirs then isOlder = mine < theirs end
  if isOlder then older, newer = own, other end
end
if newer == own then
  redis.call('HSET', newest, 'run', own, 'at', ownAt)
  redis.call('PEXPIRE', newest, rememberedMs)
end
if not older then return false end
if tonumber(place(older)) < tonumber(place(newer)) then
  redis.call('ZADD', waiting, place(older), newer)
  redis.call('HSET', queue .. newer, 'priority', redis.call('HGET', queue .. older, 'priority'))
end
redis.call('ZREM', waiting, older)
redis.call('DEL', queue .. older, queue .. older .. ':logs')
redis.call('SET', queue .. 'de:' .. string.sub(older, 1, -#suffix - 1), newer, 'PX', rememberedMs)
redis.call('XADD', events, 'MAXLEN', '~', 1000, '*', 'event', 'removed', 'jobId', older, 'prev', 'prioritized')
return {older, newer}`;

/**
 * Leaves one waiting run of a bot for a pull request, the newest. To be called after the run was added; calling it again
 * changes nothing.
 * @param id a run of the bot, of this pull request.
 * @returns the run that was removed, if one was.
 */
export async function coalesce(options: {
  redis: RedisClient;
  prefix: string;
  bot: Bot;
  id: string;
  pullRequest: PullRequestSubject;
}): Promise<Superseded | undefined> {
  const { redis, prefix, bot, id, pullRequest } = options;
  const queue = queueKeyOf(prefix, bot);
  const keys = [`${prefix}:newest:${botQueueName(bot)}:${pullRequest.key}`, `${queue}prioritized`, `${queue}events`];
  const answer: unknown = await redis.eval(
    coalesceScript,
    keys.length,
    ...keys,
    ...[id, pullRequest.updatedAt ?? '', queue, runIdOf('', bot), rememberedMs],
  );
  if (!Array.isArray(answer)) return undefined;
  const [older, by] = answer;
  return { id: String(older), by: String(by) };
}
