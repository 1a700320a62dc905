import { setTimeout as pause } from 'node:timers/promises';
import { silentLog } from '@octo-bots/core';
import { openQueues } from '@octo-bots/queue';
import { type EmulatedGitHub, startGitHub, startRedis, waitFor, writeDeployment } from '@octo-bots/testing';
import { type Account, takeAccount } from './account.ts';
import { bots } from './bots.ts';
import type { Breakage } from './broken-build.ts';
import { type Fault, type FaultCounts, Faults } from './faults.ts';
import { Feed } from './feed.ts';
import { Member } from './fleet.ts';
import { foundOutcome } from './operations.ts';
import { Random } from './random.ts';
import { RedisGate } from './redis-gate.ts';
import { chaosDeployment } from './serve.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** How long events come in; faults go on for as long, and until each kind of them has happened. */
  readonly durationMs: number;
  /** 2 or more: one has a clock that is off. */
  readonly workers: number;
  /** Events a second. */
  readonly rate: number;
  /** `parallel-bots`: do the bots of one event run side by side, or one after another. */
  readonly parallelBots: boolean;
  /** Without any every delivery is still sent twice, and every clock is right. */
  readonly faults: readonly Fault[];
  /** What is broken on purpose. `redis`: it keeps nothing on disk. */
  readonly broken?: Breakage | 'redis' | undefined;
  readonly tell: (line: string) => void;
}

export interface ChaosReport extends Account, FaultCounts {
  readonly seed: number;
  readonly events: number;
  /** 2xx answers beyond the first of each event. */
  readonly duplicates: number;
  /** Attempts to deliver that had no 2xx answer, and were made again. */
  readonly refused: number;
  readonly clockOffsetMs: number;
  /** Runs that ended failed. */
  readonly deadLetters: number;
  /** Calls that found the effect of an earlier one, which was cut off before it was recorded. */
  readonly found: number;
  /** What every process wrote, for when the account does not hold. */
  readonly output: string;
}

/** Many, since GitHub counts requests by user and by installation. */
const owners = ['ada', 'brian', 'carol', 'dennis', 'edith', 'frank', 'grace', 'hedy'] as const;
/** For killed workers' runs to be taken over, and all of them to be worked on. */
const restMs = 120_000;

/** Runs the suite once. Rejects when the system does not come to rest; whether the account holds is for the caller to say. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, tell } = options;
  const random = new Random(seed);
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis({ appendOnly: options.broken !== 'redis' }));
  const github = stack.use(await startChaosGitHub());
  const { configPath: config } = stack.use(
    await writeDeployment({ github, bots, settings: { 'parallel-bots': options.parallelBots } }),
  );
  const gate = stack.use(await RedisGate.open(redis.port));
  const offsetMs = random.pick([-1, 1]) * random.between(2, 10) * 60_000;
  const clockOffsetMs = options.faults.length > 0 ? offsetMs : 0;
  const broken = options.broken === 'redis' ? undefined : options.broken;
  const member = (role: 'ingress' | 'worker', redisUrl: string, clockMs = 0) =>
    stack.use(new Member({ role, config, redisUrl, clockOffsetMs: clockMs, broken }));
  const ingress = member('ingress', gate.url);
  const worker = (clockMs = 0) => member('worker', redis.url, clockMs);
  const more = Array.from({ length: options.workers - 2 }, () => worker());
  const workers = { skewed: worker(clockOffsetMs), others: [worker(), ...more] } as const;
  const members = [ingress, workers.skewed, ...workers.others];
  const receive = () => github.setWebhookUrl(`${ingress.url}/events`);
  await Promise.all(members.map((each) => each.start()));
  receive();

  const feed = new Feed({ github, random: new Random(seed + 1), owners });
  const effects = () =>
    github.requests().filter(({ method, path }) => method === 'POST' && path.endsWith('/comments')).length;
  const faults = new Faults({ faults: options.faults, random, redis, gate, ingress, workers, receive, effects, tell });
  let goesOn = true;
  const trouble = (
    options.faults ? faults.makeUntil(performance.now() + options.durationMs) : pause(options.durationMs)
  )
    // A fault may wait for an event: they come in as long as there are faults.
    .finally(() => {
      goesOn = false;
    });
  await Promise.all([trouble, openWhile(() => goesOn, feed, options.rate)]);
  await feed.accept();
  tell(`${feed.events.length} events are taken; waiting for every run to end`);
  await allEnded(config, redis.url);
  await feed.repeatTheRest();
  const deadLetters = await allEnded(config, redis.url);

  const output = members.map((each) => each.output).join('\n');
  return {
    seed,
    events: feed.events.length,
    duplicates: feed.accepted - feed.events.length,
    refused: feed.refused,
    clockOffsetMs,
    deadLetters,
    ...faults.counts,
    ...(await takeAccount(github, feed.events)),
    found: output.split(foundOutcome).length - 1,
    output,
  };
}

async function startChaosGitHub(): Promise<EmulatedGitHub> {
  const github = await startGitHub({
    accounts: owners.map((login) => ({ login, type: 'User', repositories: ['chaos'] })),
    // What is delivered, and how often, is the suite's own matter.
    events: [],
  });
  // So that workers are in the middle of something when they are killed.
  github.slowDown({ path: /\/comments|\/labels/, ms: 60 });
  return github;
}

async function openWhile(goesOn: () => boolean, feed: Feed, rate: number): Promise<void> {
  while (goesOn()) {
    const opened = feed.openOne();
    await pause(1000 / rate);
    await opened;
  }
}

/** Waits until no run is waiting or under way. @returns how many ended failed. */
async function allEnded(config: string, redisUrl: string): Promise<number> {
  const deployment = await chaosDeployment(config, silentLog);
  const { queues, close } = openQueues({ redisUrl, deployment });
  try {
    await waitFor(
      'every run to end',
      async () => {
        const counts = await Promise.all(queues.map(({ queue }) => queue.getJobCounts()));
        const open = counts.flatMap(({ completed: _, failed: __, ...unended }) => Object.values(unended));
        if (open.some((count) => count > 0)) throw new Error(`of the queues: ${JSON.stringify(counts)}`);
        return true;
      },
      { timeoutMs: restMs },
    );
    const failed = await Promise.all(queues.map(({ queue }) => queue.getFailedCount()));
    return failed.reduce((sum, count) => sum + count, 0);
  } finally {
    await close();
  }
}
