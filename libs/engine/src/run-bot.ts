import type { Bot, EventOperation, Failed, Filter, FilterVerdict, Log, RunInfo, WebhookEvent } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import { abandonIfOver, abandonUnfinished } from './abandon.ts';
import { boundLog } from './bound-log.ts';
import type { ClientPool } from './client-pool.ts';
import { failureOf, timeoutOf, withinSignal } from './failure.ts';
import type { Ledger } from './ledger.ts';
import { resumeTimeOf } from './rate-limit.ts';
import { type CallContext, type OperationsInput, runOperations } from './run-operations.ts';
import type { RunReport } from './run-report.ts';

export interface BotRun {
  readonly bot: Bot;
  readonly event: WebhookEvent<unknown>;
  readonly run: RunInfo;
  readonly clients: ClientPool;
  readonly ledger: Ledger;
  /** Aborted with an OctoError RUN_TIMED_OUT it fails the run; with anything else the run is to be handed back. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** How long an operation may take to end after the signal; 5 s by default. */
  readonly graceMs?: number | undefined;
  /** Whether no attempt follows when this one fails: then what operations left open is closed. Default: false. */
  readonly lastAttempt?: boolean | undefined;
}

/**
 * Runs a bot on an event: its filters, then its operations. Never throws for what a filter, an operation or a client did:
 * that is in the report.
 * @throws what the ledger throws, when the run is no longer ours.
 */
export async function runBot(input: BotRun): Promise<RunReport> {
  const stopped = await passFilters(input);
  if (stopped !== undefined) return stopped;
  const operations = operationsOf(input);
  return abandonIfOver(await runOperations(operations), operations, input.lastAttempt ?? false);
}

/**
 * Closes what the operations of a run left open that failed for good outside of an attempt, such as one that was lost with its
 * worker too often. Never throws for what an operation or a client did.
 * @returns epoch milliseconds at which to do this again; undefined when nothing is left to do.
 */
export function abandonBot(input: BotRun & { readonly failure: Failed }): Promise<number | undefined> {
  return abandonUnfinished(operationsOf(input), input.failure);
}

function operationsOf(input: BotRun): OperationsInput {
  const { bot, event, clients, run } = input;
  const clientsFor = (operation: EventOperation, { log, signal }: Pick<CallContext, 'log' | 'signal'>) =>
    clients.eventClients(operation.clients, event, { run, log, signal });
  return {
    parallel: bot.parallel,
    run,
    ledger: input.ledger,
    cache: clients.cache,
    signal: input.signal,
    log: input.log,
    graceMs: input.graceMs,
    operations: bot.operations.map((operation) => ({
      type: operation.type,
      notFor: operation.events.includes(event.name)
        ? undefined
        : `${operation.type} works on ${operation.events.join(', ')}, not on ${event.name}`,
      call: async (context) => operation.execute({ ...context, event, clients: await clientsFor(operation, context) }),
      abandon:
        operation.abandon &&
        (async (context) => operation.abandon?.({ ...context, event, clients: await clientsFor(operation, context) })),
    })),
  };
}

/**
 * Every filter, unless an operation was called already. Pure ones too: they cost nothing, the ingress that let the event through may have had another version of
 * the YAML, and one that threw there shows its error here.
 * @returns the report of a run that ends at a filter.
 */
async function passFilters(input: BotRun): Promise<RunReport | undefined> {
  if (input.ledger.filtersPassed || anyRecorded(input)) return undefined;
  for (const filter of input.bot.filters) {
    const log = boundLog(input.log, { [logKey.filter]: filter.type });
    try {
      const verdict = await decide(filter, input, log);
      if (verdict.filteredOut) {
        log.info({ [logKey.outcome]: 'filtered-out', [logKey.reason]: verdict.reason }, 'event filtered out');
        return {
          status: 'filtered-out',
          filteredOut: { filter: filter.type, reason: verdict.reason },
          operations: [],
          retryable: false,
        };
      }
    } catch (error) {
      return stoppedBy(filter, error, input.signal, log);
    }
  }
  // Pure filters decide the same on every attempt: only answers of a client are worth a write.
  if (input.bot.filters.some((filter) => !filter.pure)) await input.ledger.recordFiltersPassed();
  return undefined;
}

async function decide(filter: Filter, input: BotRun, log: Log): Promise<FilterVerdict> {
  if (filter.pure) return filter.filter(input.event);
  const { event, clients, run, signal } = input;
  return withinSignal(
    async () => {
      const clientSet = await clients.eventClients(filter.clients, event, { run, log, signal });
      return filter.filter({ event, clients: clientSet, signal, log });
    },
    signal,
    input.graceMs ?? 0,
  );
}

function anyRecorded({ bot, ledger }: BotRun): boolean {
  return bot.operations.some((_, index) => ledger.entry(index) !== undefined);
}

function stoppedBy(filter: Filter, error: unknown, signal: AbortSignal, log: Log): RunReport {
  const timeout = timeoutOf(signal);
  if (signal.aborted && timeout === undefined) return { status: 'aborted', operations: [], retryable: true };
  const outcome = failureOf(timeout ?? error, 'FILTER_THREW');
  const resumeAt = timeout === undefined ? resumeTimeOf(error) : undefined;
  if (resumeAt !== undefined) {
    const waitingFilter = { filter: filter.type, reason: outcome.reason };
    log.info({ [logKey.outcome]: 'later', [logKey.reason]: outcome.reason }, 'filter put off');
    return { status: 'later', waitingFilter, operations: [], retryable: false, resumeAt };
  }
  log.error({ [logKey.code]: outcome.code, [logKey.err]: error }, 'filter threw');
  return {
    status: 'failed',
    failedFilter: { filter: filter.type, outcome },
    operations: [],
    retryable: outcome.retryable,
  };
}
