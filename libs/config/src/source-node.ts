import type { SourceLocation } from '@octo-bots/core';

/** A YAML value that knows where it stands; aliases and merge keys are resolved. */
export type SourceNode = MapNode | ListNode | ScalarNode;

export interface MapNode {
  readonly kind: 'map';
  /** Keys are unique. */
  readonly entries: readonly MapEntry[];
  readonly location: SourceLocation;
}

export interface MapEntry {
  readonly key: string;
  readonly keyLocation: SourceLocation;
  readonly value: SourceNode;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly location: SourceLocation;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The text came from the environment, at least in part: it may be meant as a number, or as true or false. */
  readonly fromEnvironment?: true;
  /** The value is the path of a secret in the vault of this type: `!conjur path/of/variable`. */
  readonly vault?: string;
  readonly location: SourceLocation;
}

export interface VaultSecret extends ScalarNode {
  readonly value: string;
  readonly vault: string;
}

export function entryOf(node: SourceNode, key: string): MapEntry | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined;
}

export function isEmpty(node: SourceNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** @returns the map with some of its keys alone. */
export function pickEntries(node: MapNode, wanted: (key: string) => boolean): MapNode {
  return { ...node, entries: node.entries.filter(({ key }) => wanted(key)) };
}

/** The secrets of vaults in a value, in the order of the file. */
export function vaultSecretsIn(node: SourceNode): readonly VaultSecret[] {
  switch (node.kind) {
    case 'map':
      return node.entries.flatMap(({ value }) => vaultSecretsIn(value));
    case 'list':
      return node.items.flatMap(vaultSecretsIn);
    case 'scalar':
      return isVaultSecret(node) ? [node] : [];
  }
}

export function isVaultSecret(node: SourceNode): node is VaultSecret {
  return node.kind === 'scalar' && node.vault !== undefined;
}

/** @returns the same with other scalars. */
export async function mapScalars(
  node: SourceNode,
  change: (scalar: ScalarNode) => Promise<ScalarNode>,
): Promise<SourceNode> {
  switch (node.kind) {
    case 'map': {
      const entries = node.entries.map(async (entry) => ({ ...entry, value: await mapScalars(entry.value, change) }));
      return { ...node, entries: await Promise.all(entries) };
    }
    case 'list':
      return { ...node, items: await Promise.all(node.items.map((item) => mapScalars(item, change))) };
    case 'scalar':
      return change(node);
  }
}

/** @returns what the node holds, without its places. */
export function plainValue(node: SourceNode): unknown {
  switch (node.kind) {
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]));
    case 'list':
      return node.items.map(plainValue);
    case 'scalar':
      return node.value;
  }
}
