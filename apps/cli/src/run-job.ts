import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Extensions } from '@octo-bots/config';
import {
  type BackgroundJob,
  type Deployment,
  type Log,
  OctoError,
  type OperationDeclaration,
  type Outcome,
} from '@octo-bots/core';
import { ClientPool, createMemoryLedger, type RunReport, runBackgroundJob } from '@octo-bots/engine';
import type { Terminal } from './cli.ts';
import { requireDeployment } from './deployment.ts';
import { extensions } from './extensions.ts';
import type { RunJobFlags } from './run-job-command.ts';

/**
 * Runs a background job to its end, with a ledger in memory.
 * @throws OctoError USAGE when there is no such job or it has no dry run; OPERATION_FAILED when an operation failed; or what keeps a
 *   client from being made.
 */
export async function runJob(name: string, flags: RunJobFlags, terminal: Terminal): Promise<void> {
  const log = terminalLog(terminal);
  const known = flags.dryRun ? withDryRun(extensions) : extensions;
  const deployment = await requireDeployment(flags.config, known, log);
  const job = jobOf(name, deployment);
  if (flags.dryRun) refuseWithoutDryRun(job);
  const report = await runToItsEnd(job, deployment, log, terminal);
  for (const { type, outcome } of report.operations) terminal.out(`${type}: ${wordsOf(outcome)}\n`);
  if (report.status !== 'done') throw new OctoError('OPERATION_FAILED', `"${job.name}" did not end well`);
}

async function runToItsEnd(
  job: BackgroundJob,
  { credentials, settings }: Deployment,
  log: Log,
  terminal: Terminal,
): Promise<RunReport> {
  const clients = new ClientPool({ credentials, validityMs: settings.clientValidityMs, log });
  const id = `by-hand-${randomUUID()}`;
  const run = { id, kind: 'background-job', name: job.name, attempt: 1, delivery: undefined } as const;
  const tick = { job: job.name, dueAt: new Date().toISOString() };
  const ledger = createMemoryLedger();
  const { signal } = new AbortController();
  // A vault that is out of reach is told at once: only a run in a queue waits for it.
  const needed = job.operations.flatMap((operation) => operation.clients);
  await clients.jobClients(needed, { run, log, signal });
  for (;;) {
    const report = await runBackgroundJob({ job, tick, run, clients, ledger, signal, log });
    if (report.status !== 'later') return report;
    const until = report.resumeAt ?? Date.now();
    for (const { type, outcome } of report.operations) {
      if (outcome.status !== 'later') continue;
      const when = outcome.at > Date.now() + 1_000 ? ` (waits until ${new Date(outcome.at).toISOString()})` : '';
      terminal.err(`${type}: ${outcome.reason}${when}\n`);
    }
    await delay(Math.max(0, until - Date.now()));
  }
}

/** @param asked a name as in YAML, or its slug. */
function jobOf(asked: string, { jobs }: Deployment): BackgroundJob {
  const job = jobs.find(({ name, slug }) => asked === name || asked === slug);
  if (job) return job;
  const names = jobs.map(({ name }) => `"${name}"`).join(', ');
  throw new OctoError('USAGE', `there is no background job "${asked}"; allowed: ${names || 'none, as there are none'}`);
}

/** The same operations, made with their option `dry-run`. */
function withDryRun({ operations, ...others }: Extensions): Extensions {
  const dry = operations.map((operation) =>
    hasDryRun(operation)
      ? { ...operation, create: (config: unknown) => operation.create(Object.assign({}, config, { 'dry-run': true })) }
      : operation,
  );
  return { ...others, operations: dry };
}

function hasDryRun({ config }: OperationDeclaration): boolean {
  const properties: unknown = Reflect.get(config, 'properties');
  return typeof properties === 'object' && properties !== null && 'dry-run' in properties;
}

function refuseWithoutDryRun(job: BackgroundJob): void {
  const dry = new Set(extensions.operations.filter(hasDryRun).map(({ type }) => type));
  const changing = job.operations.map(({ type }) => type).filter((type) => !dry.has(type));
  if (changing.length === 0) return;
  throw new OctoError('USAGE', `--dry-run: ${changing.join(', ')} of "${job.name}" would change things all the same`);
}

function wordsOf(outcome: Outcome): string {
  switch (outcome.status) {
    case 'done':
      return `done: ${outcome.summary}`;
    case 'failed':
      return `failed: ${outcome.reason} (${outcome.code})`;
    case 'skipped':
    case 'later':
      return `${outcome.status}: ${outcome.reason}`;
  }
}

/** What an operation logs of a place, a line for each; people who wait see that it goes on. */
function terminalLog(terminal: Terminal): Log {
  const tell = (fields: object, message: string) => {
    const parts = ['where', 'step', 'reason'].map((key): unknown => Reflect.get(fields, key));
    const said = parts.filter((part) => typeof part === 'string');
    if (typeof parts[0] === 'string') terminal.err(`${message}: ${said.join(', ')}\n`);
  };
  return { debug: () => undefined, info: tell, warn: tell, error: tell };
}
