import { spawnSync } from 'node:child_process';

export interface DockerReport {
  readonly available: boolean;
  /** Why there is none, for people. */
  readonly why: string;
}

/** Looks for a Docker engine that answers, with Compose 2.24 or newer, whose `depends_on` may name what a profile leaves out. */
export function findDocker(): DockerReport {
  const engine = ask(['version', '--format', '{{.Server.Version}}']);
  if (engine.why !== undefined) return { available: false, why: `no Docker engine: ${engine.why}` };
  const compose = ask(['compose', 'version', '--short']);
  if (compose.why !== undefined) return { available: false, why: `no Docker Compose: ${compose.why}` };
  const [major = 0, minor = 0] = compose.output.replace(/^v/, '').split('.').map(Number);
  const isNewEnough = major > 2 || (major === 2 && minor >= 24);
  return isNewEnough
    ? { available: true, why: '' }
    : { available: false, why: `Docker Compose ${compose.output} is older than 2.24` };
}

function ask(args: readonly string[]): { output: string; why?: string } {
  const result = spawnSync('docker', args, { encoding: 'utf8', timeout: 20_000 });
  if (result.error) return { output: '', why: result.error.message };
  if (result.status === 0) return { output: result.stdout.trim() };
  return { output: '', why: (result.stderr || result.stdout).trim().split('\n').at(-1) ?? '' };
}
