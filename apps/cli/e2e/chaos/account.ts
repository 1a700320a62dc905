import type { EmulatedGitHub } from '@octo-bots/testing';
import { enforcingComment, stepBots } from './bots.ts';
import { attemptParameter, calledParameter, effectName, steady } from './operations.ts';

/** An event: a pull request that was opened once, whose delivery was sent as often as it takes. */
export interface ChaosEvent {
  readonly delivery: string;
  readonly owner: string;
  readonly repo: string;
  readonly number: number;
}

export interface Account {
  /** How many effects there should be: one for each event, bot and operation. */
  readonly expected: number;
  /** How many there are on GitHub, repeated ones among them. */
  readonly present: number;
  /** Effects that are missing. */
  readonly lost: readonly string[];
  /** Effects that are there more than once, and calls of operations that had been finished. */
  readonly repeated: readonly string[];
  /** Calls of steps, as GitHub saw them. */
  readonly calls: number;
}

interface Call {
  readonly name: string;
  readonly attempt: number;
}

/** The exact account, from GitHub's side alone: what stands there, and what was asked of it. */
export async function takeAccount(github: EmulatedGitHub, events: readonly ChaosEvent[]): Promise<Account> {
  const requests = github.requests();
  const labelled = countBy(
    requests
      .filter(({ method, status, token }) => method === 'POST' && status < 300 && token === 'installation')
      .filter(({ path }) => path.endsWith('/labels'))
      .map(({ path }) => path),
  );
  const lost: string[] = [];
  const repeated: string[] = [];
  let expected = 0;
  let present = 0;
  const weigh = (name: string, count: number) => {
    expected += 1;
    present += count;
    if (count === 0) lost.push(name);
    for (let more = 1; more < count; more++) repeated.push(name);
  };
  for (const { delivery, owner, repo, number } of events) {
    const issue = await github.issue(owner, repo, number);
    const comments = (await github.commentsOf(owner, repo, number)).map(({ body }) => body);
    for (const name of stepEffects(delivery)) weigh(name, comments.filter((body) => body === name).length);
    weigh(`${delivery}/comment`, comments.filter((body) => body.includes(enforcingComment)).length);
    // A second request for a label that is there changes nothing that could be seen.
    const requested = labelled.get(`/repos/${owner}/${repo}/issues/${number}/labels`) ?? 0;
    weigh(`${delivery}/label`, issue.labels.includes('feature') ? requested : 0);
  }
  const calls = requests.flatMap(({ path }) => callOf(path) ?? []);
  repeated.push(...callsOfFinished(calls));
  return { expected, present, lost, repeated, calls: calls.length };
}

function stepEffects(delivery: string): string[] {
  return stepBots.flatMap(({ name: bot, operations }) =>
    operations.map((operation) => effectName({ delivery, bot, operation })),
  );
}

/**
 * An operation is finished, and must not be called any more, once a later one of its bot was called (in order), or once its
 * run is at a further attempt although it never fails by itself. What was called and cut off before its end could be
 * recorded may be called again: that is no repetition, as long as its effect is there once.
 */
function callsOfFinished(calls: readonly Call[]): string[] {
  const again: string[] = [];
  const furthest = new Map<string, number>();
  for (const { name, attempt } of calls) {
    const [delivery, bot, operation] = name.split('/').map(decodeURIComponent);
    const definition = stepBots.find((candidate) => candidate.name === bot);
    if (delivery === undefined || operation === undefined || definition === undefined) continue;
    const run = `${delivery}/${bot}`;
    const place = definition.operations.indexOf(operation);
    const isBehind = !definition.parallel && place < (furthest.get(run) ?? 0);
    if (isBehind || (operation === steady.type && attempt > 1)) again.push(`${name}, called again`);
    furthest.set(run, Math.max(place, furthest.get(run) ?? 0));
  }
  return again;
}

function callOf(path: string): Call | undefined {
  const { searchParams } = new URL(path, 'http://github');
  const name = searchParams.get(calledParameter);
  return name === null ? undefined : { name, attempt: Number(searchParams.get(attemptParameter)) };
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
