import {
  type CredentialsDeclaration,
  defineRegistry,
  type EventOperation,
  type Filter,
  type FilterDeclaration,
  type FilterSubject,
  type JobOperation,
  type Operation,
  type OperationDeclaration,
  type VaultDeclaration,
} from '@octo-bots/core';
import type { TSchema } from 'typebox';
import { check } from './check.ts';
import type { Loading } from './loading.ts';
import type { ConfigProblem } from './problem.ts';
import { isExtension, kindsOf } from './schema-shape.ts';
import { isEmpty, type SourceNode } from './source-node.ts';
import { didYouMean } from './suggestion.ts';
import { describe, quoted } from './wording.ts';

/** What the YAML may name. */
export interface Extensions {
  readonly filters: readonly FilterDeclaration[];
  readonly operations: readonly OperationDeclaration[];
  readonly credentials: readonly CredentialsDeclaration[];
  readonly vaults?: readonly VaultDeclaration[];
}

/** The extensions by their names in YAML. */
export interface ExtensionIndex {
  readonly filters: ReadonlyMap<string, FilterDeclaration>;
  readonly operations: ReadonlyMap<string, OperationDeclaration>;
  readonly credentials: ReadonlyMap<string, CredentialsDeclaration>;
  readonly vaults: ReadonlyMap<string, VaultDeclaration>;
}

/** @throws OctoError EXTENSION_DUPLICATE when two extensions of a kind have the same name. */
export function indexExtensions({ filters, operations, credentials, vaults = [] }: Extensions): ExtensionIndex {
  return {
    filters: byType(filters),
    operations: byType(operations),
    credentials: byType(credentials),
    vaults: byType(vaults),
  };
}

function byType<D extends { kind: string; type: string; summary: string }>(declarations: readonly D[]): Map<string, D> {
  return new Map(defineRegistry(declarations).map((declaration) => [declaration.type, declaration]));
}

/**
 * @param place.about what there is to decide about where the filter stands.
 * @param place.listed whether it is an item of a list.
 */
export function readFilter(
  node: SourceNode,
  loading: Loading,
  { about, listed: inList }: { about: FilterSubject; listed: boolean } = { about: 'event', listed: true },
): Filter | undefined {
  const { filters, operations } = loading.extensions;
  const use = readUse(node, 'filter', loading.problems, inList);
  if (!use) return undefined;
  const declaration = filters.get(use.type);
  const known = [...filters.values()].filter((other) => canDecide(other, about)).map(({ type }) => type);
  if (!declaration) {
    const elsewhere = operations.has(use.type) ? 'It is an operation: move it to "operations".' : undefined;
    reportUnknown(use, 'filter', known, elsewhere, loading.problems);
    return undefined;
  }
  if (!canDecide(declaration, about)) {
    loading.problems.push(withoutEvent(use, known));
    return undefined;
  }
  return create(declaration, use, loading, declaration.about === 'its-filters' ? about : 'event');
}

function canDecide(declaration: FilterDeclaration, about: FilterSubject): boolean {
  return about === 'event' || declaration.about !== 'event';
}

function withoutEvent(use: Use, known: readonly string[]): ConfigProblem {
  return {
    place: use.name.location,
    arrived: `the filter ${quoted(use.type)} decides about an event, and here is only a repository`,
    allowed: `filters that decide about a repository: ${listed(known)}`,
    advice: 'Use one of these, or remove it.',
  };
}

export function readEventOperation(node: SourceNode, loading: Loading): EventOperation | undefined {
  const operation = readOperation(node, 'event', loading);
  return operation?.trigger === 'event' ? operation : undefined;
}

export function readJobOperation(node: SourceNode, loading: Loading): JobOperation | undefined {
  const operation = readOperation(node, 'tick', loading);
  return operation?.trigger === 'tick' ? operation : undefined;
}

function readOperation(node: SourceNode, trigger: OperationDeclaration['trigger'], loading: Loading) {
  const { filters, operations } = loading.extensions;
  const use = readUse(node, 'operation', loading.problems);
  if (!use) return undefined;
  const declaration = operations.get(use.type);
  if (declaration?.trigger === trigger) {
    const { location: source } = use.name;
    for (const program of declaration.programs) loading.programs.push({ program, operation: use.type, source });
    return create(declaration, use, loading);
  }
  const known = [...operations.values()].filter((other) => other.trigger === trigger).map(({ type }) => type);
  if (declaration) {
    loading.problems.push(wrongTrigger(use, trigger, known));
    return undefined;
  }
  const elsewhere = filters.has(use.type) ? 'It is a filter: move it to "filters".' : undefined;
  reportUnknown(use, 'operation', known, elsewhere, loading.problems);
  return undefined;
}

