import { resolve } from 'node:path';
import type { Deployment, Settings as DeploymentSettings, Log, ProgramUse, SourceLocation } from '@octo-bots/core';
import type { StaticDecode } from 'typebox';
import { check } from './check.ts';
import { readCredentials } from './credentials.ts';
import { readBots, readJobs } from './definitions.ts';
import type { Environment } from './environment.ts';
import { type Extensions, indexExtensions } from './extensions.ts';
import { realPath } from './loading.ts';
import { type ConfigProblem, sortProblems } from './problem.ts';
import { MainFile, Settings } from './schemas.ts';
import { parseSource, readText, type SourceContext } from './source.ts';
import { entryOf, isEmpty, type SourceNode } from './source-node.ts';
import { readVaults } from './vaults.ts';

export type LoadResult =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Reads the main file and all that it names.
 * @param path the main file, relative to the working directory.
 * @param extensions what the YAML may name.
 * @param options.environment what `${…}` in YAML may name; the process's own by default.
 * @returns the deployment, or every mistake of every file.
 * @throws OctoError EXTENSION_DUPLICATE when two extensions have the same name, and nothing else.
 */
export async function loadDeployment(
  path: string,
  extensions: Extensions,
  { log, environment = process.env }: { log: Log; environment?: Environment },
): Promise<LoadResult> {
  const file = resolve(path);
  const index = indexExtensions(extensions);
  const problems: ConfigProblem[] = [];
  const files = [file];
  const vaultTypes = [...index.vaults.keys()];
  const written = readMain(file, { problems, environment, vaults: vaultTypes });
  const main = written && withoutEmptyLists(written);
  if (!main) return { ok: false, problems: sortProblems(problems, files) };

  check(MainFile, main, { problems, subject: 'the main file', quote: true });
  const settings = readSettings(main, problems);
  const reading = { problems, files, environment, vaults: vaultTypes, extensions: index, log };
  const vaults = readVaults(entryOf(main, 'vaults')?.value, reading);
  const block = entryOf(main, 'credentials')?.value;
  const { credentials, clientTypes } = block
    ? readCredentials(block, { ...reading, configuredVaults: vaults })
    : { credentials: [], clientTypes: undefined };

  const parallelBots = settings?.parallelBots;
  const programs: ProgramUse[] = [];
  const loading = { ...reading, clientTypes, parallelBots, programs };
  const listing = new Map<string, SourceLocation>([[realPath(file), main.location]]);
  const bots = readBots(main, listing, loading);
  const jobs = readJobs(main, listing, loading);
  if (problems.length > 0 || !settings) return { ok: false, problems: sortProblems(problems, files) };
  return { ok: true, deployment: { settings, credentials, bots, jobs, programs } };
}

function readMain(file: string, reading: SourceContext): SourceNode | undefined {
  const read = readText(file);
  if (read.ok) return parseSource(file, read.text, reading);
  reading.problems.push({
    place: { file },
    arrived: `the main file ${read.reason}`,
    allowed: 'allowed: the path of a readable YAML file',
    advice: 'Name the file with --config, or put it there.',
  });
  return undefined;
}

const lists = ['bots', 'jobs', 'background-jobs'];

/** A list whose every item is commented out has none. */
function withoutEmptyLists(main: SourceNode): SourceNode {
  if (main.kind !== 'map') return main;
  return { ...main, entries: main.entries.filter(({ key, value }) => !(lists.includes(key) && isEmpty(value))) };
}

/** `settings:` with nothing below it means all the defaults, since it may not be left out. */
function readSettings(main: SourceNode, problems: ConfigProblem[]): DeploymentSettings | undefined {
  const node = entryOf(main, 'settings')?.value;
  if (!node) return undefined;
  const block: SourceNode = isEmpty(node) ? { kind: 'map', entries: [], location: node.location } : node;
  const settings = check(Settings, block, { problems, subject: '"settings"', quote: true });
  return settings && settingsOf(settings);
}

const minuteMs = 60_000;

function settingsOf(settings: StaticDecode<typeof Settings>): DeploymentSettings {
  return {
    parallelBackgroundJobs: settings['parallel-background-jobs'],
    botsEndpoint: settings['bots-endpoint'],
    clientValidityMs: settings['client-validity-time-minutes'] * minuteMs,
    parallelBots: settings['parallel-bots'],
    recoverMissedDeliveries: settings['recover-missed-deliveries'],
    trustProxy: settings['trust-proxy'],
  };
}
