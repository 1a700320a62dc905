import { randomBytes } from 'node:crypto';
import { GenericContainer, getContainerRuntimeClient, ImageName, type StartedTestContainer } from 'testcontainers';
import type { RedisHost, RedisHostOptions } from './redis-host.ts';
import { valkeyImage } from './valkey-image.ts';

/** What runs in a container. */
export type RedisMake = 'redis' | 'valkey';

const images = { redis: 'redis:8', valkey: valkeyImage.name };

export interface DockerEngine {
  createRedis(options: RedisHostOptions): RedisHost;
}

/** @returns an engine that has, or can get, the image; or why there is none. */
export async function findDockerEngine(make: RedisMake): Promise<{ engine?: DockerEngine; why: string }> {
  try {
    const client = await getContainerRuntimeClient();
    const name = ImageName.fromString(images[make]);
    if (!(await client.image.exists(name))) {
      // Nobody keeps this one for others.
      if (make === 'valkey')
        return { why: `docker build --tag ${valkeyImage.name} ${valkeyImage.context} was not called yet` };
      await client.image.pull(name);
    }
    return { engine: { createRedis: (options) => redisInContainer(make, options) }, why: '' };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** A Redis server in a container that is stopped and started, not made anew: it keeps its port and its data. */
function redisInContainer(make: RedisMake, options: RedisHostOptions): RedisHost {
  // Docker publishes the port on every address of this machine, so others are kept out with a password.
  const password = randomBytes(16).toString('hex');
  let container: StartedTestContainer | undefined;

  const handle = async () => {
    if (!container) throw new Error('the container of Redis was never started');
    const client = await getContainerRuntimeClient();
    return { client, raw: client.container.getById(container.getId()) };
  };
  const running = async () => {
    if (!container) return false;
    const { client, raw } = await handle();
    return (await client.container.inspect(raw)).State.Running;
  };

  return {
    password,
    async start() {
      if (container) {
        const { client, raw } = await handle();
        await client.container.start(raw);
        return;
      }
      container = await startWithReaper(
        new GenericContainer(images[make])
          .withCommand([`${make}-server`, ...options.args, '--requirepass', password])
          .withExposedPorts({ container: options.port, host: options.port }),
      );
    },
    running,
    async output() {
      if (!container) return '';
      const { raw } = await handle();
      return (await raw.logs({ stdout: true, stderr: true, tail: 50, follow: false })).toString('utf8');
    },
    async ended() {
      if (!(await running())) return;
      const { raw } = await handle();
      await raw.wait();
    },
    async kill() {
      const { raw } = await handle();
      if (await running()) await raw.kill();
    },
    async remove() {
      await container?.stop({ remove: true, removeVolumes: true });
      container = undefined;
    },
  };
}

/**
 * Testcontainers first starts a container of its own, Ryuk, that removes ours should this process die. Where its image cannot
 * be had, ours starts without: it is removed when disposed of.
 */
async function startWithReaper(container: GenericContainer): Promise<StartedTestContainer> {
  try {
    return await container.start();
  } catch (error) {
    if (process.env.TESTCONTAINERS_RYUK_DISABLED !== undefined) throw error;
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
    return container.start();
  }
}
