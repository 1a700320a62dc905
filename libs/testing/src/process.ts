import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isObject, parseJson } from './github/json.ts';
import { endWithThisProcess } from './guard.ts';
import { waitFor } from './wait-for.ts';

const commandLine = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
const startWithinMs = 60_000;
const stopWithinMs = 10_000;

export interface ProcessInput {
  /** Of `octo-bots`. */
  readonly args: readonly string[];
  /** Added to PATH, HOME and the like; nothing else is inherited. Default: HOST=127.0.0.1 and PORT=0 (a free one). */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: that of this process. */
  readonly cwd?: string;
  /** Another script than `octo-bots`. */
  readonly script?: string;
}

export interface Exit {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real process of `octo-bots`. Disposing of it kills it. */
export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, as it said itself. */
  readonly url: string;
  /** stdout and stderr so far, as they came. */
  output(): string;
  /** The log so far: every line that is JSON. */
  log(): readonly Readonly<Record<string, unknown>>[];
  waitForLine(pattern: RegExp, options?: { timeoutMs?: number }): Promise<string>;
  /** One HTTP request to it; over TLS, any certificate is taken. */
  request(path: string, options?: RequestOptions): Promise<{ status: number; body: string }>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * Starts `octo-bots …` and waits until it listens: until it logs a JSON line with `"msg":"listening"` and its `url`.
 * @throws Error with all it wrote, when it ends before or takes longer than 60 seconds.
 */
export async function startProcess(input: ProcessInput): Promise<TestProcess> {
  const running = run(input);
  let ended: Exit | undefined;
  void running.exited.then((exit) => {
    ended = exit;
  });
  try {
    const url = await waitFor(
      `octo-bots ${input.args.join(' ')} to listen`,
      () => listeningUrl(running.log()) ?? (ended && 'ended'),
      { timeoutMs: startWithinMs },
    );
    if (url === 'ended') throw new Error(`it ended with ${JSON.stringify(ended)}`);
    return { ...running, url, request: (path, options) => send(`${url}${path}`, options ?? {}) };
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw new Error(`octo-bots ${input.args.join(' ')} did not start:\n${running.output()}`, { cause: error });
  }
}

export interface CommandOutcome extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of `octo-bots` that ends by itself. @throws Error with all it wrote, when it takes longer than `timeoutMs`. */
export async function runOctoBots(input: ProcessInput & { timeoutMs?: number }): Promise<CommandOutcome> {
  await using running = run(input);
  let exit: Exit | undefined;
  void running.exited.then((value) => {
    exit = value;
  });
  const command = `octo-bots ${input.args.join(' ')}`;
  try {
    await waitFor(`${command} to end`, () => exit, { timeoutMs: input.timeoutMs ?? startWithinMs });
  } catch (error) {
    throw new Error(`${command} did not end:\n${running.output()}`, { cause: error });
  }
  return { ...(await running.exited), stdout: running.stdout(), stderr: running.stderr() };
}

type Running = Omit<TestProcess, 'url' | 'request'> & { stdout(): string; stderr(): string };

function run(input: ProcessInput): Running {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [input.script ?? commandLine, ...input.args],
    { env: environment(input.env), cwd: input.cwd, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const written = { all: '', stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      written.all += text;
      written[name] += text;
    });
  }
  endWithThisProcess(child);
  // `close` comes after the last output, `exit` may come before it.
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      written.all += error.message;
      resolve({ code: -1, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid ?? -1,
    exited,
    output: () => written.all,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    log: () => written.all.split('\n').map(parseJson).filter(isObject),
    waitForLine: (pattern, options) => lineOf(() => written.all, pattern, options ?? {}),
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await waitFor('a killed process to end', () => exited, { timeoutMs: stopWithinMs });
    },
  };
}

function environment(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG'];
  const inherited: Record<string, string> = {};
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, HOST: '127.0.0.1', PORT: '0', ...given };
}

async function lineOf(output: () => string, pattern: RegExp, options: { timeoutMs?: number }): Promise<string> {
  try {
    return await waitFor(
      `a line that matches ${pattern}`,
      () =>
        output()
          .split('\n')
          .find((line) => pattern.test(line)),
      options,
    );
  } catch (error) {
    throw new Error(`no line matched ${pattern} in:\n${output()}`, { cause: error });
  }
}

function listeningUrl(log: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const url = log.find((line) => line.msg === 'listening' && typeof line.url === 'string')?.url;
  return typeof url === 'string' ? url.replace('//0.0.0.0:', '//127.0.0.1:').replace(/\/$/, '') : undefined;
}

function send(url: string, { method = 'GET', headers = {}, body }: RequestOptions) {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const outgoing = url.startsWith('https:')
      ? requestTls(url, { method, headers, agent: false, rejectUnauthorized: false })
      : requestPlain(url, { method, headers, agent: false });
    outgoing.setTimeout(stopWithinMs, () => outgoing.destroy(new Error(`no answer from ${url} within 10 s`)));
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.end(body);
  });
}
