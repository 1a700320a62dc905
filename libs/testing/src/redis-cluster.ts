import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import type { RedisHost } from './redis-host.ts';
import { redisFromProgram } from './redis-program.ts';
import { askRedis } from './redis-wire.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A Redis Cluster of one's own: three nodes without replicas. Disposing of it ends it and removes its data. */
export interface TestRedisCluster extends AsyncDisposable {
  /** `redis+cluster://…` with every node. */
  readonly url: string;
  /** Of the first node. */
  readonly port: number;
  /** See TestRedis; of every node. */
  stop(): Promise<void>;
  crash(): Promise<void>;
  start(): Promise<void>;
  /** Ends, as a power cut does, the node that holds this key; `start` brings it back. */
  crashNodeOf(key: string): Promise<void>;
}

interface Node {
  readonly port: number;
  readonly host: RedisHost;
}

const slots = 16_384;
const nodeCount = 3;

/** @param persistence arguments of the servers for what they keep. */
export async function startRedisCluster(persistence: readonly string[] = []): Promise<TestRedisCluster> {
  const program = await redisProgram();
  const directory = await temporaryDirectory();
  const stack = new AsyncDisposableStack();
  stack.use(directory);
  try {
    const nodes: Node[] = [];
    for (let index = 0; index < nodeCount; index++) {
      const node = await makeNode(program, join(directory.path, String(index)), persistence);
      stack.defer(() => node.host.remove());
      nodes.push(node);
      await started(node);
    }
    await meet(nodes);
    return cluster(nodes, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function cluster(nodes: readonly Node[], stack: AsyncDisposableStack): TestRedisCluster {
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    port: nodes[0]?.port ?? 0,
    async stop() {
      for (const { host, port } of nodes) {
        if (!(await host.running())) continue;
        // The server closes the connection instead of answering.
        await askRedis({ port }, 'SHUTDOWN SAVE').catch(() => '');
        await host.ended();
      }
    },
    crash: async () => void (await Promise.all(nodes.map(({ host }) => host.kill()))),
    async start() {
      for (const node of nodes) if (!(await node.host.running())) await started(node);
      await agreed(nodes);
    },
    async crashNodeOf(key) {
      await using client = connected(nodes[0]?.port ?? 0);
      const slot = Number(await client.redis.cluster('KEYSLOT', key));
      await nodes[nodes.findIndex((_node, index) => slot < firstSlot(index + 1))]?.host.kill();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const firstSlot = (index: number) => Math.floor((index * slots) / nodeCount);

async function makeNode(program: string, dataPath: string, persistence: readonly string[]): Promise<Node> {
  await mkdir(dataPath);
  const [port, busPort] = [await freePort(), await freePort()];
  const ports = ['--port', String(port), '--cluster-port', String(busPort)];
  const membership = ['--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf'];
  const args = [...ports, ...membership, '--save', '', '--maxmemory-policy', 'noeviction', ...persistence];
  return { port, host: redisFromProgram(program, { port, dataPath, args }) };
}

async function started({ host, port }: Node): Promise<void> {
  await host.start();
  try {
    await waitFor(`a node to answer on port ${port}`, async () => {
      const answer = await askRedis({ port }, 'PING');
      // While it loads its data it says so instead.
      return answer === '+PONG';
    });
  } catch (error) {
    throw new Error(`a node of the cluster did not start:\n${await host.output()}`, { cause: error });
  }
}

/** Each node gets a third of the slots and meets the first one. */
async function meet(nodes: readonly Node[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) return;
  for (const [index, { port }] of nodes.entries()) {
    const from = firstSlot(index);
    const to = firstSlot(index + 1) - 1;
    await using client = connected(port);
    await client.redis.cluster('ADDSLOTSRANGE', from, to);
    // Else two nodes could both begin with epoch 0, and would have to settle that first.
    await client.redis.cluster('SET-CONFIG-EPOCH', index + 1);
    if (port !== first.port)
      await client.redis.call('CLUSTER', 'MEET', '127.0.0.1', first.port, await busPortOf(first));
  }
  await agreed(nodes);
}

/** From `CLUSTER MYID` and `CLUSTER NODES`: `id host:port@busport …`. */
async function busPortOf({ port }: Node): Promise<string> {
  await using client = connected(port);
  const [, busPort = ''] = /@(\d+)[^\n]*myself/.exec(String(await client.redis.cluster('NODES'))) ?? [];
  return busPort;
}

/** Every node knows all of them, and that each slot has its node. */
async function agreed(nodes: readonly Node[]): Promise<void> {
  for (const { port } of nodes) {
    await using client = connected(port);
    await waitFor(`the node on port ${port} to know the cluster`, async () => {
      const info = String(await client.redis.cluster('INFO'));
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`);
    });
  }
}

function connected(port: number): AsyncDisposable & { readonly redis: Redis } {
  const redis = new Redis({ port, host: '127.0.0.1' });
  return { redis, [Symbol.asyncDispose]: async () => redis.disconnect() };
}
