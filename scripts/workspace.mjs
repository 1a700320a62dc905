// Plain JavaScript for whatever Node the machine has: what runs before the project's own Node 24 is there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const nodePath = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(nodePath)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs || sameLock(installed);
}

/** A fresh checkout touches package-lock.json without changing it, so its age alone says nothing. */
function sameLock(installed) {
  const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const have = packagesOf(installed);
  return Object.entries(have).every(([path, entry]) => wanted[path]?.version === entry.version);
}

/** Installs the dependencies when they are missing or older than the lockfile. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.log('Installing dependencies, about a minute the first time …');
  const started = Date.now();
  const result = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error('npm ci failed. See its message above; the registry must be reachable for the first run.');
    process.exit(1);
  }
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

/** Environment in which `node` and every binary of the project come first, for us and for what we start. */
export function projectEnv(extra = {}) {
  const path = [join(root, 'node_modules', 'node', 'bin'), join(root, 'node_modules', '.bin'), process.env.PATH];
  return { ...process.env, PATH: path.join(process.platform === 'win32' ? ';' : ':'), ...extra };
}

/** Runs the project's Node 24 with these arguments, the terminal attached; returns the exit code. */
export function runNode(args, env = {}) {
  // The child gets a terminal's Ctrl-C as well; without a listener here it would end us before the child has shut down.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const result = spawnSync(nodePath, args, { cwd: root, stdio: 'inherit', env: projectEnv(env) });
  process.off('SIGINT', ignore);
  if (result.error) {
    console.error(`Could not start ${nodePath}: ${result.error.message}`);
    return 1;
  }
  return result.status ?? 1;
}
