import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'octo-bots-scratch-';
/** Longer than a run may take: what is older belongs to a worker that was killed. */
const abandonedAfterMs = 24 * 60 * 60 * 1000;

export interface Scratch extends AsyncDisposable {
  /** Absolute, without symbolic links. */
  readonly path: string;
}

/** A folder for one call of an operation, for its owner alone; removed with all that is in it, however the call ends. */
export async function makeScratch(): Promise<Scratch> {
  await removeAbandoned();
  const path = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  return { path, [Symbol.asyncDispose]: () => remove(path) };
}

async function removeAbandoned(): Promise<void> {
  const before = Date.now() - abandonedAfterMs;
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const path = join(tmpdir(), name);
    // It may be another user's, or be removed by another worker at this moment.
    const abandoned = await stat(path).then(
      ({ mtimeMs }) => mtimeMs < before,
      () => false,
    );
    if (abandoned) await remove(path).catch(() => undefined);
  }
}

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
