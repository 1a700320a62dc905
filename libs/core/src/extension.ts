import type { StaticDecode, TSchema } from 'typebox';
import type { Memo } from './answer-cache.ts';
import type { AnyPayload, Tick, WebhookEvent } from './event.ts';
import type { Log } from './log.ts';
import type { Failed, Outcome } from './outcome.ts';
import type { EventClients, EventClientType, EventName, EventPayloads, JobClients, JobClientType } from './registry.ts';
import type { RunInfo } from './run.ts';
import type { FilterVerdict } from './verdict.ts';

/** Clients by client type, as an operation or filter without static types gets them. */
export type ClientSet = Readonly<Record<string, unknown>>;

interface CallContext {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly run: RunInfo;
  /**
   * Names this operation in this run, over all its attempts and on every worker: by it, what an earlier call left at a service
   * is found again, such as a check run by its external id.
   */
  readonly key: string;
  /** What operations of this type remember from one run to another. */
  readonly memo: Memo;
}

interface CommonContext extends CallContext {
  /** What the last call's `later` carried; undefined on the first call. */
  readonly state: unknown;
  /** Epoch milliseconds of its first `later`, so that it can tell how long it has waited in all; undefined on the first call. */
  readonly waitingSince: number | undefined;
}

/** What an operation that is given up works with. */
interface AbandonContext extends CallContext {
  /** Why the run ended. Its reason may hold internals: people who read GitHub get the code. */
  readonly failure: Failed;
}

/** What an operation of a bot works with. */
export interface OperationContext<Config, Name extends EventName, Client extends EventClientType>
  extends CommonContext {
  readonly config: Config;
  readonly event: { [N in Name]: WebhookEvent<EventPayloads[N]> & { readonly name: N } }[Name];
  readonly clients: Pick<EventClients, Client>;
}

/** What an operation of a bot works with once its run has failed for good. */
export interface AbandonedOperationContext<Config, Name extends EventName, Client extends EventClientType>
  extends AbandonContext {
  readonly config: Config;
  readonly event: { [N in Name]: WebhookEvent<EventPayloads[N]> & { readonly name: N } }[Name];
  readonly clients: Pick<EventClients, Client>;
}

/** What an operation of a background job works with. */
export interface JobOperationContext<Config, Client extends JobClientType> extends CommonContext {
  readonly config: Config;
  readonly tick: Tick;
  readonly clients: Pick<JobClients, Client>;
}

export interface PureFilterContext<Config> {
  readonly config: Config;
  readonly event: WebhookEvent<AnyPayload>;
}

