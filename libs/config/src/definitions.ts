import { type BackgroundJob, type Bot, type SourceLocation, slugOf } from '@octo-bots/core';
import type { StaticDecode, TSchema } from 'typebox';
import { check } from './check.ts';
import { readEventOperation, readFilter, readJobOperation } from './extensions.ts';
import { type Loading, pathFrom, readNamedFile, realPath } from './loading.ts';
import { allOf } from './problem.ts';
import type { BotQueue, Queue } from './schemas.ts';
import { BotDefinition, BotsFile, JobDefinition, JobsFile } from './schemas.ts';
import { entryOf, type MapNode, type SourceNode } from './source-node.ts';
import { didYouMean } from './suggestion.ts';
import { describe, quoted } from './wording.ts';

/** Bots and background jobs are written and listed alike. */
interface Kind<Definition> {
  readonly noun: string;
  /** The keys that list them, in the main file and in files of their own. */
  readonly keys: readonly string[];
  readonly file: TSchema;
  read(node: MapNode, subject: string, loading: Loading): Definition | undefined;
}

const botKind: Kind<Bot> = { noun: 'bot', keys: ['bots'], file: BotsFile, read: readBot };

const jobKind: Kind<BackgroundJob> = {
  noun: 'background job',
  keys: ['jobs', 'background-jobs'],
  file: JobsFile,
  read: readJob,
};

/** @param files real path of each file that lists definitions → where it is named; shared by bots and jobs. */
export function readBots(main: SourceNode, files: Map<string, SourceLocation>, loading: Loading): readonly Bot[] {
  return new DefinitionReader(botKind, files, loading).readListsOf(main);
}

/** See readBots. */
export function readJobs(
  main: SourceNode,
  files: Map<string, SourceLocation>,
  loading: Loading,
): readonly BackgroundJob[] {
  return new DefinitionReader(jobKind, files, loading).readListsOf(main);
}

class DefinitionReader<Definition> {
  readonly #kind: Kind<Definition>;
  readonly #files: Map<string, SourceLocation>;
  readonly #loading: Loading;
  readonly #named = new Map<string, { name: string; location: SourceLocation }>();

  constructor(kind: Kind<Definition>, files: Map<string, SourceLocation>, loading: Loading) {
    this.#kind = kind;
    this.#files = files;
    this.#loading = loading;
  }

  readListsOf(root: SourceNode): readonly Definition[] {
    return this.#kind.keys.flatMap((key) => {
      const list = entryOf(root, key)?.value;
      return list?.kind === 'list' ? list.items.flatMap((item) => this.#readItem(item, key)) : [];
    });
  }

  #readItem(item: SourceNode, key: string): readonly Definition[] {
    if (item.kind === 'map') {
      const definition = this.#readDefinition(item);
      return definition ? [definition] : [];
    }
    if (item.kind === 'scalar' && typeof item.value === 'string') return this.#readFile(item, item.value, key);
    this.#loading.problems.push({
      place: item.location,
      arrived: `an item of "${key}" is ${describe(item, true)}`,
      allowed: `allowed: the path of a file with ${this.#kind.noun}s, or a ${this.#kind.noun} itself`,
      advice: 'Write "- path", or "- name: …" with the other keys below it.',
    });
    return [];
  }

  #readFile(named: SourceNode, path: string, key: string): readonly Definition[] {
    const real = realPath(pathFrom(named.location, path));
    const first = this.#files.get(real);
    if (first) {
      this.#loading.problems.push({
        place: named.location,
        arrived: `the file ${quoted(path)} is listed a second time`,
        related: { label: 'first at', place: first },
        allowed: 'allowed: each file once',
        advice: 'Remove one of them.',
      });
      return [];
    }
    this.#files.set(real, named.location);
    const what = path.trim() === '' ? `an item of "${key}"` : `${quoted(path)} in "${key}"`;
    const root = readNamedFile(named, what, this.#loading);
    return root && this.#checkFile(root, named.location) ? this.readListsOf(root) : [];
  }

  /** @returns whether the file has a list to read. */
  #checkFile(root: SourceNode, named: SourceLocation): boolean {
    const { problems } = this.#loading;
    const { noun, keys, file } = this.#kind;
    const subject = `the file of ${noun}s`;
    if (root.kind === 'map' && keys.some((key) => entryOf(root, key))) {
      check(file, root, { problems, subject, quote: true });
      return true;
    }
    problems.push({
      place: root.location,
      arrived: root.kind === 'map' ? `${subject} has no "${keys[0]}"` : `${subject} is ${describe(root, true)}`,
      related: { label: 'listed at', place: named },
      allowed: `needed: a map with the key ${keys.join(' or ')}`,
      advice: this.#adviceForFile(root),
    });
    return false;
  }

  #adviceForFile(root: SourceNode): string {
    const [key = ''] = this.#kind.keys;
    if (root.kind === 'list') return `Put "${key}:" above the list.`;
    const present = root.kind === 'map' ? root.entries.map((entry) => entry.key) : [];
    const other = [botKind, jobKind].flatMap(({ keys }) => keys).find((known) => present.includes(known));
    if (other) return `List the file under "${other}".`;
    return didYouMean(present[0] ?? '', this.#kind.keys, `Put the ${this.#kind.noun}s in a list under "${key}:".`);
  }

  #readDefinition(node: MapNode): Definition | undefined {
    const { problems } = this.#loading;
    const before = problems.length;
    const name = entryOf(node, 'name')?.value;
    const named = name?.kind === 'scalar' && typeof name.value === 'string' && slugOf(name.value) !== '';
    if (named) this.#claimName(String(name.value), name.location);
    const subject = named ? `the ${this.#kind.noun} ${quoted(String(name.value))}` : `a ${this.#kind.noun}`;
    const definition = this.#kind.read(node, subject, this.#loading);
    return problems.length === before ? definition : undefined;
  }

  /** Names queues and runs, so two names must differ in more than case and punctuation. */
  #claimName(name: string, location: SourceLocation): void {
    const slug = slugOf(name);
    const first = this.#named.get(slug);
    if (!first) {
      this.#named.set(slug, { name, location });
      return;
    }
    const { noun } = this.#kind;
    this.#loading.problems.push({
      place: location,
      arrived:
        first.name === name
          ? `a second ${noun} is named ${quoted(name)}`
          : `the ${allOf([`${noun}s ${quoted(first.name)}`, quoted(name)])} are both "${slug}" in the names of queues and runs`,
      related: { label: 'first at', place: first.location },
      allowed: `allowed: names of ${noun}s that differ in their letters and digits`,
      advice: 'Rename one of them.',
    });
  }
}

