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
  readonly location: SourceLocation;
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
