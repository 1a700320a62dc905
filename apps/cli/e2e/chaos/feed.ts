import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EmulatedGitHub } from '@octo-bots/testing';
import type { ChaosEvent } from './account.ts';
import type { Random } from './random.ts';

/** A delivery that nobody takes within this time is a fault of the suite. */
const longestRefusalMs = 60_000;
const againAfterMs = 500;

interface SentEvent extends ChaosEvent {
  readonly payload: object;
}

/** When the second copy of a delivery is sent: with the first, a little later, or after its runs have ended. */
type SecondCopy = 'together' | 'later' | 'after the end';

/** Opens pull requests, and sends the delivery of each until it was answered 2xx twice. */
export class Feed {
  readonly events: SentEvent[] = [];
  readonly #github: EmulatedGitHub;
  readonly #random: Random;
  readonly #owners: readonly [string, ...string[]];
  readonly #underWay: Promise<void>[] = [];
  readonly #toRepeat: SentEvent[] = [];
  #accepted = 0;
  #refused = 0;

  constructor(options: { github: EmulatedGitHub; random: Random; owners: readonly [string, ...string[]] }) {
    this.#github = options.github;
    this.#random = options.random;
    this.#owners = options.owners;
  }

  /** Answers 2xx so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Attempts that had no answer, or another one: they were sent again. */
  get refused(): number {
    return this.#refused;
  }

  /** Opens one pull request, and starts to send its delivery. */
  async openOne(): Promise<void> {
    const owner = this.#random.pick(this.#owners);
    const secondCopy = this.#random.pick<SecondCopy>(['together', 'later', 'after the end']);
    const laterByMs = this.#random.between(200, 2000);
    const event = await this.#open({ owner, repo: 'chaos', head: `feature/${this.events.length}` });
    this.events.push(event);
    const first = this.#sendUntilAccepted(event);
    this.#underWay.push(first);
    if (secondCopy === 'together') this.#underWay.push(this.#sendUntilAccepted(event));
    else if (secondCopy === 'after the end') this.#toRepeat.push(event);
    else this.#underWay.push(first.then(() => pause(laterByMs)).then(() => this.#sendUntilAccepted(event)));
  }

  /** Resolves once everything sent so far was answered 2xx. */
  async accept(): Promise<void> {
    await Promise.all(this.#underWay.splice(0));
  }

  /** Sends the second copies that were to come after the runs had ended. */
  async repeatTheRest(): Promise<void> {
    this.#underWay.push(...this.#toRepeat.splice(0).map((event) => this.#sendUntilAccepted(event)));
    await this.accept();
  }

  async #open(place: { owner: string; repo: string; head: string }): Promise<SentEvent> {
    const github = this.#github;
    const { owner, repo } = place;
    const { number, json: pullRequest } = await github.openPullRequest(place);
    const installation = github.installations.find(({ account }) => account === owner);
    const payload = {
      action: 'opened',
      number,
      pull_request: pullRequest,
      repository: await github.api(owner, 'GET', `/repos/${owner}/${repo}`),
      sender: pullRequest.user,
      installation: { id: installation?.id },
    };
    return { owner, repo, number, delivery: randomUUID(), payload };
  }

  async #sendUntilAccepted({ delivery, payload }: SentEvent): Promise<void> {
    const deadline = performance.now() + longestRefusalMs;
    for (;;) {
      const { status, error } = await this.#github.deliver({ event: 'pull_request', payload, delivery });
      if (status !== undefined && status >= 200 && status < 300) {
        this.#accepted += 1;
        return;
      }
      this.#refused += 1;
      if (performance.now() > deadline) throw new Error(`${delivery} is not taken: ${status ?? error}`);
      await pause(againAfterMs);
    }
  }
}
