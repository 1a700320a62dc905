import type { BackgroundJob, Log, RunInfo, Tick } from '@octo-bots/core';
import type { ClientPool } from './client-pool.ts';
import type { Ledger } from './ledger.ts';
import { runOperations } from './run-operations.ts';
import type { RunReport } from './run-report.ts';

export interface BackgroundJobRun {
  readonly job: BackgroundJob;
  readonly tick: Tick;
  readonly run: RunInfo;
  readonly clients: ClientPool;
  readonly ledger: Ledger;
  /** See BotRun. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** See BotRun. */
  readonly graceMs?: number | undefined;
}

/**
 * Runs a background job on a tick. Never throws for what an operation or a client did: that is in the report.
 * @throws what the ledger throws, when the run is no longer ours.
 */
export function runBackgroundJob(input: BackgroundJobRun): Promise<RunReport> {
  const { job, tick, run, clients } = input;
  return runOperations({
    parallel: job.parallel,
    run,
    ledger: input.ledger,
    cache: clients.cache,
    signal: input.signal,
    log: input.log,
    graceMs: input.graceMs,
    operations: job.operations.map((operation) => ({
      type: operation.type,
      notFor: undefined,
      call: async (context) =>
        operation.execute({
          ...context,
          tick,
          clients: await clients.jobClients(operation.clients, { run, log: context.log, signal: context.signal }),
        }),
    })),
  });
}
