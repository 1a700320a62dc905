import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@octo-bots/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeScratch } from './scratch.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a scratch folder', () => {
  it('is for its owner alone, and gone with all that is in it', async () => {
    await using tmp = await temporaryDirectory();
    vi.stubEnv('TMPDIR', tmp.path);
    {
      await using scratch = await makeScratch();
      await mkdir(join(scratch.path, 'a', 'b'), { recursive: true });
      await writeFile(join(scratch.path, 'a', 'b', 'c'), 'x');
      expect((await stat(scratch.path)).mode & 0o777).toBe(0o700);
    }
    expect(await readdir(tmp.path)).toEqual([]);
  });

  it('of a worker that was killed is removed by a later one; that of a live one and the folders of others stay', async () => {
    await using tmp = await temporaryDirectory();
    vi.stubEnv('TMPDIR', tmp.path);
    const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
    for (const name of ['octo-bots-scratch-old', 'octo-bots-scratch-new', 'other-old']) {
      await mkdir(join(tmp.path, name));
      await writeFile(join(tmp.path, name, 'file'), 'x');
      if (name.endsWith('old')) await utimes(join(tmp.path, name), longAgo, longAgo);
    }
    await using _scratch = await makeScratch();
    expect((await readdir(tmp.path)).toSorted().filter((name) => /(old|new)$/.test(name))).toEqual([
      'octo-bots-scratch-new',
      'other-old',
    ]);
  });
});
