import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findExecutable, runCommand } from './executable.ts';

/**
 * Installs Debian packages where that asks no questions. Several test processes may get here at the same time: `flock` lets one
 * install while the others wait; what is there by then costs a moment. The lists of packages are fetched only when they lack one.
 * @returns what came in between; undefined when they are installed.
 */
export async function installWithApt(packages: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root may install packages without questions';
  if ((await findExecutable('apt-get')) === undefined) return 'this machine has none';
  const lock = join(tmpdir(), 'octo-bots-apt.lock');
  const result = await runCommand('flock', [lock, 'sh', '-c', aptScript, 'sh', ...packages], { timeoutMs: 600_000 });
  if (result.code === 0) return undefined;
  return `exit code ${result.code}: ${result.output.trim().split('\n').at(-1) ?? ''}`;
}

const aptScript = `
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }
install "$@" || { apt-get update -q && install "$@"; }
`;
