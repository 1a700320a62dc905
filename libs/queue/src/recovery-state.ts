import { randomUUID } from 'node:crypto';
import { type Log, OctoError, unlessAborted } from '@octo-bots/core';
import type { MissedChanges, MissedDelivery, RecoveryProgress } from '@octo-bots/engine';
import { defaultPrefix, type QueueAddress } from './names.ts';
import { connectToRedis, type RedisClient } from './redis-connection.ts';

export interface RecoveryStateOptions extends QueueAddress {
  readonly log: Log;
}

/** The recovery of one source of deliveries, held by this process alone until it is released or expires. */
export interface RecoveryHold {
  load(): Promise<{ progress: RecoveryProgress; missed: Map<string, MissedDelivery> }>;
  /** All of it or nothing; holds on for another `holdMs`. @returns false when the hold was lost: another process goes on. */
  save(news: { progress?: RecoveryProgress; changes?: MissedChanges }): Promise<boolean>;
  /** Lets go, `afterMs` from now. */
  release(afterMs: number): Promise<void>;
}

/** A hold that expired may be another's by now: who lost it writes no more. */
const saveIfHeld = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3]) end
for i = 4, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[3], ARGV[i])
  else
    redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
  end
end
return 1`;

const releaseIfHeld = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) else redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * What is known of missed deliveries, kept in Redis so that it outlives every process, and so that of any number of
 * schedulers one at a time works on a source. While Redis is down its calls wait; `close()` ends them (QUEUE_UNREACHABLE).
 */
export class RecoveryState {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #closing = new AbortController();

  constructor(options: RecoveryStateOptions) {
    this.#redis = connectToRedis({ redisUrl: options.redisUrl, temper: 'patient', log: options.log });
    this.#prefix = options.prefix ?? defaultPrefix;
  }

  /** @returns undefined while another process holds this source. */
  async hold(source: string, holdMs: number): Promise<RecoveryHold | undefined> {
    const redis = this.#redis;
    // ioredis itself lets commands wait forever when it is told to disconnect while Redis is down.
    const answered = <T>(command: Promise<T>) => unlessAborted(command, this.#closing.signal);
    const [lease, progressKey, missedKey] = ['lease', 'progress', 'missed'].map(
      (what) => `${this.#prefix}:recovery:${source}:${what}`,
    ) as [string, string, string]; // a map of three gives three
    const token = randomUUID();
    if ((await answered(redis.set(lease, token, 'PX', holdMs, 'NX'))) === null) return undefined;
    return {
      async load() {
        const [progress, missed] = await answered(Promise.all([redis.get(progressKey), redis.hgetall(missedKey)]));
        return { progress: progress === null ? {} : JSON.parse(progress), missed: parseMissed(missed) };
      },
      async save({ progress, changes = new Map() }) {
        const told = [...changes].flatMap(([delivery, one]) => [
          delivery,
          one === undefined ? '' : JSON.stringify(one),
        ]);
        const kept = progress === undefined ? '' : JSON.stringify(progress);
        const written = redis.eval(saveIfHeld, 3, lease, progressKey, missedKey, token, holdMs, kept, ...told);
        return (await answered(written)) === 1;
      },
      async release(afterMs) {
        await answered(redis.eval(releaseIfHeld, 1, lease, token, Math.round(afterMs)));
      },
    };
  }

  close(): void {
    this.#closing.abort(new OctoError('QUEUE_UNREACHABLE', 'the connection to Redis was closed'));
    this.#redis.disconnect();
  }
}

function parseMissed(stored: Readonly<Record<string, string>>): Map<string, MissedDelivery> {
  // Written by `save` alone.
  return new Map(Object.entries(stored).map(([delivery, one]) => [delivery, JSON.parse(one) as MissedDelivery]));
}
