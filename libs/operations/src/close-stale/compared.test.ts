import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CloseStaleOptions } from './options.ts';

const page = join(import.meta.dirname, '../../../../docs/reference/close-stale-and-actions-stale.md');

/** Every name of an option, wherever it stands. */
function optionNames(schema: object): string[] {
  const properties: unknown = Reflect.get(schema, 'properties');
  const items: unknown = Reflect.get(schema, 'items');
  const inner = typeof items === 'object' && items !== null ? optionNames(items) : [];
  if (typeof properties !== 'object' || properties === null) return inner;
  return Object.entries(properties).flatMap(([name, child]) => [name, ...optionNames(child), ...inner]);
}

async function comparison() {
  const text = await readFile(page, 'utf8');
  const section = text.split('## Option by option')[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) => row.split('|').map((cell) => cell.trim()));
}

/** The names in code spans: `exempt-milestones: any` names exempt-milestones. */
function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([a-z][a-z-]+)(?:: [^`]*)?`/g)].map(([, name]) => name ?? '');
}

describe('the comparison with actions/stale', () => {
  const known = new Set(optionNames(CloseStaleOptions));
  /** What stands in the table and is no option: values, and another operation. */
  const others = ['reopen-on-comment', 'never'];

  it('names no option that close-stale does not have', async () => {
    const named = (await comparison()).flatMap(([, , ours = '']) => namesIn(ours));
    expect(named.filter((name) => !known.has(name) && !others.includes(name))).toEqual([]);
  });

  it('names every option that close-stale has', async () => {
    const named = new Set((await comparison()).flatMap(([, , ours = '']) => namesIn(ours)));
    // Of one entry of label-timings.
    expect([...known].filter((name) => !named.has(name) && name !== 'label')).toEqual([]);
  });

  it('has every input of actions/stale once', async () => {
    const theirs = (await comparison()).flatMap(([, their = '']) => namesIn(their));
    expect(new Set(theirs).size).toBe(theirs.length);
    // 55 inputs and two outputs, as in its action.yml.
    expect(theirs).toHaveLength(inputsOfActionsStale + 2);
  });

  it('stands in README as well, row by row', async () => {
    const readme = (await readFile(join(import.meta.dirname, '../../../../README.md'), 'utf8')).split('\n');
    const rows = (await readFile(page, 'utf8')).split('## Option by option')[1]?.split('\n## ')[0] ?? '';
    const table = rows.split('\n').filter((line) => line.startsWith('| '));
    expect(table.length).toBeGreaterThan(40);
    const first = readme.indexOf(table[0] ?? '');
    expect(readme.slice(first, first + table.length + 1).filter((line) => line.startsWith('| '))).toEqual(table);
  });
});

const inputsOfActionsStale = 55;