export interface AskingFilterContext<Config, Client extends EventClientType> extends PureFilterContext<Config> {
  readonly clients: Pick<EventClients, Client>;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** An operation with its config in it: what the engine calls. */
export interface EventOperation {
  readonly type: string;
  readonly trigger: 'event';
  readonly events: readonly string[];
  readonly clients: readonly string[];
  execute(context: CommonContext & { event: WebhookEvent<unknown>; clients: ClientSet }): Promise<Outcome>;
  /** See defineOperation. */
  abandon?(context: AbandonContext & { event: WebhookEvent<unknown>; clients: ClientSet }): Promise<void>;
}

export interface JobOperation {
  readonly type: string;
  readonly trigger: 'tick';
  readonly clients: readonly string[];
  execute(context: CommonContext & { tick: Tick; clients: ClientSet }): Promise<Outcome>;
}

export type Operation = EventOperation | JobOperation;

export interface OperationDeclaration {
  readonly kind: 'operation';
  readonly trigger: 'event' | 'tick';
  /** Its name in YAML. */
  readonly type: string;
  readonly summary: string;
  /** YAML of one item of the list, as a user would write it. */
  readonly example: string | undefined;
  /** Events it can work on; empty for an operation of background jobs. */
  readonly events: readonly string[];
  readonly clients: readonly string[];
  /** Programs that it runs: they have to be on the PATH of every worker. */
  readonly programs: readonly string[];
  readonly config: TSchema;
  /** @param config decoded from `config` by the loader, defaults filled in. */
  create(config: unknown): Operation;
}

/** A filter with its config in it. A pure one decides at once and needs nothing but the event. */
export type Filter = PureFilter | AskingFilter;

export interface PureFilter {
  readonly type: string;
  readonly pure: true;
  /** The only event names that it can let through, when it knows them: lets the ingress pass over the bot unseen. */
  readonly onlyEvents: readonly string[] | undefined;
  filter(event: WebhookEvent<unknown>): FilterVerdict;
}

export interface AskingFilter {
  readonly type: string;
  readonly pure: false;
  readonly clients: readonly string[];
  filter(context: {
    event: WebhookEvent<unknown>;
    clients: ClientSet;
    signal: AbortSignal;
    log: Log;
  }): Promise<FilterVerdict>;
}

/** What a filter has to know to decide: an event, or no more of it than the repository and the installation. */
export type FilterSubject = 'event' | 'repository';

export interface FilterDeclaration {
  readonly kind: 'filter';
  readonly type: string;
  readonly summary: string;
  /** YAML of one item of the list, as a user would write it. */
  readonly example: string | undefined;
  /** A filter about a repository also stands where no event is, such as in a background job. `its-filters`: about whatever those in its options are about. */
  readonly about: FilterSubject | 'its-filters';
  readonly pure: boolean;
  readonly clients: readonly string[];
  readonly config: TSchema;
  create(config: unknown): Filter;
}

/**
 * Declares an operation of bots: runs on events.
 *
 * `abandon` closes what the operation may have left open at a service, such as a check run. It is called once the run has
 * failed for good and the operation did not end with done or skipped: after the last attempt, a timeout in it, or a wait that took
 * longer than it may. It may be called more than once, and although nothing was opened.
 */
export function defineOperation<
  Config extends TSchema,
  const Names extends readonly EventName[],
  const Clients extends readonly EventClientType[] = readonly [],
>(spec: {
  type: string;
  summary: string;
  /** YAML of one item under `operations:`, as a user would write it: stands on its docs page and is loaded by a test. */
  example?: string;
  events: Names;
  clients?: Clients;
  /** Programs that it runs, by the names of their Debian packages too: they have to be on the PATH of every worker. */
  programs?: readonly string[];
  config: Config;
  execute(context: OperationContext<StaticDecode<Config>, Names[number], Clients[number]>): Promise<Outcome>;
  abandon?(context: AbandonedOperationContext<StaticDecode<Config>, Names[number], Clients[number]>): Promise<void>;
}): OperationDeclaration {
  const clients = spec.clients ?? [];
  const { abandon } = spec;
  return {
    kind: 'operation',
    trigger: 'event',
    type: spec.type,
    summary: spec.summary,
    example: spec.example,
    events: spec.events,
    clients,
    programs: spec.programs ?? [],
    config: spec.config,
    create: (config) => ({
      type: spec.type,
      trigger: 'event',
      events: spec.events,
      clients,
      // The types end here: the loader validated `config`, the ingress the event, and the engine gives the named clients.
      execute: (context) => spec.execute({ ...context, config } as unknown as Parameters<typeof spec.execute>[0]),
      ...(abandon === undefined
        ? {}
        : {
            abandon: (context) =>
              abandon.call(spec, { ...context, config } as unknown as Parameters<typeof abandon>[0]),
          }),
    }),
  };
}

/** Declares an operation of background jobs: runs on ticks. */
export function defineJobOperation<
  Config extends TSchema,
  const Clients extends readonly JobClientType[] = readonly [],
>(spec: {
  type: string;
  summary: string;
  /** YAML of one item under `operations:`, as a user would write it: stands on its docs page and is loaded by a test. */
  example?: string;
  clients?: Clients;
  /** See defineOperation. */
  programs?: readonly string[];
  config: Config;
  execute(context: JobOperationContext<StaticDecode<Config>, Clients[number]>): Promise<Outcome>;
}): OperationDeclaration {
  const clients = spec.clients ?? [];
  return {
    kind: 'operation',
    trigger: 'tick',
    type: spec.type,
    summary: spec.summary,
    example: spec.example,
    events: [],
    clients,
    programs: spec.programs ?? [],
    config: spec.config,
    create: (config) => ({
      type: spec.type,
      trigger: 'tick',
      clients,
      // See defineOperation.
      execute: (context) => spec.execute({ ...context, config } as unknown as Parameters<typeof spec.execute>[0]),
    }),
  };
}

/** Declares a pure filter: headers and payload are enough, so the ingress decides. */
export function definePureFilter<Config extends TSchema>(spec: {
  type: string;
  summary: string;
  /** YAML of one item under `filters:`, as a user would write it: stands on its docs page and is loaded by a test. */
  example?: string;
  /** Default: `event`. */
  about?: FilterSubject;
  config: Config;
  /** The only event names that a filter of this config can let through; leave out when it cannot know. */
  onlyEvents?(config: StaticDecode<Config>): readonly string[];
  filter(context: PureFilterContext<StaticDecode<Config>>): FilterVerdict;
}): FilterDeclaration {
  return {
    kind: 'filter',
    type: spec.type,
    summary: spec.summary,
    example: spec.example,
    about: spec.about ?? 'event',
    pure: true,
    clients: [],
    config: spec.config,
    create: (raw) => {
      const config = raw as StaticDecode<Config>;
      return {
        type: spec.type,
        pure: true,
        onlyEvents: spec.onlyEvents?.(config),
        filter: (event) => spec.filter({ config, event: event as WebhookEvent<AnyPayload> }),
      };
    },
  };
}

/** Declares a filter that asks a client, and so decides in the worker. */
export function defineAskingFilter<Config extends TSchema, const Clients extends readonly EventClientType[]>(spec: {
  type: string;
  summary: string;
  /** YAML of one item under `filters:`, as a user would write it: stands on its docs page and is loaded by a test. */
  example?: string;
  /** Default: `event`. */
  about?: FilterSubject;
  clients: Clients;
  config: Config;
  filter(context: AskingFilterContext<StaticDecode<Config>, Clients[number]>): Promise<FilterVerdict>;
}): FilterDeclaration {
  return {
    kind: 'filter',
    type: spec.type,
    summary: spec.summary,
    example: spec.example,
    about: spec.about ?? 'event',
    pure: false,
    clients: spec.clients,
    config: spec.config,
    create: (config) => ({
      type: spec.type,
      pure: false,
      clients: spec.clients,
      // See defineOperation.
      filter: (context) => spec.filter({ ...context, config } as unknown as Parameters<typeof spec.filter>[0]),
    }),
  };
}