function wrongTrigger(use: Use, trigger: OperationDeclaration['trigger'], known: readonly string[]): ConfigProblem {
  return trigger === 'tick'
    ? {
        place: use.name.location,
        arrived: `the operation ${quoted(use.type)} works on events, and a background job has none`,
        allowed: `operations of background jobs: ${listed(known)}`,
        advice: 'Move it to a bot.',
      }
    : {
        place: use.name.location,
        arrived: `the operation ${quoted(use.type)} works on a schedule, and a bot has none`,
        allowed: `operations of bots: ${listed(known)}`,
        advice: 'Move it to a background job.',
      };
}

function reportUnknown(
  use: Use,
  kind: string,
  known: readonly string[],
  advice: string | undefined,
  problems: ConfigProblem[],
): void {
  problems.push({
    place: use.name.location,
    arrived: `unknown ${kind} ${quoted(use.type)}`,
    allowed: `known: ${listed(known)}`,
    advice: advice ?? didYouMean(use.type, known, `Use one of these, or remove it.`),
  });
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.toSorted().join(', ');
}

interface Use {
  readonly type: string;
  readonly name: Pick<SourceNode, 'location'>;
  /** undefined: it has none. */
  readonly options: SourceNode | undefined;
}

/** One operation or filter in YAML: its name alone, or a map of its name to its options. */
function readUse(node: SourceNode, kind: string, problems: ConfigProblem[], inList = true): Use | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') {
    return { type: node.value, name: node, options: undefined };
  }
  const [entry, ...others] = node.kind === 'map' ? node.entries : [];
  if (entry && others.length === 0) {
    const name = { location: entry.keyLocation };
    return { type: entry.key, name, options: isEmpty(entry.value) ? undefined : entry.value };
  }
  const keys = node.kind === 'map' ? node.entries.map(({ key }) => key) : [];
  const article = kind === 'operation' ? 'an' : 'a';
  problems.push({
    place: node.location,
    arrived: entry
      ? `${article} ${kind} is a map with ${keys.length} keys (${keys.join(', ')})`
      : `${article} ${kind} is ${describe(node, true)}`,
    allowed: `allowed: the name of ${article} ${kind}, or a map with that name as its only key`,
    advice: inList
      ? adviceForUse(kind, entry !== undefined && isEmpty(entry.value) ? entry.key : undefined)
      : `Write one ${kind} there, without "- ", and its options below it.`,
  });
  return undefined;
}

function adviceForUse(kind: string, bare: string | undefined): string {
  if (bare === undefined) return `Write one item, "- name" or "- name:", for each ${kind}.`;
  return `If the other keys are options of "${bare}", indent them deeper than it; else start each with "- ".`;
}

/** Options that are a map are all left out; of others, such as a list of filters, there is nothing. */
function noOptions(schema: TSchema, { location }: Pick<SourceNode, 'location'>): SourceNode {
  if (kindsOf(schema).has('map') && !isExtension(schema)) return { kind: 'map', entries: [], location };
  return { kind: 'scalar', value: null, location };
}

/** @param within what there is to decide about around it: filters in its options have no more than that. */
function create<T extends Filter | Operation>(
  declaration: {
    type: string;
    clients: readonly string[];
    config: OperationDeclaration['config'];
    create(config: unknown): T;
  },
  use: Use,
  loading: Loading,
  within: FilterSubject = 'event',
): T | undefined {
  const { problems, clientTypes } = loading;
  const missing = declaration.clients.find((client) => clientTypes && !clientTypes.has(client));
  if (missing !== undefined) problems.push(missingClient(use, missing, loading));
  const before = problems.length;
  const filters: Filter[] = [];
  const config = check(declaration.config, use.options ?? noOptions(declaration.config, use.name), {
    problems,
    subject: `"${use.type}"`,
    quote: true,
    nestedFilter: (node, { about, listed: inList, problems: found }) => {
      const place = { about: within === 'repository' ? within : about, listed: inList };
      const filter = readFilter(node, { ...loading, problems: found }, place);
      if (filter) filters.push(filter);
      return filter;
    },
  });
  return problems.length === before ? withClientsOf(filters, declaration.create(config)) : undefined;
}

/** What asks by itself gets the clients that the filters in its options need as well. */
function withClientsOf<T extends Filter | Operation>(filters: readonly Filter[], extension: T): T {
  const needed = filters.flatMap((filter) => (filter.pure ? [] : filter.clients));
  if (needed.length === 0 || !('clients' in extension)) return extension;
  return { ...extension, clients: [...new Set([...extension.clients, ...needed])] };
}

function missingClient(use: Use, client: string, { extensions }: Loading): ConfigProblem {
  const makers = [...extensions.credentials.values()].filter(({ clientType }) => clientType === client);
  const names = makers.map(({ type }) => type);
  return {
    place: use.name.location,
    arrived: `"${use.type}" needs the client "${client}", and no credentials make it`,
    allowed: `credentials that make it: ${listed(names)}`,
    advice: `Add ${names[0] === undefined ? 'them' : `"${names[0]}"`} under "credentials" of the main file, or remove "${use.type}".`,
  };
}
