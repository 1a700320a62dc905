import type { StaticDecode, TSchema } from 'typebox';
import { OctoError } from './errors.ts';
import type { WebhookEvent } from './event.ts';
import type { AskingFilter, Filter, FilterDeclaration, PureFilter } from './extension.ts';
import { type FilterVerdict, filterOut, letThrough } from './verdict.ts';

/** What one of the filters of a composite filter decided. */
export interface NestedVerdict extends FilterVerdict {
  readonly type: string;
}

type AskingContext = Parameters<AskingFilter['filter']>[0];

/**
 * Declares a filter made of the filters in its options. It is pure when all of them are; else it asks, with the clients of all of
 * them, and the pure ones decide first, since they cost nothing.
 */
export function defineCompositeFilter<Config extends TSchema>(spec: {
  type: string;
  summary: string;
  /** YAML of one item under `filters:`, as a user would write it: stands on its docs page and is loaded by a test. */
  example?: string;
  /** With `OneFilter` or `Filters` in it. */
  config: Config;
  filters(config: StaticDecode<Config>): readonly Filter[];
  /** The only event names that it can let through; undefined when it cannot know. Asked when all the filters are pure. */
  onlyEvents?(filters: readonly PureFilter[]): readonly string[] | undefined;
  /** Whether this verdict settles the matter, so that the filters after it need not decide. */
  settledBy(verdict: FilterVerdict): boolean;
  /** @param verdicts up to and with the one that settled it. */
  combine(verdicts: readonly NestedVerdict[]): FilterVerdict;
}): FilterDeclaration {
  const { type, summary, example, config } = spec;
  return {
    kind: 'filter',
    type,
    summary,
    example,
    about: 'its-filters',
    // Of the declaration, before it is known what it is made of: the least that is needed.
    pure: true,
    clients: [],
    config,
    create: (raw) => {
      const filters = spec.filters(raw as StaticDecode<Config>);
      const pure = filters.filter((filter) => filter.pure);
      if (pure.length < filters.length) return askingComposite(spec, pure, filters.filter(isAsking));
      return {
        type,
        pure: true,
        onlyEvents: spec.onlyEvents?.(pure),
        filter: (event) => spec.combine(pureVerdicts(spec, pure, event)),
      };
    },
  };
}

type Combining = Pick<Parameters<typeof defineCompositeFilter>[0], 'type' | 'settledBy' | 'combine'>;

function askingComposite(spec: Combining, pure: readonly PureFilter[], asking: readonly AskingFilter[]): AskingFilter {
  return {
    type: spec.type,
    pure: false,
    clients: [...new Set(asking.flatMap(({ clients }) => clients))],
    async filter(context) {
      const verdicts = pureVerdicts(spec, pure, context.event);
      for (const filter of asking) {
        if (verdicts.some((verdict) => spec.settledBy(verdict))) break;
        context.signal.throwIfAborted();
        verdicts.push({ type: filter.type, ...(await filter.filter(context)) });
      }
      return spec.combine(verdicts);
    },
  };
}

function pureVerdicts(
  { settledBy }: Combining,
  filters: readonly PureFilter[],
  event: WebhookEvent<unknown>,
): NestedVerdict[] {
  const verdicts: NestedVerdict[] = [];
  for (const filter of filters) {
    const verdict = filter.filter(event);
    verdicts.push({ type: filter.type, ...verdict });
    if (settledBy(verdict)) break;
  }
  return verdicts;
}

/**
 * What the filters in the options of an operation decide together: filtered out by the first that does so.
 * @param context.clients of this event; for a background job, those of the repository's own installation.
 * @throws OctoError CLIENT_NOT_CONFIGURED when a filter needs a client that is not among them; what a filter throws.
 */
export async function decideAll(filters: readonly Filter[], context: AskingContext): Promise<FilterVerdict> {
  const reasons: string[] = [];
  for (const filter of filters) {
    context.signal.throwIfAborted();
    const { filteredOut, reason } = await decide(filter, context);
    if (filteredOut) return filterOut(`${filter.type}: ${reason}`);
    reasons.push(`${filter.type}: ${reason}`);
  }
  return letThrough(reasons.join('; ') || 'there are no filters');
}

async function decide(filter: Filter, context: AskingContext): Promise<FilterVerdict> {
  if (filter.pure) return filter.filter(context.event);
  const missing = filter.clients.find((client) => context.clients[client] === undefined);
  if (missing === undefined) return filter.filter(context);
  throw new OctoError(
    'CLIENT_NOT_CONFIGURED',
    `the filter ${filter.type} needs the client "${missing}", which is not there for filters in the options of this operation`,
  );
}

function isAsking(filter: Filter): filter is AskingFilter {
  return !filter.pure;
}
