import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { operations } from './index.ts';

describe('the list of operations', () => {
  it('has an operation for each folder, of that name, and no other', async () => {
    const entries = await readdir(import.meta.dirname, { withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory() && entry.name !== 'test-support')
      .map(({ name }) => name);
    expect(operations.map(({ type }) => type).sort()).toEqual(folders.sort());
  });
});
