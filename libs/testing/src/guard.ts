import { type ChildProcess, spawn } from 'node:child_process';

/** Waits for the end of its input, which comes when this process is gone, however it ended; then ends the other one. */
const watch = 'trap "" INT TERM HUP; cat >/dev/null; kill -9 "$0" 2>/dev/null';

/**
 * Makes sure that a child process does not outlive this one, not even when this one is ended by SIGKILL, after which no
 * handler runs here.
 */
export function endWithThisProcess(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const watcher = spawn('sh', ['-c', watch, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // A machine without `sh` is no reason to fail.
  watcher.once('error', () => {});
  watcher.unref();
  // The child's number may soon be another process's.
  child.once('exit', () => watcher.kill('SIGKILL'));
}
