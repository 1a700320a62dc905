import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineOperation, definePureFilter, done, Glob, letThrough, Options } from '@octo-bots/core';
import { temporaryDirectory } from '@octo-bots/testing';
import { type TSchema, Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { findDrift, mendDrift } from './reference.ts';
import { referencePages } from './reference-pages.ts';

const labels = defineOperation({
  type: 'add-labels',
  summary: 'Labels what comes | goes, such as release/* and <name>.',
  example: `
    add-labels:
      labels: [a]
  `,
  // Event names and client types of this test are not those of a real library.
  events: ['push'] as never,
  clients: ['github'] as never,
  config: Options({
    labels: Type.Array(Glob(), { minItems: 1, description: 'Which.' }),
    comment: Type.String({ default: 'On *one* | two\nlines.', description: 'What is said.' }),
    how: Type.Optional(
      Type.Union(
        [Options({ name: Type.Literal('all') }), Options({ name: Type.Literal('some'), top: Type.Integer() })],
        {
          description: 'How many.',
        },
      ),
    ),
  }),
  execute: async () => done('done'),
});

const filter = definePureFilter({
  type: 'any-filter',
  summary: 'Lets all through.',
  config: Options({}),
  filter: () => letThrough('yes'),
});

const pagesOf = (config: TSchema) =>
  referencePages({ operations: [{ ...labels, config }], filters: [], credentials: [] });

const pages = () => referencePages({ operations: [labels], filters: [filter], credentials: [] });
const pathOfLabels = 'libs/operations/src/add-labels/README.md';

describe('a page made from a declaration', () => {
  it('tells what stands in it, as Markdown that shows what was meant', () => {
    expect(pages().get(pathOfLabels)).toBe(`# add-labels

<!-- Made from the declarations by \`npm run reference\`: change those, not this page. -->

Labels what comes | goes, such as release/\\* and \\<name>.

\`\`\`yaml
operations:
  - add-labels:
      labels: [a]
\`\`\`

Runs in a bot, on the events \`push\`.
Needs the client \`github\`.

## Options

| option | what may stand there | default | meaning |
| --- | --- | --- | --- |
| \`labels\` | a list that is not empty, each item a shell glob, such as "release/\\*" | **required** | Which. |
| \`comment\` | a text | \`On *one* \\| two lines.\` | What is said. |
| \`how\` | a map |  | How many. |
| \`how.name\` | all or some | **required** |  |
| \`how.top\` | a whole number | **required** | Only with: \`name: some\`. |
`);
  });

  it('says that there are no options', () => {
    expect(pages().get('libs/filters/src/any-filter/README.md')).toContain('## Options\n\nNone.\n');
  });

  it('says what stands there, where there are no keys', () => {
    const list = Type.Array(Type.String(), { description: 'Whom.' });
    const page = pagesOf(list);
    expect(page.get(pathOfLabels)).toContain('## Options\n\nIt takes a list, each item a text. Whom.\n');
  });

  it('does not tell again what a map takes as well as what is around it', () => {
    const many = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, Type.String({ description: `The ${key}.` })]));
    const config = Options({
      ...many,
      issues: Options({ ...many, type: Type.String({ description: 'Which.' }) }, { description: 'Of issues.' }),
      other: Options({ a: Type.String({ description: 'Another a.' }), b: many.b ?? Type.String() }),
    });
    const page = pagesOf(config);
    const rows = [...(page.get(pathOfLabels) ?? '').matchAll(/^\| `(.*?)` .*\| (.*?) \|$/gm)];
    expect(rows.map(([, path, meaning]) => [path, meaning])).toEqual([
      ['a', 'The a.'],
      ['b', 'The b.'],
      ['c', 'The c.'],
      ['issues', 'Of issues. As outside of it: `a`, `b`, `c`.'],
      ['issues.type', 'Which.'],
      ['other', ''],
      ['other.a', 'Another a.'],
      ['other.b', 'The b.'],
    ]);
  });

  it('is linked where all are listed', async () => {
    const list = pages().get('docs/reference/operations.md');
    expect(list).toContain(
      '| [add-labels](../../libs/operations/src/add-labels/README.md) | Labels what comes \\| goes, such as release/\\* and \\<name>. | `labels`, `comment`, `how` |',
    );
  });
});

describe('the gate "reference"', () => {
  it('fails with the pages that are wrong and what mends them', { timeout: 30_000 }, async () => {
    await using directory = await temporaryDirectory();
    const run = (...flags: string[]) =>
      spawnSync(process.execPath, [join(import.meta.dirname, 'reference.ts'), ...flags, directory.path]);
    const broken = run('--check');
    expect(broken.status).toBe(1);
    expect(broken.stderr.toString()).toContain('docs/reference/operations.md is missing; run: npm run reference\n');
    expect(run().status).toBe(0);
    expect(run('--check').status).toBe(0);
  });

  it('holds once the pages are written, and not when one is changed, lost, or of what is no more', async () => {
    await using directory = await temporaryDirectory();
    const root = directory.path;
    expect(mendDrift(root, pages())).toHaveLength(5);
    expect(findDrift(root, pages())).toEqual([]);

    const changed = join(root, 'docs/reference/filters.md');
    await writeFile(changed, `${await readFile(changed, 'utf8')}And more.\n`);
    const left = join(root, 'libs/filters/src/removed-filter/README.md');
    await mkdir(dirname(left), { recursive: true });
    await writeFile(left, '# removed-filter\n');
    const [page = '', ...others] = [...pages().keys()];
    expect(findDrift(root, new Map([...pages(), ['docs/new.md', 'new']]))).toEqual([
      { path: 'docs/reference/filters.md', what: 'is not what the declarations say' },
      { path: 'docs/new.md', what: 'is missing' },
      { path: 'libs/filters/src/removed-filter/README.md', what: 'is of nothing that is declared' },
    ]);
    expect(findDrift(root, new Map([...pages()].filter(([path]) => others.includes(path))))).toContainEqual({
      path: page,
      what: 'is of nothing that is declared',
    });

    mendDrift(root, pages());
    expect(findDrift(root, pages())).toEqual([]);
  });
});
