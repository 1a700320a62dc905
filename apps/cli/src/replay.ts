import { type Deployment, OctoError, silentLog } from '@octo-bots/core';
import { DeadLetters, type FoundRun, type RunState } from '@octo-bots/queue';
import type { Terminal } from './cli.ts';
import { requireDeployment } from './deployment.ts';
import { extensions } from './extensions.ts';
import { oneLine, tableOf } from './failed-runs-table.ts';
import type { ReplayFlags } from './replay-command.ts';

/** @returns the failed runs, as a table for people or as JSON. */
export async function listFailed(flags: ReplayFlags): Promise<string> {
  const deployment = await requireDeployment(flags.config, extensions, silentLog);
  const name = flags.bot === undefined ? undefined : nameOf(flags.bot, deployment);
  return withDeadLetters(deployment, flags, async (deadLetters) => {
    const listed = await deadLetters.list({ limit: flags.limit, name });
    return flags.json ? `${JSON.stringify(listed.letters, undefined, 2)}\n` : tableOf(listed);
  });
}

/**
 * Replays what is named by each id, and says so, a line for each run.
 * @throws OctoError RUN_NOT_REPLAYED that names everything that was not, once the rest is.
 */
export async function replay(ids: readonly string[], flags: ReplayFlags, terminal: Terminal): Promise<void> {
  const deployment = await requireDeployment(flags.config, extensions, silentLog);
  const refusals = await withDeadLetters(deployment, flags, async (deadLetters) => {
    const said: string[] = [];
    for (const id of new Set(ids)) said.push(...(await replayOne(id, deadLetters, flags, terminal)));
    return said;
  });
  if (refusals.length > 0) throw new OctoError('RUN_NOT_REPLAYED', refusals.join('\n'));
}

/** @returns why what the id names was not replayed; nothing, when it was. */
async function replayOne(
  id: string,
  deadLetters: DeadLetters,
  flags: ReplayFlags,
  terminal: Terminal,
): Promise<string[]> {
  const fromStart = flags.fromStart === true;
  const found = await deadLetters.find(id);
  if (found.length === 0) return [unknownText(id)];
  const isDelivery = found.every(({ run }) => run !== id);
  // What ended well is done once more only when it is named by itself.
  const meant = isDelivery ? found.filter(({ state }) => state === 'failed') : found;
  if (meant.length === 0) return [`${id}: none of its runs failed`, ...found.map((run) => `  ${stateText(run)}`)];
  const refusals: string[] = [];
  for (const run of meant) {
    const verdict = await deadLetters.replay(run.run, { fromStart });
    if (verdict.replayed) terminal.out(replayedText(run, verdict.finished, fromStart));
    else refusals.push(stateText({ ...run, state: verdict.state }));
  }
  return refusals;
}

async function withDeadLetters<T>(
  deployment: Deployment,
  { redisUrl }: ReplayFlags,
  use: (deadLetters: DeadLetters) => Promise<T>,
): Promise<T> {
  const deadLetters = new DeadLetters({ redisUrl, deployment });
  try {
    return await use(deadLetters);
  } finally {
    await deadLetters.close();
  }
}

/** @param asked a name as in YAML, or its slug, as run ids have it. */
function nameOf(asked: string, { bots, jobs }: Deployment): string {
  const known = [...bots, ...jobs];
  const match = known.find(({ name, slug }) => asked === name || asked === slug);
  if (match !== undefined) return match.name;
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  throw new OctoError('USAGE', `--bot: there is no bot or background job "${asked}"; allowed: ${names}`);
}

function replayedText({ run, name }: FoundRun, finished: number, fromStart: boolean): string {
  const operations = finished === 1 ? '1 finished operation' : `${finished} finished operations`;
  const from = fromStart || finished === 0 ? 'from the start' : `after ${operations}`;
  return `replayed ${run} of "${name}": ${from}\n`;
}

function unknownText(id: string): string {
  return `${oneLine(id)}: no run and no delivery has this id, or it is no longer kept; octo-bots replay lists the failed runs`;
}

const stateTexts: Partial<Record<RunState, string>> = {
  active: 'it is under way; wait for its end',
  delayed: 'it goes on by itself at a later time',
  waiting: 'it waits for a worker already',
  prioritized: 'it waits for a worker already',
  'waiting-children': 'it waits for the bots before it',
  completed: 'it ended well; --from-start replays it by its own id',
  failed: 'somebody else replayed it, and it failed again',
};

function stateText({ run, name, state }: FoundRun): string {
  return `${run} of "${name}" is not replayed: ${stateTexts[state] ?? 'it is no longer kept'}`;
}
