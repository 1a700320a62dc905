import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import type { RedisHost } from './redis-host.ts';
import { redisFromProgram } from './redis-program.ts';
import type { RedisProtection } from './redis-protection.ts';
import { answering, connected, replicationOf } from './redis-talk.ts';
import { askRedis, type RedisDoor } from './redis-wire.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A Redis Cluster of one's own, of three nodes that hold slots. Disposing of it ends it and removes its data. */
export interface TestRedisCluster extends AsyncDisposable {
  /** `redis+cluster://…` with every node, and with what its protection demands. */
  readonly url: string;
  /** Of the first node. */
  readonly port: number;
  /** See TestRedis; of every node. */
  stop(): Promise<void>;
  crash(): Promise<void>;
  start(): Promise<void>;
  /**
   * Ends, as a power cut does, the node that holds this key at first; `start` brings it back. Its replica, if there is one, has by
   * then what the node had.
   */
  crashNodeOf(key: string): Promise<void>;
  /** Resolves when the replica of the node that held this key at first has become the one that holds it. */
  failedOver(key: string): Promise<void>;
}

export interface RedisClusterOptions {
  /** Arguments of the servers for what they keep. */
  readonly persistence?: readonly string[];
  /** A replica for each node; it takes over when its node is gone for two seconds. */
  readonly replicas?: boolean;
  /** Must be for `localhost`, the name by which the nodes tell of one another then. */
  readonly protection?: RedisProtection;
}

interface Node {
  readonly door: RedisDoor;
  readonly host: RedisHost;
}

const slots = 16_384;
const primaryCount = 3;

