import { relative, resolve } from 'node:path';
import { type Deployment, silentLog } from '@octo-bots/core';
import { requireDeployment } from './deployment.ts';
import { extensions } from './extensions.ts';
import { missingPrograms, programWarning } from './programs.ts';

/**
 * @returns what a good configuration holds, for people, and what this machine lacks to run it; that is no mistake of the YAML.
 * Throws CONFIG_INVALID with every problem.
 */
export async function validate(config: string): Promise<{ summary: string; warnings: readonly string[] }> {
  const deployment = await requireDeployment(config, extensions, silentLog);
  const missing = await missingPrograms(deployment);
  return {
    summary: summaryOf(config, deployment),
    warnings: missing.map((use) => programWarning(use, process.cwd())),
  };
}

function summaryOf(config: string, { bots, jobs, credentials }: Deployment): string {
  const main = resolve(config);
  const files = new Set([main, ...[...bots, ...jobs].map(({ source }) => source.file)]);
  return [
    `${shown(main)} is valid.`,
    row('bots', names(bots)),
    row('jobs', names(jobs)),
    row(
      'credentials',
      credentials.map(({ type }) => type),
    ),
    row('files', [...files].map(shown)),
  ].join('\n');
}

function names(definitions: readonly { name: string }[]): string[] {
  return definitions.map(({ name }) => name);
}

function row(label: string, items: readonly string[]): string {
  return `  ${label.padEnd(12)}${items.length}${items.length === 0 ? '' : `: ${items.join(', ')}`}`;
}

function shown(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
}