function readBot(node: MapNode, subject: string, loading: Loading): Bot | undefined {
  const definition = check(BotDefinition, node, { problems: loading.problems, subject, quote: true });
  const operations = readUses(node, 'operations', (use) => readEventOperation(use, loading));
  const filters = readUses(node, 'filters', (use) => readFilter(use, loading));
  checkCoalesce(node, subject, loading);
  if (definition === undefined) return undefined;
  const { queue, ...common } = commonOf(definition, node);
  const { coalesce } = definition.queue;
  return { ...common, queue: { ...queue, ...limitsOf(definition.queue), coalesce }, operations, filters };
}

/** In a chain of bots each run waits for the one before it: none of them can make way. */
function checkCoalesce(node: MapNode, subject: string, { parallelBots, problems }: Loading): void {
  const queue = entryOf(node, 'queue')?.value;
  const coalesce = queue && entryOf(queue, 'coalesce')?.value;
  if (!coalesce || parallelBots !== false) return;
  problems.push({
    place: coalesce.location,
    arrived: `"queue.coalesce" stands in ${subject}, while "settings.parallel-bots" is false`,
    allowed: 'allowed: "queue.coalesce" only where the bots of one event run in parallel',
    advice: 'Remove it, or set "parallel-bots: true".',
  });
}

function readJob(node: MapNode, subject: string, loading: Loading): BackgroundJob | undefined {
  const definition = check(JobDefinition, node, { problems: loading.problems, subject, quote: true });
  const operations = readUses(node, 'operations', (use) => readJobOperation(use, loading));
  return definition && { ...commonOf(definition, node), operations, everyMs: definition.every };
}

function limitsOf(queue: StaticDecode<typeof BotQueue>): Pick<Bot['queue'], 'concurrency' | 'rateLimit'> {
  const { concurrency, 'rate-limit': limit } = queue;
  return { concurrency, rateLimit: limit && { max: limit.max, perMs: limit.per } };
}

/** Reads all of them even when one has mistakes, so that all mistakes are found. */
function readUses<Use>(node: MapNode, key: string, read: (use: SourceNode) => Use | undefined): readonly Use[] {
  const list = entryOf(node, key)?.value;
  if (list?.kind !== 'list') return [];
  return list.items.map(read).filter((use) => use !== undefined);
}

function commonOf(
  definition: { name: string; parallel: boolean; queue: StaticDecode<typeof Queue> },
  { location }: MapNode,
): Omit<Bot, 'operations' | 'filters'> {
  const { name, parallel, queue } = definition;
  const { attempts, backoff, timeout, priority, keep } = queue;
  return {
    name,
    slug: slugOf(name),
    parallel,
    source: location,
    queue: {
      attempts,
      backoff: { type: backoff.type, delayMs: backoff.delay, jitter: backoff.jitter },
      timeoutMs: timeout,
      priority,
      keep: {
        completed: { count: keep.completed.count, ageMs: keep.completed.age },
        failed: { count: keep.failed.count, ageMs: keep.failed.age },
      },
    },
  };
}
