import {
  type AnswerCache,
  type BackgroundJob,
  type Bot,
  type Client,
  type ClientSet,
  type Credentials,
  defineAskingFilter,
  defineJobOperation,
  defineOperation,
  definePureFilter,
  type EventOperation,
  type Failed,
  type Filter,
  type FilterVerdict,
  type JobOperation,
  type Memo,
  type OctoError,
  Options,
  type Outcome,
  type QueueOptions,
  type RunInfo,
  silentLog,
  type WebhookEvent,
} from '@octo-bots/core';
import { ClientPool } from '../client-pool.ts';

/** What a test-local operation is called with. */
export interface Call {
  readonly state: unknown;
  readonly waitingSince: number | undefined;
  readonly key: string;
  readonly memo: Memo;
  readonly run: RunInfo;
  readonly signal: AbortSignal;
  readonly clients: ClientSet;
}

export function operation(
  type: string,
  execute: (call: Call) => Promise<Outcome> | Outcome,
  options: {
    events?: readonly string[];
    clients?: readonly string[];
    abandon?: (call: { failure: Failed; key: string; memo: Memo; signal: AbortSignal }) => Promise<void> | void;
  } = {},
): EventOperation {
  const declaration = defineOperation({
    type,
    summary: type,
    // Client types and event names of these tests are not those of a real library.
    events: (options.events ?? ['push']) as never,
    clients: (options.clients ?? []) as never,
    config: Options({}),
    execute: async (context) => execute(context),
    ...(options.abandon === undefined ? {} : { abandon: async (context) => options.abandon?.(context) }),
  });
  // Made by defineOperation, which makes operations of events.
  return declaration.create({}) as EventOperation;
}

export function jobOperation(type: string, execute: (call: Call) => Promise<Outcome> | Outcome): JobOperation {
  const declaration = defineJobOperation({
    type,
    summary: type,
    config: Options({}),
    execute: async (context) => execute(context),
  });
  // Made by defineJobOperation, which makes operations of ticks.
  return declaration.create({}) as JobOperation;
}

export function pureFilter(
  type: string,
  decide: (event: WebhookEvent) => FilterVerdict,
  onlyEvents?: readonly string[],
): Filter {
  return definePureFilter({
    type,
    summary: type,
    config: Options({}),
    ...(onlyEvents === undefined ? {} : { onlyEvents: () => onlyEvents }),
    filter: ({ event }) => decide(event),
  }).create({});
}

export function askingFilter(type: string, decide: () => Promise<FilterVerdict>): Filter {
  return defineAskingFilter({ type, summary: type, clients: [], config: Options({}), filter: decide }).create({});
}

const queue: QueueOptions = {
  attempts: 3,
  backoff: { type: 'fixed', delayMs: 1, jitter: 0 },
  timeoutMs: 60_000,
  priority: undefined,
  keep: { completed: { count: 100, ageMs: 3_600_000 }, failed: { count: 100, ageMs: 3_600_000 } },
};

const source = { file: 'test.yml', line: 1, column: 1 };

export function bot(name: string, operations: readonly EventOperation[], more: Partial<Bot> = {}): Bot {
  return { name, slug: name.toLowerCase(), parallel: false, queue, source, filters: [], operations, ...more };
}

export function backgroundJob(name: string, operations: readonly JobOperation[]): BackgroundJob {
  return { name, slug: name.toLowerCase(), parallel: false, queue, source, operations, everyMs: 1000 };
}

export function event(name = 'push'): WebhookEvent {
  return { delivery: 'd-1', name, action: undefined, headers: {}, payload: {}, receivedAt: '2026-01-01T00:00:00Z' };
}

export function runInfo(attempt = 1): RunInfo {
  return { id: 'd-1.test', kind: 'bot', name: 'Test', attempt, delivery: 'd-1' };
}

export function client(type: string, more: Partial<Client> = {}): Client {
  return {
    type,
    isValid: () => true,
    validateRequest: async () => ({ accepted: true }),
    forEvent: async () => `${type} for an event`,
    forJob: async () => `${type} for a job`,
    ...more,
  };
}

export function credentials(clientType: string, make: (validityMs: number) => Promise<Client>): Credentials {
  return { type: `${clientType}-credentials`, clientType, createAuthenticatedClient: make };
}

export function clientPool(...all: readonly Credentials[]): ClientPool {
  return new ClientPool({ credentials: all, validityMs: 1000, log: silentLog });
}

/** A cache within this process. */
export function memoryCache(): AnswerCache {
  const kept = new Map<string, Uint8Array>();
  return {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
  };
}

export function codeOf(error: unknown): string | undefined {
  // Every rejection looked at in these tests is an OctoError.
  return (error as OctoError).code;
}
