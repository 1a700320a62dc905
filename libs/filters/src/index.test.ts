import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { filters } from './index.ts';

describe('the list of filters', () => {
  it('has a filter for each folder, of that name, and no other', async () => {
    const entries = await readdir(import.meta.dirname, { withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory() && entry.name !== 'test-support')
      .map(({ name }) => name);
    expect(filters.map(({ type }) => type).sort()).toEqual(folders.sort());
  });

  it.each(filters.map((filter) => [filter.type, filter] as const))('%s has an example', (type, { example }) => {
    expect(example).toMatch(new RegExp(`^${type}(:|$)`, 'm'));
  });

  it('has some that decide about a repository without an event', () => {
    const about = (subject: string) => filters.filter((filter) => filter.about === subject).map(({ type }) => type);
    expect(about('repository')).toEqual(['file-filter', 'repo-filter']);
    expect(about('its-filters')).toEqual(['all-of', 'any-of', 'not']);
  });
});
