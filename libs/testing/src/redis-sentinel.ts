import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import { redisFromProgram } from './redis-program.ts';
import type { RedisProtection } from './redis-protection.ts';
import { answering, connected, replicationOf } from './redis-talk.ts';
import type { RedisDoor } from './redis-wire.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A primary, a replica of it, and three Sentinels that watch them. Disposing of it ends all of them. */
export interface TestRedisSentinels extends AsyncDisposable {
  /** `redis+sentinel://…/primary` with every Sentinel, and with what their protection demands. */
  readonly url: string;
  /** What the Sentinels want themselves when they are protected; as many generated ones do, it has what means more in a URL. */
  readonly password: string;
  /** Ends the first primary, and with it its connections. The Sentinels notice after a second. */
  crashPrimary(): Promise<void>;
  /** The first primary falls silent, as when its host loses its power: its connections stay open. */
  freezePrimary(): void;
  /** Resolves when the replica has become the primary. */
  failedOver(): Promise<void>;
}

export interface RedisSentinelsOptions {
  /** Must be for `localhost`, the name by which the Sentinels tell of the servers then. They want a password themselves. */
  readonly protection?: RedisProtection;
}

const sentinelCount = 3;
const name = 'primary';
const sentinelPassword = 'w0rd+of/sentinels==';

export async function startRedisSentinels({ protection }: RedisSentinelsOptions = {}): Promise<TestRedisSentinels> {
  const program = await redisProgram();
  const directory = await temporaryDirectory();
  const stack = new AsyncDisposableStack();
  stack.use(directory);
  const started = async (folder: string, door: RedisDoor, args: readonly string[]) => {
    const dataPath = join(directory.path, folder);
    await mkdir(dataPath, { recursive: true });
    const host = redisFromProgram(program, { port: door.port, dataPath, args });
    stack.defer(() => host.remove());
    await host.start();
    await answering(host, door);
    return host;
  };
  const server = async (folder: string, port: number, ...more: readonly string[]) => {
    const kept = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0'];
    const args = [...portOf(port, protection), ...(protection?.userArguments ?? []), ...kept, ...more];
    return started(folder, { port, ...protection?.door }, args);
  };
  try {
    const [primaryPort, replicaPort] = [await freePort(), await freePort()];
    const primary = await server('primary', primaryPort);
    await server('replica', replicaPort, '--replicaof', hostOf(protection), String(primaryPort));
    const replica = { port: replicaPort, ...protection?.door };
    await waitFor('the replica to follow', async () =>
      (await replicationOf(replica)).includes('master_link_status:up'),
    );
    const doors: RedisDoor[] = [];
    for (let index = 0; index < sentinelCount; index++) {
      const door = sentinelDoor(await freePort(), protection);
      const conf = join(directory.path, `sentinel-${index}.conf`);
      await writeFile(conf, sentinelConfig(primaryPort, protection));
      await started(`sentinel-${index}`, door, [conf, '--sentinel', ...portOf(door.port, protection)]);
      doors.push(door);
    }
    for (const door of doors) await waitFor('the Sentinels to know one another', () => knowsAll(door));
    return {
      url: urlOf(doors, protection),
      password: sentinelPassword,
      crashPrimary: () => primary.kill(),
      freezePrimary: () => primary.freeze(),
      failedOver: async () => {
        const isPrimary = async () => (await replicationOf(replica)).includes('role:master');
        await waitFor('the replica to become the primary', isPrimary, { timeoutMs: 60_000 });
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function urlOf(doors: readonly RedisDoor[], protection: RedisProtection | undefined): string {
  const hosts = doors.map(({ port }) => `${hostOf(protection)}:${port}`).join(',');
  if (protection === undefined) return `redis+sentinel://${hosts}/${name}`;
  const { user, password, authorityPath } = protection;
  const options = `certificate-path=${authorityPath}&sentinel-password=${sentinelPassword}`;
  return `rediss+sentinel://${user}:${password}@${hosts}/${name}?${options}`;
}

const hostOf = (protection: RedisProtection | undefined) => (protection === undefined ? '127.0.0.1' : 'localhost');

const portOf = (port: number, protection: RedisProtection | undefined) =>
  protection === undefined ? ['--port', String(port)] : protection.tlsArguments(port);

function sentinelDoor(port: number, protection: RedisProtection | undefined): RedisDoor {
  return protection === undefined ? { port } : { port, password: sentinelPassword, tls: protection.door.tls };
}

/** Each Sentinel writes what it learns into its own. */
function sentinelConfig(primaryPort: number, protection: RedisProtection | undefined): string {
  const named = ['sentinel resolve-hostnames yes', 'sentinel announce-hostnames yes'];
  const guarded =
    protection === undefined
      ? []
      : [
          `requirepass ${sentinelPassword}`,
          `sentinel sentinel-pass ${sentinelPassword}`,
          `sentinel auth-user ${name} ${protection.user}`,
          `sentinel auth-pass ${name} ${protection.password}`,
        ];
  return [
    ...(protection === undefined ? [] : named),
    `sentinel monitor ${name} ${hostOf(protection)} ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
    ...guarded,
    '',
  ].join('\n');
}

async function knowsAll(door: RedisDoor): Promise<boolean> {
  await using client = connected(door);
  const info = await client.redis.info('sentinel');
  return info.includes(`sentinels=${sentinelCount}`) && info.includes('slaves=1') && info.includes('status=ok');
}
