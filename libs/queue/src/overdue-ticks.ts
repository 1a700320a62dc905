import type { Overdue } from './reconcile-schedules.ts';

/**
 * Tells ticks that nobody works on from ticks that are merely late: one counts once it was seen overdue over a while. After
 * a time in which no scheduler ran, all are overdue at first sight, and soon worked on.
 */
export class OverdueTicks {
  readonly #patienceMs: number;
  #firstSeen = new Map<string, { due: number; at: number }>();
  #late: readonly string[] = [];

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Slugs of the background jobs whose ticks nobody works on. */
  get late(): readonly string[] {
    return this.#late;
  }

  /** @param overdue what was overdue just now. */
  seen(overdue: Overdue): void {
    const at = performance.now();
    this.#firstSeen = new Map(
      [...overdue].map(([slug, due]) => {
        const first = this.#firstSeen.get(slug);
        return [slug, first?.due === due ? first : { due, at }];
      }),
    );
    this.#late = [...this.#firstSeen].filter(([, first]) => at - first.at >= this.#patienceMs).map(([slug]) => slug);
  }
}
