import type { TokenHolder } from './accounts.ts';
import { botLogin } from './accounts.ts';
import type { JsonObject } from './json.ts';
import { objectsOf, textAt } from './json.ts';
import type { Upstream } from './upstream.ts';

/** The emulator keeps the events of issues and forgets those of pull requests; these are kept here. */
export class Timeline {
  readonly #upstream: Upstream;
  readonly #ofPulls = new Map<string, JsonObject[]>();
  #lastId = 0;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Something was done to a pull request. */
  async note(input: { repository: string; number: number; actor: TokenHolder; fields: JsonObject }): Promise<void> {
    const { repository, number, actor, fields } = input;
    const key = keyOf(repository, number);
    const user = await this.#upstream.get(`/users/${actor.kind === 'user' ? actor.login : botLogin}`);
    const event = { id: ++this.#lastId, actor: user, created_at: new Date().toISOString(), ...fields };
    this.#ofPulls.set(key, [...(this.#ofPulls.get(key) ?? []), event]);
  }

  /** @returns what was noted of a pull request, oldest first. */
  notedOf(repository: string, number: number): readonly JsonObject[] {
    return this.#ofPulls.get(keyOf(repository, number)) ?? [];
  }

  /** docs.github.com/rest/issues/timeline: everything that happened to it, oldest first. */
  async of(repository: string, number: number, isPull: boolean): Promise<JsonObject[]> {
    const path = `/repos/${repository}`;
    const [events, comments, reviews, commits] = await Promise.all([
      isPull ? this.notedOf(repository, number) : this.#upstream.all(`${path}/issues/${number}/events?`),
      this.#upstream.all(`${path}/issues/${number}/comments?`),
      isPull ? this.#upstream.all(`${path}/pulls/${number}/reviews?`) : [],
      isPull ? this.#upstream.all(`${path}/pulls/${number}/commits?`) : [],
    ]);
    const all = [
      // GitHub has no such event.
      ...events.filter(({ event }) => event !== 'opened').map(({ issue: _, ...event }) => event),
      ...comments.map((comment) => ({ event: 'commented', actor: comment.user, ...comment })),
      ...reviews.map((review) => ({ event: 'reviewed', ...review })),
      ...commits.map(({ sha, commit }) => ({ event: 'committed', sha, ...(objectsOf([commit])[0] ?? {}) })),
    ];
    return all.toSorted((a, b) => whenOf(a) - whenOf(b));
  }
}

function whenOf(event: JsonObject): number {
  const when = textAt(event, 'created_at') ?? textAt(event, 'submitted_at') ?? textAt(event, 'committer', 'date');
  return Date.parse(when ?? '');
}

function keyOf(repository: string, number: number): string {
  return `${repository.toLowerCase()}#${number}`;
}
