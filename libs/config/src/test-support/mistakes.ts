import { expect, test } from 'vitest';
import type { Environment } from '../environment.ts';
import type { Extensions } from '../extensions.ts';
import { head, messagesOf } from './deployment.ts';

/** A configuration that is wrong. */
export interface Mistake {
  readonly title: string;
  /** Of the main file; left out: a good one. */
  readonly main?: string;
  /** Other files, beside or instead of the good ones. */
  readonly files?: Readonly<Record<string, string>>;
  /** What `${…}` may name. */
  readonly environment?: Environment;
  /** Instead of those for tests. */
  readonly extensions?: Partial<Extensions>;
  /** All that the user reads. */
  readonly messages: readonly string[];
}

export function expectMessages(mistakes: readonly Mistake[]): void {
  test.for(mistakes)('$title', async ({ main = head, files = {}, environment = {}, extensions = {}, messages }) => {
    expect(await messagesOf({ 'octo-bots.yml': main, ...files }, { environment, extensions })).toEqual(messages);
  });
}
