import { type Bot, type Log, type PureFilter, silentLog, type WebhookEvent } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';

export interface PassedOver {
  readonly bot: Bot;
  /** The type of the filter that filtered the event out. */
  readonly filter: string;
  readonly reason: string;
}

export interface MatchResult {
  /** In the order of the YAML. */
  readonly matched: readonly Bot[];
  /** Of the bots that could work on an event of this name, those that a pure filter kept from it. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * Finds the bots of an event by their pure filters. Bots are indexed by the event names that they can work on, so an event
 * costs what it matches, not how many bots are configured.
 */
export class EventMatcher {
  readonly #candidates = new Map<string, Bot[]>();
  readonly #log: Log;

  constructor(bots: readonly Bot[], options: { log?: Log } = {}) {
    this.#log = options.log ?? silentLog;
    for (const bot of bots) {
      for (const name of eventNamesOf(bot)) {
        const known = this.#candidates.get(name);
        if (known === undefined) this.#candidates.set(name, [bot]);
        else known.push(bot);
      }
    }
  }

  match(event: WebhookEvent<unknown>): MatchResult {
    const matched: Bot[] = [];
    const passedOver: PassedOver[] = [];
    for (const bot of this.#candidates.get(event.name) ?? []) {
      const verdict = this.#filteredOutBy(bot, event);
      if (verdict === undefined) matched.push(bot);
      else passedOver.push({ bot, ...verdict });
    }
    return { matched, passedOver };
  }

  #filteredOutBy(bot: Bot, event: WebhookEvent<unknown>): { filter: string; reason: string } | undefined {
    for (const filter of pureFiltersOf(bot)) {
      try {
        const verdict = filter.filter(event);
        if (verdict.filteredOut) return { filter: filter.type, reason: verdict.reason };
      } catch (error) {
        // Not a reason to drop the event: the worker asks the filter again, and the run shows its error.
        this.#log.error(
          {
            [logKey.delivery]: event.delivery,
            [logKey.bot]: bot.name,
            [logKey.filter]: filter.type,
            [logKey.err]: error,
          },
          'filter threw while matching',
        );
      }
    }
    return undefined;
  }
}

function pureFiltersOf(bot: Bot): PureFilter[] {
  return bot.filters.filter((filter) => filter.pure);
}

/** Event names that at least one operation works on and that no filter rules out. */
function eventNamesOf(bot: Bot): Set<string> {
  const names = new Set(bot.operations.flatMap((operation) => operation.events));
  for (const { onlyEvents } of pureFiltersOf(bot)) {
    if (onlyEvents === undefined) continue;
    for (const name of names) if (!onlyEvents.includes(name)) names.delete(name);
  }
  return names;
}
