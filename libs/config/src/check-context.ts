import type { Filter, FilterSubject } from '@octo-bots/core';
import type { ConfigProblem } from './problem.ts';
import type { SourceNode } from './source-node.ts';

/** Builds a filter that stands in the options of an extension. @returns undefined when it added problems. */
export type ReadNestedFilter = (
  node: SourceNode,
  place: {
    readonly about: FilterSubject;
    /** Is it an item of a list, or may only one stand there? */
    readonly listed: boolean;
    readonly problems: ConfigProblem[];
  },
) => Filter | undefined;

/** Where a check is, and where its findings go. */
export interface CheckContext {
  readonly problems: ConfigProblem[];
  /** What is checked as a whole, as messages call it: `the bot "Labels"`, `"events-filter"`. */
  readonly subject: string;
  /** False within secrets: then no message holds a value, and of unknown keys only those that look like a known one. */
  readonly quote: boolean;
  /** Keys that stand in the same map as those of the schema, but are checked elsewhere. */
  readonly otherKeys?: readonly string[];
  /** Keys of the other ways to write the same map: known words, but not beside those of this way. */
  readonly otherWays?: readonly string[];
  /** Only within the options of extensions, where filters may stand. */
  readonly nestedFilter?: ReadNestedFilter | undefined;
  /** Only where secrets of vaults may stand: the types of the vaults that are configured. */
  readonly vaults?: ReadonlySet<string> | undefined;
  /** The keys from the subject down to here, such as `keep.completed`. */
  readonly path?: string;
  /** Is this an item of the list at `path`? */
  readonly item?: boolean;
}

/** @returns how messages call the value that is checked. */
export function nameOf({ subject, path, item }: CheckContext): string {
  const name = path === undefined ? subject : `"${path}"`;
  return item ? `an item of ${name}` : name;
}

export function pathOf({ path }: CheckContext, key: string): string {
  return path === undefined ? key : `${path}.${key}`;
}

export function contextOfKey(context: CheckContext, key: string): CheckContext {
  const { problems, subject, quote, nestedFilter, vaults } = context;
  return { problems, subject, quote, nestedFilter, vaults, path: pathOf(context, key) };
}
