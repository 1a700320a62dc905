import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { docker, tryDocker, waitFor } from '@octo-bots/testing';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const buildWithinMs = 540_000;

/** As much as systemd needs to be process 1 of a container, short of all rights of this machine. */
const rights = [
  ...['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE'].flatMap((capability) => ['--cap-add', capability]),
  ...['seccomp=unconfined', 'apparmor=unconfined'].flatMap((option) => ['--security-opt', option]),
  ...['/run', '/run/lock', '/tmp'].flatMap((path) => ['--tmpfs', path]),
  ...['--env', 'container=docker'],
];

/** What a repository has beside the code, for the how-to's `cp`. */
const mounts = ['config', 'deploy'].flatMap((folder) => ['--volume', `${root}${folder}:/app/${folder}:ro`]);

/** A Debian host with systemd, in a container. Disposing of it ends and removes it. */
export class SystemdHost implements AsyncDisposable {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  /** @param ports that this machine wants to reach. */
  static async start(ports: readonly number[]): Promise<SystemdHost> {
    const name = `octo-bots-test-host-${randomBytes(4).toString('hex')}`;
    const host = new SystemdHost(name);
    try {
      await docker(['build', '--target', 'worker', '--tag', `${name}-worker`, '.'], { timeoutMs: buildWithinMs });
      const ours = ['--build-arg', `WORKER=${name}-worker`, '--tag', name, 'apps/cli/e2e/systemd'];
      await docker(['build', ...ours], { timeoutMs: buildWithinMs });
      const published = ports.flatMap((port) => ['--publish', `127.0.0.1::${port}`]);
      const gateway = ['--add-host', 'host.docker.internal:host-gateway'];
      const cgroups = await cgroupArguments();
      await docker([
        'run',
        '--detach',
        '--name',
        name,
        ...rights,
        ...cgroups,
        ...mounts,
        ...gateway,
        ...published,
        name,
      ]);
      await waitFor('systemd to be up', async () => {
        const { stdout } = await tryDocker(['exec', name, 'systemctl', 'is-system-running']);
        return ['running', 'degraded'].includes(stdout.trim());
      });
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs commands as root's shell does, in the folder of the code. @throws Error with all they wrote, when one fails. */
  run(commands: string): Promise<string> {
    const shell = ['bash', '-euo', 'pipefail', '-c', commands];
    return docker(['exec', '--workdir', '/opt/octo-bots', this.#name, ...shell]);
  }

  /** The address at which this machine reaches a port that was named at the start. */
  address(port: number): Promise<string> {
    return docker(['port', this.#name, String(port)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await tryDocker(['rm', '--force', '--volumes', this.#name]);
    await tryDocker(['image', 'rm', this.#name, `${this.#name}-worker`]);
  }
}

/** systemd wants to write where cgroups of version 2 are; an engine on version 1 has them beside those. */
async function cgroupArguments(): Promise<string[]> {
  const version = await docker(['info', '--format', '{{.CgroupVersion}}']);
  return version === '1'
    ? ['--volume', '/sys/fs/cgroup/unified:/sys/fs/cgroup:rw']
    : ['--cgroupns', 'host', '--volume', '/sys/fs/cgroup:/sys/fs/cgroup:rw'];
}
