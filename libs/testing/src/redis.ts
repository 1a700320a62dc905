import { freePort } from './free-port.ts';
import { findRedis } from './redis-binary.ts';
import { startRedisCluster } from './redis-cluster.ts';
import type { RedisHost } from './redis-host.ts';
import { redisFromProgram } from './redis-program.ts';
import { askRedis } from './redis-wire.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A Redis server of one's own. Disposing of it ends it and removes its data. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends it as an operator does: what it holds is saved. Does nothing when it is not running. */
  stop(): Promise<void>;
  /** Ends it as a power cut does: what was not in an append-only file is lost. */
  crash(): Promise<void>;
  /** Starts it again, on the same port and with the data that it kept. Does nothing when it runs. */
  start(): Promise<void>;
}

export interface RedisOptions {
  /** Write every change to an append-only file at once, as a deployment does. Default: false. */
  readonly appendOnly?: boolean;
  /** When that file is synced to disk: at every change (default), or once a second as Redis does by default. */
  readonly fsync?: 'always' | 'everysec';
}

/**
 * Starts a Redis server on a free port of this machine, with the policy that queues need (`noeviction`); a Cluster of three when
 * OCTO_TEST_REDIS is `cluster`.
 * @throws Error that tells what to do, when this machine has no way to run one.
 */
export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  if (process.env.OCTO_TEST_REDIS === 'cluster') return startRedisCluster({ persistence: persistenceOf(options) });
  const source = await findRedis();
  const directory = await temporaryDirectory();
  // Another process may take a free port between finding and using it: that is no reason to fail.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const hostOptions = { port, dataPath: directory.path, args: argumentsOf(port, options) };
    const host =
      source.kind === 'program' ? redisFromProgram(source.path, hostOptions) : source.engine.createRedis(hostOptions);
    try {
      await startAndWait(host, port);
      return testRedis(host, port, directory);
    } catch (error) {
      await host.remove();
      if (attempt < 3) continue;
      await directory[Symbol.asyncDispose]();
      throw error;
    }
  }
}

function argumentsOf(port: number, options: RedisOptions): string[] {
  return ['--port', String(port), '--save', '', '--maxmemory-policy', 'noeviction', ...persistenceOf(options)];
}

function persistenceOf(options: RedisOptions): string[] {
  if (!options.appendOnly) return ['--appendonly', 'no'];
  return ['--appendonly', 'yes', '--appendfsync', options.fsync ?? 'always'];
}

function testRedis(host: RedisHost, port: number, directory: AsyncDisposable): TestRedis {
  const login = host.password === undefined ? '' : `:${host.password}@`;
  return {
    url: `redis://${login}127.0.0.1:${port}`,
    port,
    async stop() {
      if (!(await host.running())) return;
      // The server closes the connection instead of answering.
      await askRedis({ port, password: host.password }, 'SHUTDOWN SAVE').catch(() => '');
      await host.ended();
    },
    crash: () => host.kill(),
    async start() {
      if (!(await host.running())) await startAndWait(host, port);
    },
    async [Symbol.asyncDispose]() {
      await host.remove();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function startAndWait(host: RedisHost, port: number): Promise<void> {
  await host.start();
  let gone = false;
  try {
    await waitFor(
      `Redis to answer on port ${port}`,
      async () => {
        gone = !(await host.running());
        return gone || (await askRedis({ port, password: host.password }, 'PING')) === '+PONG';
      },
      { timeoutMs: 30_000 },
    );
    if (gone) throw new Error('the server ended by itself');
  } catch (error) {
    throw new Error(`Redis did not start on port ${port}:\n${await host.output()}`, { cause: error });
  }
}
