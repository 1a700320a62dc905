import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { OctoError } from '@octo-bots/core';

/** How much a program may use up. What goes past one of these ends it, with PROGRAM_FAILED. */
export interface ProgramLimits {
  /** Of running, in milliseconds. Without it as long as the run may. */
  readonly timeMs?: number;
  /** What it may write to stdout and stderr together. */
  readonly outputBytes: number;
  /** Its address space, and the size of each file that it writes; held where the machine has `prlimit`, as Linux does. */
  readonly memoryBytes: number;
  readonly fileBytes: number;
}

export const defaultLimits: ProgramLimits = {
  outputBytes: 64 * 1024 * 1024,
  memoryBytes: 2 * 1024 * 1024 * 1024,
  fileBytes: 512 * 1024 * 1024,
};

export interface ProgramInput {
  readonly program: string;
  /** Given as they are: no shell reads them. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** All that it gets besides PATH and a locale; nothing of the worker's own environment, which may hold secrets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  readonly signal: AbortSignal;
  readonly limits?: Partial<ProgramLimits>;
}

export interface ProgramResult {
  /** The exit code; undefined when it crashed, or was killed for its limits. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The program went past a limit; the same input goes past it again. */
export class ProgramLimitError extends OctoError {
  constructor(program: string, what: string) {
    super('PROGRAM_FAILED', `${program} was ended: it ${what}`, { retryable: false });
  }
}

/** Between being asked to end and being ended. Shorter than the engine waits for an operation that was told to stop. */
const graceMs = 1500;

/**
 * Runs a program to its end, in a process group of its own. When the signal fires or a limit is passed, the whole group is asked
 * to end and soon made to; whichever way it ends, no process of the group is left.
 * @throws signal.reason; ProgramLimitError; OctoError PROGRAM_MISSING, or PROGRAM_FAILED when it cannot be started or was told to end.
 */
export async function runProgram(input: ProgramInput): Promise<ProgramResult> {
  const { program, signal } = input;
  signal.throwIfAborted();
  const limits = { ...defaultLimits, ...input.limits };
  const [path, prlimit] = await Promise.all([requireProgram(program), findProgram('prlimit')]);
  const command = prlimit === undefined ? [path, ...input.args] : [prlimit, ...bounds(limits), path, ...input.args];
  const child = await start(command, input);
  const group = new ProcessGroup(child.pid);
  const ended = endOf(child);

  const stop = Promise.withResolvers<unknown>();
  const abort = () => stop.resolve(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const timer =
    limits.timeMs === undefined
      ? undefined
      : setTimeout(
          () => stop.resolve(new ProgramLimitError(program, `took longer than ${(limits.timeMs ?? 0) / 1000} s`)),
          limits.timeMs,
        );
  const output = collect(child, limits.outputBytes, () =>
    stop.resolve(new ProgramLimitError(program, `wrote more than ${limits.outputBytes} bytes`)),
  );
  child.stdin.on('error', () => {}); // It may end before it has read all.
  child.stdin.end(input.stdin);
  try {
    const first = await Promise.race([ended.then(() => undefined), stop.promise.then((reason) => ({ reason }))]);
    if (first !== undefined) {
      await endGroup(group, child, ended);
      throw first.reason;
    }
    refuseIfToldToEnd(program, child);
    return { code: child.exitCode ?? undefined, ...output() };
  } finally {
    group.end();
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** A service manager that stops the worker tells all of its processes to end; that says nothing about what they looked at. */
function refuseIfToldToEnd(program: string, { signalCode }: Child): void {
  if (signalCode !== 'SIGTERM' && signalCode !== 'SIGINT' && signalCode !== 'SIGHUP') return;
  throw new OctoError('PROGRAM_FAILED', `${program} was told to end by something else (${signalCode})`);
}

/** A process that has left the group may hold the output open for ever: it is not waited for. */
async function endGroup(group: ProcessGroup, child: Child, ended: Promise<void>): Promise<void> {
  group.ask();
  await Promise.race([ended, elapsed(graceMs)]);
  group.end();
  await Promise.race([ended, elapsed(graceMs)]);
  child.stdout.destroy();
  child.stderr.destroy();
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start([command = '', ...args]: readonly string[], { program, cwd, env }: ProgramInput): Promise<Child> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // A process group of its own.
    });
    child.once('spawn', () => resolve(child));
    child.once('error', (cause) =>
      reject(new OctoError('PROGRAM_FAILED', `${program} could not be started`, { cause })),
    );
  });
}

/** A program that reads a hostile file also gets no core dump, and processor time for hours at most should its worker die. */
function bounds({ memoryBytes, fileBytes }: ProgramLimits): string[] {
  return [`--as=${memoryBytes}`, `--fsize=${fileBytes}`, '--core=0', '--cpu=7200', '--'];
}

/** The end of the process; its group goes with it, so that nobody holds its output open. */
function endOf(child: Child): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => new ProcessGroup(child.pid).end());
    child.once('close', () => resolve());
  });
}

class ProcessGroup {
  readonly #id: number | undefined;

  constructor(id: number | undefined) {
    this.#id = id;
  }

  ask(): void {
    this.#send('SIGTERM');
  }

  end(): void {
    this.#send('SIGKILL');
  }

  #send(signal: NodeJS.Signals): void {
    if (this.#id === undefined) return;
    try {
      process.kill(-this.#id, signal);
    } catch {
      // The group has gone.
    }
  }
}

function collect(child: Child, limit: number, exceeded: () => void): () => { stdout: Buffer; stderr: string } {
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  let total = 0;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      total += chunk.byteLength;
      if (total > limit) exceeded();
      else chunks[name].push(chunk);
    });
  }
  return () => ({ stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr).toString('utf8') });
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** @throws OctoError PROGRAM_MISSING */
async function requireProgram(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path === undefined) throw new OctoError('PROGRAM_MISSING', `${name} is not on the PATH of this worker`);
  return path;
}

/** @returns where the PATH has it. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    // A relative folder would be looked up in the files of whoever opened the pull request.
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
