import { readFileSync } from 'node:fs';
import type { SourceLocation } from '@octo-bots/core';
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type Range,
  type ScalarTag,
  type YAMLMap,
} from 'yaml';
import { type Environment, expand } from './environment.ts';
import type { ConfigProblem } from './problem.ts';
import type { MapEntry, ScalarNode, SourceNode } from './source-node.ts';
import { yamlProblems } from './yaml-problem.ts';

export type ReadResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Reads a text file whole. The loader runs once, before anything else does, so it reads synchronously. */
export function readText(file: string): ReadResult {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return { ok: false, reason: unreadableBecause(error) };
  }
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, reason: 'is no UTF-8 text' };
  }
}

function unreadableBecause(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EISDIR':
      return 'is a directory';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    default:
      return `cannot be read (${code})`;
  }
}

export interface SourceContext {
  readonly problems: ConfigProblem[];
  readonly environment: Environment;
  /** Types of the vaults whose secrets a tag may name. */
  readonly vaults: readonly string[];
}

/** A value with the tag of a vault, such as `!conjur path/of/variable`. */
class VaultPath {
  readonly vault: string;
  readonly path: string;

  constructor(vault: string, path: string) {
    this.vault = vault;
    this.path = path;
  }
}

function vaultTag(vault: string): ScalarTag {
  return { tag: `!${vault}`, resolve: (path) => new VaultPath(vault, path) };
}

/** @returns the document, or undefined when it is too broken to look at; its mistakes are added to `problems`. */
export function parseSource(
  file: string,
  text: string,
  { problems, environment, vaults }: SourceContext,
): SourceNode | undefined {
  const lines = new LineCounter();
  // Pretty errors quote the lines of the file, which may hold secrets.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    customTags: vaults.map(vaultTag),
  });
  const at = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = yamlProblems(document, text, at);
  problems.push(...broken.problems);
  if (broken.fatal) return undefined;
  if (document.contents === null) {
    problems.push({
      place: { file, line: 1, column: 1 },
      arrived: 'the file is empty',
      allowed: 'allowed: a YAML map',
      advice: 'Fill it, or no longer name it.',
    });
    return undefined;
  }
  const before = problems.length;
  const reader = new NodeReader({ document, text, at, problems, environment });
  const root = reader.read(document.contents, { file, line: 1, column: 1 });
  // What could not be read would look like a mistake of its own.
  return problems.length === before ? root : undefined;
}

/** Aliases let a small file describe a huge tree; nothing that people write comes near this. */
const mostNodes = 100_000;

class NodeReader {
  readonly #document: Document;
  readonly #text: string;
  readonly #at: (offset: number) => SourceLocation;
  readonly #problems: ConfigProblem[];
  readonly #environment: Environment;
  /** The nodes that enclose the current one: an alias to one of them would have no end. */
  readonly #open = new Set<unknown>();
  #nodes = 0;

  constructor(options: {
    document: Document;
    text: string;
    at: (offset: number) => SourceLocation;
    problems: ConfigProblem[];
    environment: Environment;
  }) {
    this.#document = options.document;
    this.#text = options.text;
    this.#at = options.at;
    this.#problems = options.problems;
    this.#environment = options.environment;
  }