export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<TestRedisCluster> {
  const program = await redisProgram();
  const directory = await temporaryDirectory();
  const stack = new AsyncDisposableStack();
  stack.use(directory);
  try {
    const nodes: Node[] = [];
    for (let index = 0; index < primaryCount * (options.replicas ? 2 : 1); index++) {
      const node = await makeNode(program, join(directory.path, String(index)), options);
      stack.defer(() => node.host.remove());
      nodes.push(node);
      await started(node);
    }
    await meet(nodes);
    return cluster(nodes, stack, options.protection);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function cluster(
  nodes: readonly Node[],
  stack: AsyncDisposableStack,
  protection: RedisProtection | undefined,
): TestRedisCluster {
  const ports = nodes.map(({ door }) => door.port);
  return {
    url: urlOf(ports, protection),
    port: ports[0] ?? 0,
    async stop() {
      for (const { host, door } of nodes) {
        if (!(await host.running())) continue;
        // The server closes the connection instead of answering.
        await askRedis(door, 'SHUTDOWN SAVE').catch(() => '');
        await host.ended();
      }
    },
    crash: async () => void (await Promise.all(nodes.map(({ host }) => host.kill()))),
    async start() {
      for (const node of nodes) if (!(await node.host.running())) await started(node);
      await agreed(nodes);
    },
    async crashNodeOf(key) {
      const { primary, replica } = await nodesOf(key, nodes);
      if (replica !== undefined) await caughtUp(primary, replica);
      await primary.host.kill();
    },
    async failedOver(key) {
      const { replica } = await nodesOf(key, nodes);
      if (replica === undefined) throw new Error('this Cluster was started without replicas');
      const holds = async () => (await replicationOf(replica.door)).includes('role:master');
      await waitFor('the replica to take over', holds, { timeoutMs: 60_000 });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function urlOf(ports: readonly number[], protection: RedisProtection | undefined): string {
  if (protection === undefined) return `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`;
  const hosts = ports.map((port) => `localhost:${port}`).join(',');
  return `rediss+cluster://${protection.user}:${protection.password}@${hosts}?certificate-path=${protection.authorityPath}`;
}

const firstSlot = (index: number) => Math.floor((index * slots) / primaryCount);

/** As it was at first. */
async function nodesOf(key: string, nodes: readonly Node[]): Promise<{ primary: Node; replica: Node | undefined }> {
  const [anybody] = await runningOf(nodes);
  if (anybody === undefined) throw new Error('no node of the Cluster runs');
  await using client = connected(anybody.door);
  const slot = Number(await client.redis.cluster('KEYSLOT', key));
  const index = nodes.findIndex((_node, place) => slot < firstSlot(place + 1));
  const primary = nodes[index];
  if (primary === undefined) throw new Error(`no node holds slot ${slot}`);
  return { primary, replica: nodes[primaryCount + index] };
}

async function runningOf(nodes: readonly Node[]): Promise<readonly Node[]> {
  const running = await Promise.all(nodes.map(({ host }) => host.running()));
  return nodes.filter((_node, index) => running[index]);
}

async function makeNode(program: string, dataPath: string, options: RedisClusterOptions): Promise<Node> {
  const { persistence = [], protection, replicas } = options;
  await mkdir(dataPath);
  const [port, busPort] = [await freePort(), await freePort()];
  const ports =
    protection === undefined
      ? ['--port', String(port)]
      : [...protection.tlsArguments(port), ...protection.userArguments, '--tls-cluster', 'yes', ...namedNode];
  const membership = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'];
  const takingOver = replicas ? ['--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0'] : [];
  const kept = ['--save', '', '--maxmemory-policy', 'noeviction', ...persistence];
  const args = [...ports, '--cluster-port', String(busPort), ...membership, ...takingOver, ...kept];
  return { door: { port, ...protection?.door }, host: redisFromProgram(program, { port, dataPath, args }) };
}

const namedNode = ['--cluster-announce-hostname', 'localhost', '--cluster-preferred-endpoint-type', 'hostname'];

async function started({ host, door }: Node): Promise<void> {
  await host.start();
  await answering(host, door);
}

/** All meet the first one; three get a third of the slots each, and the others become their replicas. */
async function meet(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) return;
  const primaries = nodes.slice(0, primaryCount);
  for (const [index, node] of nodes.entries()) {
    await using client = connected(node.door);
    if (index < primaryCount) {
      await client.redis.cluster('ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1);
    }
    // Else two nodes could both begin with epoch 0, and would have to settle that first.
    await client.redis.cluster('SET-CONFIG-EPOCH', index + 1);
    if (node === first) continue;
    await client.redis.call('CLUSTER', 'MEET', '127.0.0.1', first.door.port, await busPortOf(first));
  }
  await agreed(nodes);
  for (const [index, { door }] of nodes.slice(primaryCount).entries()) {
    const primary = primaries[index];
    if (primary !== undefined) await replicate(door, primary.door);
  }
}

async function replicate(replica: RedisDoor, primary: RedisDoor): Promise<void> {
  await using client = connected(replica);
  await using other = connected(primary);
  await client.redis.cluster('REPLICATE', String(await other.redis.call('CLUSTER', 'MYID')));
  await waitFor('the replica to follow', async () => (await replicationOf(replica)).includes('master_link_status:up'));
}

/** From `CLUSTER NODES`: `id host:port@busport …`. */
async function busPortOf({ door }: Node): Promise<string> {
  await using client = connected(door);
  const [, busPort = ''] = /@(\d+)[^\n]*myself/.exec(String(await client.redis.cluster('NODES'))) ?? [];
  return busPort;
}

/** Every node knows all of them, and that each slot has its node. */
async function agreed(nodes: readonly Node[]): Promise<void> {
  for (const { door } of nodes) {
    await using client = connected(door);
    await waitFor(`the node on port ${door.port} to know the cluster`, async () => {
      const info = String(await client.redis.cluster('INFO'));
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`);
    });
  }
}

/** What a replica lacks is lost with its node, which no test could foretell. */
async function caughtUp(primary: Node, replica: Node): Promise<void> {
  await waitFor('the replica to have all that its node has', async () => {
    const [, offset] = /master_repl_offset:(\d+)/.exec(await replicationOf(primary.door)) ?? [];
    const [, copied] = /slave_repl_offset:(\d+)/.exec(await replicationOf(replica.door)) ?? [];
    return offset !== undefined && Number(copied) >= Number(offset);
  });
}
