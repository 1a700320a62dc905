import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bot } from '@octo-bots/core';
import type { FlowJob, FlowProducer } from 'bullmq';
import type { Redis } from 'ioredis';
import { botQueueName, runIdOf } from './names.ts';
import type { BotRunData } from './run-data.ts';
import { runOptions } from './run-options.ts';

/** Longer than an add may take; an add that outlives it is refused by its own deadline. */
const claimMs = 2000;

export interface OrderedAdd {
  readonly bots: readonly Bot[];
  readonly data: BotRunData;
  readonly flows: FlowProducer;
  readonly redis: Redis;
  readonly prefix: string;
}

/**
 * Adds the runs of one event so that they go one after another, over all workers: a chain of parents and children, in which
 * BullMQ starts a parent when its child ended. The first bot is the innermost child. All are added, or none.
 *
 * Adding a chain whose runs exist is not harmless in BullMQ: a child that already failed becomes a dependency again, and its
 * parent waits for ever. So a delivery is added only while none of its runs exists, by one process at a time.
 */
export async function addInOrder(input: OrderedAdd): Promise<void> {
  const { bots, data, flows, redis, prefix } = input;
  const { delivery } = data.event;
  const runKeys = bots.map((bot) => `${prefix}:${botQueueName(bot)}:${runIdOf(delivery, bot)}`);
  const claimKey = `${prefix}:adding:${delivery}`;
  const claim = randomUUID();
  // Whoever calls this has a deadline of its own; a claim that nobody gives back runs out.
  for (;;) {
    if ((await redis.exists(...runKeys)) > 0) return;
    if ((await redis.set(claimKey, claim, 'PX', claimMs, 'NX')) === 'OK') break;
    await pause(20);
  }
  try {
    if ((await redis.exists(...runKeys)) > 0) return;
    const chain = chainOf(bots, data);
    if (chain !== undefined) await flows.add(chain);
  } finally {
    // Not awaited for its result: left behind, it runs out by itself.
    await redis.eval(releaseClaim, 1, claimKey, claim).catch(() => undefined);
  }
}

const releaseClaim = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** @returns the last bot's run, with all earlier ones inside. */
function chainOf(bots: readonly Bot[], data: BotRunData): FlowJob | undefined {
  let chain: FlowJob | undefined;
  for (const [index, bot] of bots.entries()) {
    const isLast = index === bots.length - 1;
    chain = {
      name: data.event.name,
      queueName: botQueueName(bot),
      data,
      opts: {
        ...runOptions(bot.queue, true),
        jobId: runIdOf(data.event.delivery, bot),
        // A bot that failed does not stop the next, and does not leave it waiting.
        ...(isLast ? {} : { ignoreDependencyOnFailure: true }),
      },
      ...(chain === undefined ? {} : { children: [chain] }),
    };
  }
  return chain;
}
