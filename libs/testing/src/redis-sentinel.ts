import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import type { RedisHost } from './redis-host.ts';
import { redisFromProgram } from './redis-program.ts';
import { askRedis } from './redis-wire.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A primary, a replica of it, and three Sentinels that watch them. Disposing of it ends all of them. */
export interface TestRedisSentinels extends AsyncDisposable {
  /** `redis+sentinel://…/primary` with every Sentinel. */
  readonly url: string;
  /** Of the server that is the primary at first. */
  readonly primaryPort: number;
  readonly replicaPort: number;
  /** Ends the first primary as a power cut does. The Sentinels notice after a second. */
  crashPrimary(): Promise<void>;
  /** Resolves when the replica has become the primary. */
  failedOver(): Promise<void>;
}

const sentinelCount = 3;
const name = 'primary';

export async function startRedisSentinels(): Promise<TestRedisSentinels> {
  const program = await redisProgram();
  const directory = await temporaryDirectory();
  const stack = new AsyncDisposableStack();
  stack.use(directory);
  const started = async (folder: string, port: number, argsOf: (dataPath: string) => readonly string[]) => {
    const dataPath = join(directory.path, folder);
    await mkdir(dataPath, { recursive: true });
    const host = redisFromProgram(program, { port, dataPath, args: argsOf(dataPath) });
    stack.defer(() => host.remove());
    await host.start();
    await answering(host, port);
    return host;
  };
  try {
    const [primaryPort, replicaPort] = [await freePort(), await freePort()];
    const kept = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0'];
    const primary = await started('primary', primaryPort, () => ['--port', String(primaryPort), ...kept]);
    const following = ['--replicaof', '127.0.0.1', String(primaryPort)];
    await started('replica', replicaPort, () => ['--port', String(replicaPort), ...kept, ...following]);
    await waitFor('the replica to follow', async () => (await roleOf(replicaPort)).includes('master_link_status:up'));
    const ports: number[] = [];
    for (let index = 0; index < sentinelCount; index++) {
      const port = await freePort();
      const conf = join(directory.path, `sentinel-${index}.conf`);
      await writeFile(conf, sentinelConfig(port, primaryPort));
      await started(`sentinel-${index}`, port, () => [conf, '--sentinel']);
      ports.push(port);
    }
    for (const port of ports) await waitFor('the Sentinels to know one another', () => knowsAll(port));
    return {
      url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/${name}`,
      primaryPort,
      replicaPort,
      crashPrimary: () => primary.kill(),
      failedOver: async () => {
        const isPrimary = async () => (await roleOf(replicaPort)).includes('role:master');
        await waitFor('the replica to become the primary', isPrimary, { timeoutMs: 60_000 });
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Each Sentinel writes what it learns into its own. */
function sentinelConfig(port: number, primaryPort: number): string {
  return [
    `port ${port}`,
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
    '',
  ].join('\n');
}

async function answering(host: RedisHost, port: number): Promise<void> {
  try {
    await waitFor(`a server to answer on port ${port}`, async () => (await askRedis({ port }, 'PING')) === '+PONG');
  } catch (error) {
    throw new Error(`a server did not start on port ${port}:\n${await host.output()}`, { cause: error });
  }
}

/** `INFO replication`. */
async function roleOf(port: number): Promise<string> {
  await using client = connected(port);
  return await client.redis.info('replication');
}

async function knowsAll(port: number): Promise<boolean> {
  await using client = connected(port);
  const info = await client.redis.info('sentinel');
  return info.includes(`sentinels=${sentinelCount}`) && info.includes('slaves=1') && info.includes('status=ok');
}

function connected(port: number): AsyncDisposable & { readonly redis: Redis } {
  const redis = new Redis({ port, host: '127.0.0.1' });
  redis.on('error', () => undefined);
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() };
}
