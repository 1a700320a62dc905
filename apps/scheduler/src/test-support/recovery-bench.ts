import { type Log, silentLog } from '@octo-bots/core';
import { ClientPool } from '@octo-bots/engine';
import { githubAppCredentials } from '@octo-bots/github';
import { type RecoveryHold, RecoveryState } from '@octo-bots/queue';
import { createMetrics, type Metrics } from '@octo-bots/telemetry';
import {
  type Delivery,
  type EmulatedGitHub,
  receiveWebhooks,
  startGitHub,
  startRedis,
  type TestRedis,
  type WebhookReceiver,
  waitFor,
} from '@octo-bots/testing';
import { DeliveryRecovery, type RecoveryPace } from '../delivery-recovery.ts';

/** For tests: an emulated GitHub, a receiver in the place of the ingress, a Redis, and schedulers' recoveries on them. */

/** So long between askings that nothing is asked for twice within a test. */
const testPace: Partial<RecoveryPace> = { everyMs: 30, settleMs: 0, overlapMs: 0 };

export interface Recovering extends AsyncDisposable {
  readonly metrics: Metrics;
  /** How many rounds have begun. */
  rounds(): number;
  stop(): Promise<void>;
}

export class RecoveryBench implements AsyncDisposable {
  readonly github: EmulatedGitHub;
  readonly hook: WebhookReceiver;
  readonly redis: TestRedis;
  readonly #stack: AsyncDisposableStack;

  constructor(parts: { github: EmulatedGitHub; hook: WebhookReceiver; redis: TestRedis; stack: AsyncDisposableStack }) {
    this.github = parts.github;
    this.hook = parts.hook;
    this.redis = parts.redis;
    this.#stack = parts.stack;
  }

  ingressAway(): void {
    this.github.setWebhookUrl(undefined);
  }

  ingressBack(): void {
    this.github.setWebhookUrl(this.hook.url);
  }

  /** Lets GitHub deliver some events, one after another. */
  async deliver(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      ids.push((await this.github.deliver({ event: 'push', payload: { ref: 'refs/heads/main', index } })).delivery);
    }
    return ids;
  }

  arrivals(delivery: string): Delivery[] {
    return this.github.deliveries().filter((attempt) => attempt.delivery === delivery && attempt.status === 202);
  }

  /** The paths of the requests that list deliveries. */
  get listings(): string[] {
    return this.#requests('GET', /^\/app\/hook\/deliveries\?/);
  }

  /** The paths of the requests that ask for a delivery. */
  get askings(): string[] {
    return this.#requests('POST', /^\/app\/hook\/deliveries\/\d+\/attempts$/);
  }

  /** What Redis keeps, once no scheduler works. */
  async kept(): ReturnType<RecoveryHold['load']> {
    const state = new RecoveryState({ redisUrl: this.redis.url, log: silentLog });
    try {
      const hold = await waitFor('the hold', () => state.hold(`github-app-${this.github.app.id}`, 10_000));
      return await hold.load();
    } finally {
      state.close();
    }
  }

  /** Starts what a scheduler does about missed deliveries. */
  start(pace: Partial<RecoveryPace> = {}, log: Log = silentLog): Recovering {
    const metrics = createMetrics();
    const pool = new ClientPool({ credentials: [this.#credentials()], validityMs: 60_000, log: silentLog });
    let rounds = 0;
    const clients: Pick<ClientPool, 'deliverySources'> = {
      deliverySources: (scope) => {
        rounds++;
        return pool.deliverySources(scope);
      },
    };
    const recovery = new DeliveryRecovery({
      clients,
      redisUrl: this.redis.url,
      log,
      metrics,
      pace: { ...testPace, ...pace },
    });
    recovery.start();
    return this.#stack.use({
      metrics,
      rounds: () => rounds,
      stop: () => recovery.stop(),
      [Symbol.asyncDispose]: () => recovery.stop(),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  #requests(method: string, path: RegExp): string[] {
    const requests = this.github.requests().filter((request) => request.method === method && path.test(request.path));
    return requests.map((request) => request.path);
  }

  #credentials() {
    const { app, url } = this.github;
    return githubAppCredentials.create({
      config: { 'api-url': url },
      secrets: {
        'app-id': app.id,
        'client-id': app.clientId,
        'client-secret': app.clientSecret,
        'private-key': app.privateKey,
        'webhook-secret': app.webhookSecret,
      },
      log: silentLog,
    });
  }
}

export async function recoveryBench(): Promise<RecoveryBench> {
  const stack = new AsyncDisposableStack();
  try {
    const redis = stack.use(await startRedis());
    const hook = stack.use(await receiveWebhooks());
    const github = stack.use(await startGitHub({ webhookUrl: hook.url }));
    return new RecoveryBench({ github, hook, redis, stack });
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Waits until some more rounds have begun, and so until the one that is under way has ended. */
export async function moreRounds(recovering: Recovering, count = 3): Promise<void> {
  const before = recovering.rounds();
  await waitFor(`${count} more rounds`, () => recovering.rounds() >= before + count);
}

export async function counted(recovering: Recovering): Promise<Record<string, number>> {
  const { values } = await recovering.metrics.missedDeliveries.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.result), value]));
}
