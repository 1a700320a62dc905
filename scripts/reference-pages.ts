import {
  BotDefinition,
  type ConfigOption,
  type Extensions,
  exampleItem,
  JobDefinition,
  MainFile,
  optionsOf,
  ownValueOf,
  Settings,
} from '@octo-bots/config';
import type {
  CredentialsDeclaration,
  FilterDeclaration,
  OperationDeclaration,
  VaultDeclaration,
} from '@octo-bots/core';
import type { TSchema } from 'typebox';

/** Every page that is made from declarations: its path in the repository → what it says. */
export function referencePages(extensions: Extensions): ReadonlyMap<string, string> {
  const { filters, operations, credentials, vaults = [] } = extensions;
  return new Map([
    ...operations.map((one) => [pagePath('operations', one), operationPage(one)] as const),
    ...filters.map((one) => [pagePath('filters', one), filterPage(one)] as const),
    ['docs/reference/operations.md', operationsPage(operations)],
    ['docs/reference/filters.md', filtersPage(filters)],
    ['docs/reference/configuration.md', configurationPage(credentials, vaults)],
  ]);
}

type Library = 'operations' | 'filters';

function pagePath(library: Library, { type }: { type: string }): string {
  return `libs/${library}/src/${type}/README.md`;
}

const origin = '<!-- Made from the declarations by `npm run reference`: change those, not this page. -->';

/** Blocks of Markdown, an empty line between them. */
function page(...blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function operationPage(operation: OperationDeclaration): string {
  return page(
    `# ${operation.type}`,
    origin,
    text(operation.summary),
    exampleBlock('operations', operation.example),
    whereItRuns(operation),
    optionsBlock(operation.config),
  );
}

function whereItRuns(operation: OperationDeclaration): string {
  const where =
    operation.trigger === 'event'
      ? `Runs in a bot, on the events ${codes(operation.events)}.`
      : 'Runs in a background job.';
  return [where, ...needsOf(operation)].join('\n');
}

function needsOf({ clients, programs }: OperationDeclaration): string[] {
  return [
    ...(clients.length > 0 ? [`Needs the client ${codes(clients)}.`] : []),
    ...(programs.length > 0 ? [`Needs on the PATH of the worker: ${codes(programs)}.`] : []),
  ];
}

function filterPage(filter: FilterDeclaration): string {
  const about =
    filter.about === 'repository' ? 'Also decides about a repository, where there is no event to look at.' : '';
  return page(
    `# ${filter.type}`,
    origin,
    text(filter.summary),
    exampleBlock('filters', filter.example),
    [whenItDecides(filter), about].filter((line) => line !== '').join('\n'),
    optionsBlock(filter.config),
  );
}

function whenItDecides({ about, pure, clients }: FilterDeclaration): string {
  if (about === 'its-filters') return 'Decides where its filters decide: in the ingress when all of them are pure.';
  if (pure) return 'Pure: decides by the event alone, in the ingress; what it filters out is never stored.';
  return `Asks ${codes(clients)}: decides in the worker, at the start of the run.`;
}

function exampleBlock(key: Library, example: string | undefined): string {
  if (example === undefined) return '';
  const item = exampleItem(example).trimEnd().replaceAll(/^/gm, '  ');
  return ['```yaml', `${key}:`, item, '```'].join('\n');
}

function optionsBlock(schema: TSchema): string {
  const options = optionsOf(schema);
  const value = ownValueOf(schema);
  const itself = value === undefined ? '' : text(`It takes ${value.allowed}. ${value.description ?? ''}`.trim());
  const none = value === undefined && options.length === 0 ? 'None.' : '';
  const rows = options.length === 0 ? '' : table(options);
  return ['## Options', itself, none, rows].filter((part) => part !== '').join('\n\n');
}

function table(options: readonly ConfigOption[]): string {
  return [
    '| option | what may stand there | default | meaning |',
    '| --- | --- | --- | --- |',
    ...folded(options).map(
      (option) => `| \`${option.path}\` | ${cell(option.allowed)} | ${otherwise(option)} | ${meaning(option)} |`,
    ),
  ].join('\n');
}

/** From so many on, what is told a second time is told by its name alone. */
const fewest = 3;

/** A map below an option may take options that stand outside of it as well: those are not told again. */
function folded(options: readonly ConfigOption[]): readonly ConfigOption[] {
  const told = new Map(options.map((option) => [option.path, sense(option)]));
  const repeated = Map.groupBy(
    options.filter((option) => told.get(splitPath(option.path)[1]) === sense(option)),
    ({ path }) => splitPath(path)[0],
  );
  return options.flatMap((option) => {
    const [outermost, rest] = splitPath(option.path);
    const again = repeated.get(outermost) ?? [];
    if (again.length < fewest) return [option];
    if (again.includes(option)) return [];
    if (rest !== '') return [option];
    const names = again.map(({ path }) => splitPath(path)[1]).filter((name) => !/[.[]/.test(name));
    return [{ ...option, description: `${option.description ?? ''} As outside of it: ${codes(names)}.`.trim() }];
  });
}

/** What a row says beside its name. */
function sense({ path: _, ...said }: ConfigOption): string {
  return JSON.stringify(said);
}

/** @returns the outermost key, and the path from there on. */
function splitPath(path: string): readonly [string, string] {
  const dot = path.indexOf('.');
  return dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot + 1)];
}

