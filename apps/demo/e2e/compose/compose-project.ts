import { randomBytes } from 'node:crypto';
import { type DockerOptions, type DockerResult, docker, tryDocker, waitFor, words } from '@octo-bots/testing';

/** What `docker inspect` says of a container, as far as these tests look at it. */
export interface ContainerView {
  readonly Id: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly Privileged: boolean;
    readonly SecurityOpt: readonly string[] | null;
    readonly Init: boolean | null;
    readonly RestartPolicy: { readonly Name: string };
  };
}

const buildWithinMs = 540_000;
const upWithinMs = 180_000;

/**
 * docker-compose.yml under a project name of its own, on free ports, with images under a tag of its own. Disposing of it
 * removes its containers, networks, volumes and images; what BuildKit keeps stays, for the next build.
 */
export class ComposeProject implements AsyncDisposable {
  readonly name = `octo-bots-test-${randomBytes(4).toString('hex')}`;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /** @param env added to this process's environment; undefined leaves a variable out. */
  constructor(env: Readonly<Record<string, string | undefined>> = {}) {
    this.#env = {
      COMPOSE_PROFILES: undefined,
      COMPOSE_FILE: undefined,
      OCTO_BOTS_TAG: this.name,
      INGRESS_LISTEN: '127.0.0.1:0',
      DASHBOARD_LISTEN: '127.0.0.1:0',
      DEMO_GITHUB_LISTEN: '127.0.0.1:0',
      ...env,
    };
  }

  try(args: readonly string[], options: DockerOptions = {}): Promise<DockerResult> {
    return tryDocker(['compose', '--project-name', this.name, ...args], { ...options, env: this.#env });
  }

  /** @throws Error with all it wrote, when it ends with anything but 0. */
  async run(args: readonly string[], options: DockerOptions = {}): Promise<string> {
    const { code, stdout, output } = await this.try(args, options);
    if (code !== 0) throw new Error(`docker compose ${args.join(' ')} ended with ${code}:\n${output}`);
    return stdout.trim();
  }

  async build(profiles: readonly string[] = []): Promise<void> {
    await this.run([...profileArgs(profiles), 'build'], { timeoutMs: buildWithinMs });
  }

  /** Builds and starts. @param options.args as of `docker compose up`. */
  async up({ profiles = [], args = [] }: { profiles?: readonly string[]; args?: readonly string[] }): Promise<void> {
    await this.build(profiles);
    await this.run([...profileArgs(profiles), 'up', '--detach', ...args], { timeoutMs: upWithinMs });
  }

  /** The containers of a service (or of all), those that have ended too. */
  async containers(service?: string): Promise<string[]> {
    return words(await this.run(['--profile', 'demo', 'ps', '--all', '--quiet', ...(service ? [service] : [])]));
  }

  async inspect(containers: readonly string[]): Promise<ContainerView[]> {
    return JSON.parse(await docker(['inspect', ...containers]));
  }

  /** Ends all that runs in a container as a crash would; Docker's own `kill` counts as a person's wish, and nothing restarts. */
  async crash(container: string): Promise<void> {
    const restarts = async () => (await this.inspect([container]))[0];
    const before = (await restarts())?.RestartCount ?? 0;
    // tini is process 1 and stays; it ends with its child.
    await tryDocker(['exec', container, 'sh', '-c', 'kill -9 -1']);
    await waitFor(
      'a crashed container to be started again',
      async () => {
        const now = await restarts();
        return now !== undefined && now.RestartCount > before && now.State.Running;
      },
      { timeoutMs: 30_000 },
    );
  }

  async healthy(service: string): Promise<void> {
    await waitFor(
      `${service} to be healthy`,
      async () => {
        const views = await this.inspect(await this.containers(service));
        return views.length > 0 && views.every(({ State }) => State.Running && State.Health?.Status === 'healthy');
      },
      { timeoutMs: 90_000 },
    );
  }

  /** The URL at which this machine reaches a port of a service. */
  async url(service: string, port: number): Promise<string> {
    return `http://${await this.run(['--profile', 'demo', 'port', service, String(port)])}`;
  }

  /**
   * Ends and removes all of it, volumes too. Engines before 23 sometimes count an end of a container that is gone, and keep its
   * network until they are started again: that alone is told and not held against us.
   */
  async down(): Promise<void> {
    const args = ['--profile', 'demo', 'down', '--volumes', '--remove-orphans'];
    const { code, output } = await this.try(args, { timeoutMs: 120_000 });
    if (code === 0) return;
    const left = await Promise.all([this.#labelled(['ps', '--all']), this.#labelled(['volume', 'ls'])]);
    const inUse = (await this.#labelled(['network', 'ls'])).map((id) =>
      docker(['network', 'inspect', '--format', '{{len .Containers}}', id]),
    );
    if (left.flat().length > 0 || (await Promise.all(inUse)).some((count) => count !== '0')) {
      throw new Error(`docker compose ${args.join(' ')} ended with ${code}:\n${output}`);
    }
    console.warn(`The engine kept a network that no container is on:\n${output}`);
  }

  /** What Docker still has of this project: containers, volumes, images. */
  async leftovers(): Promise<string[]> {
    const lists = [
      ['ps', '--all'],
      ['volume', 'ls'],
      ['images', '--all'],
    ];
    return (await Promise.all(lists.map((list) => this.#labelled(list)))).flat();
  }

  async #labelled(list: readonly string[]): Promise<string[]> {
    return words(await docker([...list, '--quiet', '--filter', `label=com.docker.compose.project=${this.name}`]));
  }

  /** Each image's name without the tag, and its bytes. */
  async images(): Promise<ReadonlyMap<string, number>> {
    const names = words(await docker(['images', '--format', '{{.Repository}}:{{.Tag}}'])).filter((name) =>
      name.endsWith(`:${this.name}`),
    );
    const sizes = names.map(async (name): Promise<[string, number]> => {
      const bytes = await docker(['image', 'inspect', '--format', '{{.Size}}', name]);
      return [name.slice(0, -this.name.length - 1), Number(bytes)];
    });
    return new Map(await Promise.all(sizes));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    const images = [...(await this.images()).keys()].map((image) => `${image}:${this.name}`);
    if (images.length > 0) await docker(['image', 'rm', ...images]);
  }
}

const profileArgs = (profiles: readonly string[]) => profiles.flatMap((profile) => ['--profile', profile]);
