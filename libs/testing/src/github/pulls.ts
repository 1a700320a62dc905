import { type JsonObject, textAt } from './json.ts';
import type { Overlay } from './overlay.ts';
import type { Upstream } from './upstream.ts';

/** What the emulator does not keep about pull requests, kept here and shown by the overlay. */
export class Pulls {
  readonly #upstream: Upstream;
  readonly #overlay: Overlay;

  constructor(upstream: Upstream, overlay: Overlay) {
    this.#upstream = upstream;
    this.#overlay = overlay;
  }

  /** @returns the pull request as the emulator has it; undefined when the number is an issue's, or nobody's. */
  find(repository: string, number: number): Promise<JsonObject | undefined> {
    return this.#upstream.get(`/repos/${repository}/pulls/${number}`);
  }

  /** Something changed that GitHub takes for an update and the emulator does not. */
  async touch(repository: string, number: number): Promise<void> {
    const pull = await this.find(repository, number);
    const raw = textAt(pull, 'updated_at');
    if (raw !== undefined) this.#overlay.learn(repository, number, { updatedAt: { raw, shown: now() } });
  }

  /** A comment came or went. */
  async commented(repository: string, number: number): Promise<void> {
    const comments = await this.#upstream.all(`/repos/${repository}/issues/${number}/comments?`);
    this.#overlay.learn(repository, number, { comments: comments.length });
    await this.touch(repository, number);
  }

  /** @returns the open pull requests whose head this branch is. */
  openFrom(repository: string, branch: string): Promise<JsonObject[]> {
    const owner = repository.split('/')[0] ?? '';
    const head = encodeURIComponent(`${owner}:${branch}`);
    return this.#upstream.all(`/repos/${repository}/pulls?state=open&head=${head}`);
  }

  /** The branch was pushed to: its open pull requests now end at this commit. */
  async moveHeads(repository: string, branch: string, sha: string): Promise<void> {
    for (const pull of await this.openFrom(repository, branch)) {
      const number = Number(pull.number);
      this.#overlay.learn(repository, number, { headSha: sha });
      await this.touch(repository, number);
    }
  }

  /**
   * Shows an issue or a pull request as last changed (and made) at these times, until it changes.
   * @throws Error when there is no such issue.
   */
  async age(repository: string, number: number, times: { updatedAt: Date; createdAt?: Date }): Promise<void> {
    const found =
      (await this.find(repository, number)) ?? (await this.#upstream.get(`/repos/${repository}/issues/${number}`));
    const raw = textAt(found, 'updated_at');
    if (raw === undefined) throw new Error(`${repository} has no issue or pull request #${number}`);
    this.#overlay.learn(repository, number, {
      updatedAt: { raw, shown: times.updatedAt.toISOString() },
      createdAt: (times.createdAt ?? times.updatedAt).toISOString(),
    });
  }
}

function now(): string {
  return new Date().toISOString();
}