function meaning({ description = '', onlyWith }: ConfigOption): string {
  const only = onlyWith.length === 0 ? '' : ` Only with: ${cell(onlyWith.join('; '))}.`;
  return `${cell(description)}${only}`.trim();
}

/** What holds when it is left out. A map has none of its own: its keys do. */
function otherwise({ required, default: value }: ConfigOption): string {
  if (required) return '**required**';
  if (value === undefined || (isMap(value) && Object.keys(value).length === 0)) return '';
  return codeCell(typeof value === 'string' ? value : JSON.stringify(value));
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function operationsPage(operations: readonly OperationDeclaration[]): string {
  const list = (trigger: OperationDeclaration['trigger']) =>
    overview(
      'operations',
      operations.filter((one) => one.trigger === trigger),
    );
  return page(
    '# Operations',
    origin,
    'What bots and background jobs do. Each stands under `operations:` by its name, or as a map of its name to its options.',
    '## Of bots',
    list('event'),
    '## Of background jobs',
    list('tick'),
  );
}

function filtersPage(filters: readonly FilterDeclaration[]): string {
  return page(
    '# Filters',
    origin,
    'What decides whether a bot sees an event. A bot runs only when none of its `filters:` filters the event out. Pure ones decide in the ingress, so that what they filter out is never stored; the others ask a client, in the worker.',
    overview('filters', filters),
  );
}

type Declared = OperationDeclaration | FilterDeclaration;

function overview(library: Library, declarations: readonly Declared[]): string {
  const rows = declarations
    .toSorted((a, b) => (a.type < b.type ? -1 : 1))
    .map((one) => {
      const link = `[${one.type}](../../${pagePath(library, one)})`;
      const keys = optionsOf(one.config)
        .filter(({ path }) => !/[.[]/.test(path))
        .map(({ path }) => path);
      const itself = cell(ownValueOf(one.config)?.allowed ?? 'none');
      return `| ${link} | ${cell(one.summary)} | ${keys.length === 0 ? itself : codes(keys)} |`;
    });
  return ['| name | what it does | options |', '| --- | --- | --- |', ...rows].join('\n');
}

function configurationPage(
  credentials: readonly CredentialsDeclaration[],
  vaults: readonly VaultDeclaration[],
): string {
  return page(
    '# Configuration',
    origin,
    'What may stand in the YAML files. Unknown keys are mistakes, and `octo-bots validate` says where they are. Durations have a unit (`30 minutes`); paths are relative to the file that names them.',
    '## The main file',
    table(optionsOf(MainFile)),
    '## `settings`',
    table(optionsOf(Settings)),
    '## `credentials`',
    'One block for each kind of client. What is secret stands in a file of its own, which the block names, or in the block itself.',
    ...credentials.flatMap(credentialsBlocks),
    '## `vaults`',
    'One block for each service that keeps secrets. Wherever credentials want a secret, a tag names one of its own: `client-secret: !conjur path/of/variable`.',
    ...vaults.flatMap(({ type, summary, config }) => [`### \`${type}\``, text(summary), table(optionsOf(config))]),
    '## A bot',
    'In a list under `bots:`. What may stand in its lists: [operations](operations.md) and [filters](filters.md).',
    table(optionsOf(BotDefinition)),
    '## A background job',
    'In a list under `jobs:` (or `background-jobs:`). What may stand in its list: [operations](operations.md#of-background-jobs).',
    table(optionsOf(JobDefinition)),
  );
}

function credentialsBlocks({ type, clientType, summary, config, fileKey, secrets }: CredentialsDeclaration): string[] {
  const file: ConfigOption = {
    path: fileKey,
    allowed: 'the path of a file (yaml)',
    required: false,
    default: undefined,
    description: 'The file with the keys below. Left out: they stand in the block itself.',
    onlyWith: [],
  };
  return [
    `### \`${type}\``,
    `${text(summary)} Makes the client ${code(clientType)}.`,
    table([...optionsOf(config), file]),
    `In the file that \`${fileKey}\` names:`,
    table(optionsOf(secrets)),
  ];
}

const code = (words: string) => `\`${words}\``;
const codes = (words: readonly string[]) => words.map(code).join(', ');

/** In a table a bar ends the cell even within code. */
function codeCell(plain: string): string {
  const line = onOneLine(plain).replaceAll('|', '\\|');
  return line.includes('`') ? `\`\` ${line} \`\`` : code(line);
}

function onOneLine(plain: string): string {
  return plain.replaceAll(/\s+/g, ' ').trim();
}

/** Plain text as it is, in Markdown: a glob is no emphasis, `<name>` no tag. */
function text(plain: string): string {
  return plain.replaceAll(/`[^`]*`|[*<]/g, (found) => (found.length > 1 ? found : `\\${found}`));
}

/** One cell of a table: on one line, and no end of the cell within it. */
function cell(plain: string): string {
  return text(onOneLine(plain)).replaceAll('|', '\\|');
}
