import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bot } from '@octo-bots/core';
import type { FlowJob, FlowProducer } from 'bullmq';
import { admit } from './admission.ts';
import { botQueueName, runIdOf } from './names.ts';
import type { RedisClient } from './redis-connection.ts';
import type { BotRunData } from './run-data.ts';
import { runOptions } from './run-options.ts';

/** Longer than an add may take; an add that outlives it is refused by its own deadline. */
const claimMs = 2000;

export interface OrderedAdd {
  readonly bots: readonly Bot[];
  readonly data: BotRunData;
  /** Whose event it is; see RunSubject. */
  readonly account: string;
  readonly flows: FlowProducer;
  readonly redis: RedisClient;
  readonly prefix: string;
}

/**
 * Adds the runs of one event so that they go one after another, over all workers: a chain of parents and children, in which
 * BullMQ starts a parent when its child ended. The first bot is the innermost child. All are added, or none.
 *
 * Adding a chain whose runs exist is not harmless in BullMQ: a child that already failed becomes a dependency again, and its
 * parent waits for ever. So only bots that do not know the delivery are added, by one process at a time. BullMQ gives no run of
 * a chain a marker of its own; it is known by its id until it starts, and the worker that starts it remembers it (see noteStart).
 * @returns the ids of the runs, in the order of the bots.
 */
export async function addInOrder(input: OrderedAdd): Promise<readonly string[]> {
  const { bots, data, flows, redis, prefix } = input;
  const { delivery } = data.event;
  const ids = bots.map((bot) => runIdOf(delivery, bot));
  const claimKey = `${prefix}:adding:${delivery}`;
  const claim = randomUUID();
  // Whoever calls this has a deadline of its own; a claim that nobody gives back runs out.
  for (;;) {
    if ((await newRuns(input)).length === 0) return ids;
    if ((await redis.set(claimKey, claim, 'PX', claimMs, 'NX')) === 'OK') break;
    await pause(20);
  }
  try {
    const chain = chainOf(await newRuns(input), data);
    if (chain !== undefined) await flows.add(chain);
  } finally {
    // Not awaited for its result: left behind, it runs out by itself.
    await redis.eval(releaseClaim, 1, claimKey, claim).catch(() => undefined);
  }
  return ids;
}

interface NewRun {
  readonly bot: Bot;
  readonly turn: number;
}

/** @returns the bots that are still to get a run of the delivery. */
async function newRuns({ bots, data, account, redis, prefix }: OrderedAdd): Promise<readonly NewRun[]> {
  const { delivery } = data.event;
  const admissions = await Promise.all(
    bots.map(async (bot) => ({ bot, ...(await admit({ redis, prefix, bot, delivery, account })) })),
  );
  return admissions.flatMap((admission) => (admission.known ? [] : [admission]));
}

const releaseClaim = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** @returns the last bot's run, with all earlier ones inside. */
function chainOf(runs: readonly NewRun[], data: BotRunData): FlowJob | undefined {
  const { delivery, name } = data.event;
  let chain: FlowJob | undefined;
  for (const [index, { bot, turn }] of runs.entries()) {
    const isLast = index === runs.length - 1;
    chain = {
      name,
      queueName: botQueueName(bot),
      data,
      opts: {
        ...runOptions(bot.queue, true),
        priority: turn,
        jobId: runIdOf(delivery, bot),
        // A bot that failed does not stop the next, and does not leave it waiting.
        ...(isLast ? {} : { ignoreDependencyOnFailure: true }),
      },
      ...(chain === undefined ? {} : { children: [chain] }),
    };
  }
  return chain;
}