  /** @param fallback where a value stands that takes no room, such as the empty one after `key:`. */
  read(node: unknown, fallback: SourceLocation): SourceNode {
    this.#nodes += 1;
    if (isAlias(node)) return this.#readAlias(node, fallback);
    if (isMap(node)) {
      const location = this.#locate(node, fallback);
      return this.#enclosed(node, location, () => ({
        kind: 'map',
        entries: this.#readEntries(node, location),
        location,
      }));
    }
    if (isSeq(node)) {
      const location = this.#locate(node, fallback);
      return this.#enclosed(node, location, () => ({
        kind: 'list',
        items: node.items.map((item) => this.read(item, location)),
        location,
      }));
    }
    if (isScalar(node)) {
      if (node.value === null) return { kind: 'scalar', value: null, location: fallback };
      const location = this.#locate(node, fallback);
      if (node.value instanceof VaultPath) {
        const { vault, path } = node.value;
        return { ...this.#readText(path, node.range, location), vault };
      }
      const value = scalarValue(node.value);
      return typeof value === 'string'
        ? this.#readText(value, node.range, location)
        : { kind: 'scalar', value, location };
    }
    return empty(fallback);
  }

  #readText(written: string, range: Range | null | undefined, location: SourceLocation): ScalarNode {
    const { text, fromEnvironment, faults } = expand(written, this.#environment);
    for (const { reference, before, ...fault } of faults) {
      const [start, end] = range ?? [0, 0];
      const parts = this.#text.slice(start, end).split(reference);
      const offset = parts.slice(0, before + 1).join(reference).length;
      // Where the text is written with escapes or over several lines, the reference may not stand there as it is.
      this.#problems.push({ place: parts.length > before + 1 ? this.#at(start + offset) : location, ...fault });
    }
    return { kind: 'scalar', value: text, location, ...(fromEnvironment ? { fromEnvironment } : {}) };
  }

  #enclosed(node: unknown, location: SourceLocation, read: () => SourceNode): SourceNode {
    if (this.#nodes > mostNodes) {
      this.#problems.push({
        place: location,
        arrived: `aliases make the file grow to over ${mostNodes} values`,
        allowed: 'allowed: aliases that are not nested that deep',
        advice: 'Write the values out.',
      });
      return empty(location);
    }
    this.#open.add(node);
    const result = read();
    this.#open.delete(node);
    return result;
  }

  #readAlias(alias: Alias, fallback: SourceLocation): SourceNode {
    const location = this.#locate(alias, fallback);
    const target = alias.resolve(this.#document);
    if (target !== undefined && !this.#open.has(target)) return this.read(target, location);
    this.#problems.push(
      target === undefined
        ? {
            place: location,
            arrived: `the alias "*${alias.source}" has no anchor`,
            allowed: `allowed: an alias of an anchor that stands above it`,
            advice: `Define "&${alias.source}" above, or put the text in quotes if it is no alias.`,
          }
        : {
            place: location,
            arrived: `the alias "*${alias.source}" stands inside its own anchor`,
            allowed: 'allowed: an alias of a value that is complete',
            advice: 'Write the value out.',
          },
    );
    return empty(location);
  }

  /** Own keys win over merged ones, earlier merged ones over later, and of a doubled key the first counts. */
  #readEntries(map: YAMLMap, location: SourceLocation): readonly MapEntry[] {
    const own = new Map<string, MapEntry>();
    const merged: MapEntry[] = [];
    for (const pair of map.items) {
      const keyLocation = this.#locate(pair.key, location);
      if (isMergeKey(pair)) {
        merged.push(...this.#readMerged(pair, keyLocation));
        continue;
      }
      const key = this.#readKey(pair, keyLocation);
      if (key === undefined || own.has(key)) continue;
      own.set(key, { key, keyLocation, value: this.read(pair.value, keyLocation) });
    }
    for (const entry of merged) if (!own.has(entry.key)) own.set(entry.key, entry);
    return [...own.values()];
  }

  #readMerged(pair: Pair, location: SourceLocation): readonly MapEntry[] {
    const value = this.read(pair.value, location);
    const sources = value.kind === 'list' ? value.items : [value];
    return sources.flatMap((source) => {
      if (source.kind === 'map') return source.entries;
      this.#problems.push({
        place: source.location,
        arrived: 'the merge key "<<" merges something that is no map',
        allowed: 'allowed: an alias of a map, or a list of such aliases',
        advice: 'Point it at a map, as in "<<: *name".',
      });
      return [];
    });
  }

  #readKey(pair: Pair, location: SourceLocation): string | undefined {
    // A key is a name of ours: it takes no variable.
    if (isScalar(pair.key) && typeof pair.key.value === 'string') return pair.key.value;
    const key = this.read(pair.key, location);
    if (key.kind === 'scalar') return key.value === null ? '' : String(key.value);
    this.#problems.push({
      place: key.location,
      arrived: `a key is a ${key.kind}`,
      allowed: 'allowed: a text',
      advice: 'Put the key in quotes if it is a text, such as one with braces.',
    });
    return undefined;
  }

  #locate(node: unknown, fallback: SourceLocation): SourceLocation {
    const range = isAlias(node) || isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined;
    return range ? this.#at(range[0]) : fallback;
  }
}

function isMergeKey({ key }: Pair): boolean {
  if (!isScalar(key) || key.type !== 'PLAIN') return false;
  return key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<');
}

function scalarValue(value: unknown): ScalarNode['value'] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

function empty(location: SourceLocation): ScalarNode {
  return { kind: 'scalar', value: null, location };
}
