import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { TestRedis } from '@octo-bots/testing';
import type { Member } from './fleet.ts';
import type { Random } from './random.ts';
import type { RedisGate } from './redis-gate.ts';
import { lockMs } from './serve.ts';

/** How often each thing was done. */
export interface FaultCounts {
  readonly workersKilled: number;
  readonly ingressKilled: number;
  /** Among `ingressKilled`. */
  readonly ingressKilledBetweenBots: number;
  /** In good order. */
  readonly redisStopped: number;
  /** As by a power cut. */
  readonly redisCrashed: number;
  /** Every process and every Redis that was started again. */
  readonly restarts: number;
}

export type Fault =
  | 'kill a worker'
  | 'kill the worker whose clock is off'
  | 'kill every worker right after an effect'
  | 'kill the ingress'
  | 'kill the ingress between two bots'
  | 'stop Redis'
  | 'crash Redis'
  | 'stop Redis for longer than a lock';

export const everyFault: readonly Fault[] = [
  'kill a worker',
  'kill a worker',
  'kill the worker whose clock is off',
  'kill every worker right after an effect',
  'kill the ingress',
  'kill the ingress between two bots',
  'stop Redis',
  'crash Redis',
  'stop Redis for longer than a lock',
];

export interface FaultsOptions {
  /** A round: all of these, each time in another order. */
  readonly faults: readonly Fault[];
  readonly random: Random;
  readonly redis: TestRedis;
  readonly gate: RedisGate;
  readonly ingress: Member;
  readonly workers: { readonly skewed: Member; readonly others: readonly [Member, ...Member[]] };
  /** How many effects GitHub has seen so far. */
  readonly effects: () => number;
  /** Tells GitHub where the ingress is now. */
  readonly receive: () => void;
  readonly tell: (line: string) => void;
}

/** Does to a deployment what happens to deployments; starts again whatever it ended. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #starting = new Map<Member, Promise<void>>();
  #betweenBots = 0;
  #stopped = 0;
  #crashed = 0;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  get counts(): FaultCounts {
    const { ingress, workers } = this.#options;
    const workersKilled = [workers.skewed, ...workers.others].reduce((sum, { kills }) => sum + kills, 0);
    return {
      workersKilled,
      ingressKilled: ingress.kills,
      ingressKilledBetweenBots: this.#betweenBots,
      redisStopped: this.#stopped,
      redisCrashed: this.#crashed,
      restarts: workersKilled + ingress.kills + this.#stopped + this.#crashed,
    };
  }

  /** Whole rounds of faults until this point in time (as `performance.now()` counts); at least one. */
  async makeUntil(until: number): Promise<void> {
    const { faults, random, tell } = this.#options;
    for (let first = true; first || performance.now() < until; first = false) {
      for (const fault of random.shuffled(faults)) {
        await pause(random.between(200, 1500));
        tell(fault);
        await this.#make(fault);
      }
    }
    await Promise.all(this.#starting.values());
  }

  async #make(fault: Fault): Promise<void> {
    const { random, redis, workers, gate } = this.#options;
    const { skewed, others } = workers;
    switch (fault) {
      case 'kill a worker':
        return this.#killAndStart(random.pick(others));
      case 'kill the worker whose clock is off':
        return this.#killAndStart(skewed);
      case 'kill every worker right after an effect':
        return this.#killAfterEffect();
      case 'kill the ingress':
        return this.#killIngress();
      case 'kill the ingress between two bots':
        await gate.cutBetweenBots();
        this.#betweenBots += 1;
        return this.#killIngress();
      case 'stop Redis':
      case 'stop Redis for longer than a lock':
        this.#stopped += 1;
        await redis.stop();
        await pause(fault === 'stop Redis' ? random.between(300, 2500) : lockMs + random.between(500, 2000));
        return redis.start();
      case 'crash Redis':
        this.#crashed += 1;
        await redis.crash();
        await pause(random.between(0, 1500));
        return redis.start();
    }
  }

  /** At the moment when GitHub has it and no ledger can: which worker it was is not known, so it hits all of them. */
  async #killAfterEffect(): Promise<void> {
    const { effects, workers } = this.#options;
    await Promise.all(this.#starting.values());
    const before = effects();
    while (effects() === before) await nextTurn();
    await Promise.all([workers.skewed, ...workers.others].map((worker) => this.#killAndStart(worker)));
  }

  async #killIngress(): Promise<void> {
    await this.#killAndStart(this.#options.ingress, this.#options.receive);
  }

  /** Starting takes seconds; meanwhile the next fault happens to the others. */
  async #killAndStart(member: Member, started: () => void = () => {}): Promise<void> {
    const starting = this.#starting.get(member);
    // No wait where there is nothing to wait for: a moment later is another moment.
    if (starting !== undefined) await starting;
    await member.kill();
    const start = member.start().then(() => {
      this.#starting.delete(member);
      started();
    });
    this.#starting.set(member, start);
  }
}
