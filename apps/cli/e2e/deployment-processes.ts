import {
  type CommandOutcome,
  type DeploymentInput,
  type EmulatedGitHub,
  type GitHubOptions,
  runOctoBots,
  startGitHub,
  startProcess,
  startRedis,
  type TestProcess,
  type TestRedis,
  waitFor,
  writeDeployment,
} from '@octo-bots/testing';

export type Role = 'ingress' | 'worker' | 'scheduler';

/** A whole deployment as real processes beside a real Redis and the emulated GitHub. Disposing of it ends all of them. */
export class DeploymentProcesses implements AsyncDisposable {
  readonly github: EmulatedGitHub;
  readonly redis: TestRedis;
  readonly #configPath: string;
  readonly #stack: AsyncDisposableStack;
  readonly #workers: TestProcess[] = [];

  constructor(parts: { github: EmulatedGitHub; redis: TestRedis; configPath: string; stack: AsyncDisposableStack }) {
    this.github = parts.github;
    this.redis = parts.redis;
    this.#configPath = parts.configPath;
    this.#stack = parts.stack;
  }

  /** Starts a process and waits until it is ready. An ingress becomes the target of GitHub's webhooks. */
  async start(role: Role, env: Readonly<Record<string, string>> = {}): Promise<TestProcess> {
    const args = [role, '--config', this.#configPath, '--redis-url', this.redis.url];
    const process = await startProcess({ args, env: { HOST: '127.0.0.1', PORT: '0', ...env } });
    this.#stack.use(process);
    await waitFor(`the ${role} to be ready`, async () => (await process.request('/readyz')).status === 200, {
      timeoutMs: 20_000,
    });
    if (role === 'ingress') this.github.setWebhookUrl(`${process.url}/events`);
    if (role === 'worker') this.#workers.push(process);
    return process;
  }

  /** Runs a command of `octo-bots` that ends by itself. */
  command(...args: string[]): Promise<CommandOutcome> {
    return runOctoBots({ args: [...args, '--config', this.#configPath, '--redis-url', this.redis.url] });
  }

  /** The log lines of every worker that was started, in the order of their times. */
  workerLog(): readonly Readonly<Record<string, unknown>>[] {
    return this.#workers.flatMap((worker) => worker.log()).toSorted((one, other) => timeOf(one) - timeOf(other));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Redis, GitHub and the configuration; the processes are started one by one. */
export async function deploy(
  input: Omit<DeploymentInput, 'github' | 'dir'>,
  options: GitHubOptions = {},
): Promise<DeploymentProcesses> {
  const stack = new AsyncDisposableStack();
  try {
    const redis = stack.use(await startRedis());
    const github = stack.use(await startGitHub(options));
    const { configPath } = stack.use(await writeDeployment({ ...input, github }));
    return new DeploymentProcesses({ github, redis, configPath, stack });
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Epoch milliseconds; log lines have them or ISO 8601. */
function timeOf({ time }: Readonly<Record<string, unknown>>): number {
  return new Date(typeof time === 'number' ? time : String(time)).getTime();
}

/** A run as the workers' logs tell it; times in epoch milliseconds. */
export interface LoggedRun {
  readonly run: string;
  /** The bot or background job. */
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Every attempt at a run that has ended, in the order of their starts. */
export function endedRuns(log: readonly Readonly<Record<string, unknown>>[]): LoggedRun[] {
  const open = new Map<string, LoggedRun>();
  const ended: LoggedRun[] = [];
  for (const line of log) {
    const run = String(line.run);
    if (line.msg === 'run started') {
      const startedAt = timeOf(line);
      open.set(run, { run, name: String(line.bot ?? line.job), startedAt, endedAt: Number.POSITIVE_INFINITY });
    } else if (line.msg === 'run ended') {
      const started = open.get(run);
      if (started) ended.push({ ...started, endedAt: timeOf(line) });
      open.delete(run);
    }
  }
  return ended.toSorted((one, other) => one.startedAt - other.startedAt);
}

/** How many of these ran at the same time, at most. */
export function mostAtOnce(runs: readonly LoggedRun[]): number {
  return Math.max(
    0,
    ...runs.map(({ startedAt }) => runs.filter((run) => run.startedAt <= startedAt && startedAt < run.endedAt).length),
  );
}
