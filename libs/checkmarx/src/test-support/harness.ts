import { type Client, type ClientScope, silentLog } from '@octo-bots/core';
import { type FakeCheckmarx, type FakeCheckmarxOptions, startCheckmarxOne, startCxSast } from '@octo-bots/testing';
import { Value } from 'typebox/value';
import { expect } from 'vitest';
import type { CheckmarxClient, CheckmarxProject, ScanRequest } from '../contract.ts';
import { declareCheckmarx } from '../credentials.ts';
import { usualLimits } from '../limits.ts';

/** The suites `*.contract.test.ts` run over both: what an operation may rely on, whichever product answers. */
export const products = [
  {
    product: 'CxSAST',
    start: (options?: FakeCheckmarxOptions): Promise<FakeCheckmarx> => startCxSast(options),
    /** How the server is told the branch `feature/x`. */
    git: 'refs/heads/feature/x',
  },
  {
    product: 'Checkmarx One',
    start: (options?: FakeCheckmarxOptions): Promise<FakeCheckmarx> => startCheckmarxOne(options),
    git: 'feature/x',
  },
] as const;

export const byHand = { progress: 'by-hand' } as const;

/** The usual limits, but repetitions that no test has to wait for. */
export const quickLimits = { ...usualLimits, retryBaseMs: 1, longestWaitMs: 1_500 };

export function scopeOf(signal = new AbortController().signal): ClientScope {
  const run = { id: 'a-run', kind: 'background-job', name: 'a job', attempt: 1, delivery: undefined } as const;
  return { run, log: silentLog, signal };
}

interface Login {
  readonly url: string;
  readonly login: Readonly<Record<string, string>>;
}

interface ConnectOptions {
  readonly certificatePath?: string;
  readonly validityMs?: number;
  readonly limits?: Partial<typeof usualLimits>;
}

/** As the loader does it: defaults, then decoding. */
export async function connect({ url, login }: Login, options: ConnectOptions = {}): Promise<Client> {
  const { certificatePath, validityMs = 60_000, limits } = options;
  const declaration = declareCheckmarx({ ...quickLimits, ...limits });
  const config = { 'api-url': url, ...(certificatePath ? { 'certificate-path': certificatePath } : {}) };
  return declaration
    .create({
      config: Value.Decode(declaration.config, config),
      secrets: Value.Decode(declaration.secrets, Value.Default(declaration.secrets, { ...login })),
      log: silentLog,
    })
    .createAuthenticatedClient(validityMs);
}

/** The client of one run. */
export async function clientOf(
  login: Login,
  scope = scopeOf(),
  options: ConnectOptions = {},
): Promise<CheckmarxClient> {
  // The contract of core says `unknown`, as it knows no Checkmarx.
  return (await (await connect(login, options)).forJob(scope)) as CheckmarxClient;
}

export const credential = { username: 'x-access-token', token: 'ghs_a-secret-of-github' };

export const gitSource = {
  kind: 'git',
  url: 'https://github.test/octo/cat.git',
  branch: 'feature/x',
  commit: 'c0ffee',
  credential: undefined,
} as const;

export function scanRequest(project: CheckmarxProject, changes: Partial<ScanRequest> = {}): ScanRequest {
  return { project, source: gitSource, incremental: false, label: 'run 1', ...changes };
}

/** A project with a scan that was just started. */
export async function startedScan(checkmarx: CheckmarxClient, changes: Partial<ScanRequest> = {}) {
  const project = await checkmarx.createProject('cat');
  const scan = await checkmarx.startScan(scanRequest(project, changes));
  return { project, scan };
}

/** @returns what the promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.fail(`it gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}

export const pathsOf = (server: FakeCheckmarx) => server.requests().map(({ method, path }) => `${method} ${path}`);
