import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findExecutable, runCommand } from './executable.ts';
import type { DockerEngine, RedisMake } from './redis-container.ts';

/** What can run a Redis server on this machine. */
export type RedisSource = { kind: 'program'; path: string } | { kind: 'docker'; engine: DockerEngine };

const programs = ['redis-server', 'valkey-server'];
/** `cluster` is a Cluster of such programs: see startRedis. */
const wishes = ['program', 'docker', 'valkey', 'cluster'];

let found: Promise<RedisSource> | undefined;

/**
 * Finds what can run a Redis server: a program on the PATH, else a Docker engine, else the machine's package manager when
 * that asks no questions. `OCTO_TEST_REDIS` may want a `program`, or `docker` or `valkey` from an engine, alone. Looks once for each process.
 * @throws Error that tells a person what to do, when there is no way.
 */
export function findRedis(): Promise<RedisSource> {
  found ??= look();
  found.catch(() => {
    found = undefined;
  });
  return found;
}

async function look(): Promise<RedisSource> {
  const wish = process.env.OCTO_TEST_REDIS ?? '';
  if (wish !== '' && !wishes.includes(wish)) {
    throw new Error(`OCTO_TEST_REDIS is "${wish}"; allowed: ${wishes.join(', ')}, or nothing for whatever is there`);
  }
  const wantsDocker = wish === 'docker' || wish === 'valkey';
  const path = wantsDocker ? undefined : await findExecutable(...programs);
  if (path !== undefined) return { kind: 'program', path };

  const wantsProgram = wish === 'program' || wish === 'cluster';
  const docker = wantsProgram
    ? { why: 'OCTO_TEST_REDIS wants a program' }
    : await dockerEngine(wish === 'valkey' ? 'valkey' : 'redis');
  if ('engine' in docker && docker.engine) return { kind: 'docker', engine: docker.engine };
  if (wantsDocker) {
    throw new Error(
      `OCTO_TEST_REDIS wants a ${wish === 'valkey' ? 'Valkey' : 'Redis'} from a Docker engine: ${docker.why}. Start Docker, or leave it unset.`,
    );
  }

  const installed = await installWithApt();
  if (installed.path !== undefined) return { kind: 'program', path: installed.path };

  throw new Error(
    [
      'no Redis server for this machine:',
      `  PATH: neither ${programs.join(' nor ')}`,
      `  Docker: ${docker.why}`,
      `  apt-get: ${installed.why}`,
      'Do one of these: set REDIS_URL to a Redis of yours (demo only; tests start their own); install redis-server 7 or newer',
      '(Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis); or start Docker.',
    ].join('\n'),
  );
}

async function dockerEngine(make: RedisMake): Promise<{ engine?: DockerEngine; why: string }> {
  // Loaded only now: Testcontainers takes most of a second to load, in each test file.
  const { findDockerEngine } = await import('./redis-container.ts');
  return findDockerEngine(make);
}

/**
 * Several test processes may get here at the same time: `flock` lets one install while the others wait, and look again.
 * The package would start a service of its own on port 6379; what it started is stopped, what ran before is left alone.
 */
const aptScript = `
command -v redis-server && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -q --no-install-recommends redis-server || {
  apt-get update -q && apt-get install -y -q --no-install-recommends redis-server
} || exit 1
if [ -d /run/systemd/system ]; then systemctl disable --now redis-server
elif command -v service; then
  service redis-server stop
  update-rc.d redis-server disable
fi
exit 0
`;

async function installWithApt(): Promise<{ path?: string; why: string }> {
  if (process.getuid?.() !== 0) return { why: 'only root may install packages without questions' };
  if ((await findExecutable('apt-get')) === undefined) return { why: 'this machine has none' };
  const lock = join(tmpdir(), 'octo-bots-apt.lock');
  const result = await runCommand('flock', [lock, 'sh', '-c', aptScript], { timeoutMs: 600_000 });
  const path = await findExecutable(...programs);
  const lastLine = result.output.trim().split('\n').at(-1) ?? '';
  return path === undefined ? { why: `exit code ${result.code}: ${lastLine}` } : { path, why: '' };
}

/**
 * A program that runs a Redis server, for what a container of one server cannot give, such as a Cluster.
 * @throws Error when there is none and it cannot be installed.
 */
export async function redisProgram(): Promise<string> {
  const path = await findExecutable(...programs);
  if (path !== undefined) return path;
  const installed = await installWithApt();
  if (installed.path !== undefined) return installed.path;
  throw new Error(
    `no redis-server on the PATH (apt-get: ${installed.why}); install it (Debian: apt-get install redis-server)`,
  );
}
