import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Log, ProgramUse, SourceLocation } from '@octo-bots/core';
import type { Environment } from './environment.ts';
import type { ExtensionIndex } from './extensions.ts';
import { pastedFault, unreadableFault } from './file-content.ts';
import type { ConfigProblem } from './problem.ts';
import { parseSource, readText } from './source.ts';
import type { SourceNode } from './source-node.ts';
import { describe } from './wording.ts';

/** One loading of a deployment: what is known so far. */
export interface Loading {
  readonly problems: ConfigProblem[];
  /** Absolute paths of the files that were read, in that order. */
  readonly files: string[];
  readonly environment: Environment;
  /** Types of the vaults whose secrets a tag in YAML may name. */
  readonly vaults: readonly string[];
  readonly extensions: ExtensionIndex;
  /**
   * Types of the clients that the deployment's credentials make; undefined when the credentials have mistakes, so that
   * nobody can tell.
   */
  readonly clientTypes: ReadonlySet<string> | undefined;
  /** `settings.parallel-bots`; undefined when the settings have mistakes. */
  readonly parallelBots: boolean | undefined;
  /** Programs that the operations so far run. */
  readonly programs: ProgramUse[];
  readonly log: Log;
}

export type Reading = Pick<Loading, 'problems' | 'files' | 'environment' | 'vaults'>;

/** Reads a file that another one names at `named`. @returns undefined when it added problems. */
export function readNamedFile(named: SourceNode, what: string, reading: Reading): SourceNode | undefined {
  const path = named.kind === 'scalar' ? named.value : undefined;
  if (typeof path !== 'string' || path.trim() === '') {
    reading.problems.push({
      place: named.location,
      arrived: `${what} is ${describe(named, false)}`,
      allowed: 'allowed: the path of a YAML file',
      advice: 'Write the path, relative to this file.',
    });
    return undefined;
  }
  const file = pathFrom(named.location, path);
  const pasted = pastedFault(path, what);
  const read = readText(file);
  if (pasted || !read.ok) {
    const fault = pasted ?? unreadableFault(file, what, read.ok ? '' : read.reason);
    reading.problems.push({ place: named.location, ...fault });
    return undefined;
  }
  reading.files.push(file);
  return parseSource(file, read.text, reading);
}

/** Relative paths are relative to the file that names them. */
export function pathFrom(location: SourceLocation, path: string): string {
  return resolve(dirname(location.file), path);
}

/** @returns one path for all the ways to name a file. */
export function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
