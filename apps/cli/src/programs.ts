import { relative } from 'node:path';
import type { Deployment, Log, ProgramUse } from '@octo-bots/core';
import { findProgram } from '@octo-bots/operations';

/** @returns the programs that operations run and that this machine lacks, each use of them. */
export async function missingPrograms({ programs = [] }: Deployment): Promise<readonly ProgramUse[]> {
  const paths = await Promise.all(programs.map(({ program }) => findProgram(program)));
  return programs.filter((_, index) => paths[index] === undefined);
}

/** One line for people who check their YAML, maybe on another machine than that of the workers. */
export function programWarning({ program, operation, source }: ProgramUse, cwd: string): string {
  const fromHere = relative(cwd, source.file);
  const file = fromHere.startsWith('..') ? source.file : fromHere;
  return (
    `warning: ${file}:${source.line}:${source.column} "${operation}" needs the program ${program}, which is not on the PATH of ` +
    `this machine; install it (Debian: apt-get install ${program})`
  );
}

/** For a process that runs operations. */
export async function warnOfMissingPrograms(deployment: Deployment, log: Log): Promise<void> {
  for (const { program, operation, source } of await missingPrograms(deployment)) {
    const place = `${source.file}:${source.line}:${source.column}`;
    log.warn({ program, operation, place }, 'a program that an operation runs is not on the PATH; install it');
  }
}
