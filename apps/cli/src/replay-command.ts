import { type Command, Option } from 'commander';
import type { Terminal } from './cli.ts';
import { addConfigOption, addRedisOption, parseWhole } from './options.ts';

/** What commander gives to the action of `replay`. */
export interface ReplayFlags {
  readonly config: string;
  readonly redisUrl: string;
  readonly fromStart?: true;
  readonly bot?: string;
  readonly limit: number;
  readonly json?: true;
}

const help = `
Without arguments it lists the failed runs, the newest first. With them it replays: a run by its id, or all failed runs of a
delivery (X-GitHub-Delivery). A replayed run has all its attempts again. It goes on after the operations that are finished;
with --from-start it calls these again, too. A run that ended well is replayed only by its own id, with --from-start.

Examples:
  octo-bots replay
  octo-bots replay --bot "Branch names" --json
  octo-bots replay 8bf080a5-6c3a-4f0e-af41-3da39baca42d
  octo-bots replay 8bf080a5-6c3a-4f0e-af41-3da39baca42d.branch-names --from-start
`;

export function addReplay(program: Command, terminal: Terminal): void {
  const command = program.command('replay').description('list the runs that failed for good, and replay them');
  addRedisOption(addConfigOption(command))
    .argument('[run-or-delivery...]', 'the ids of runs or deliveries to replay')
    .addOption(new Option('--from-start', 'call finished operations again, too'))
    .addOption(new Option('--bot <name>', 'list only the failed runs of this bot or background job'))
    .addOption(
      new Option('--limit <number>', 'list at most so many')
        .default(50)
        .argParser((text) => parseWhole(text, { least: 1, most: 10_000 })),
    )
    .addOption(new Option('--json', 'list as JSON'))
    .addHelpText('after', help)
    .action(async (ids: string[], flags: ReplayFlags) => {
      refuseMixture(command, ids, flags);
      // Loaded only now, so that help answers sooner.
      const { listFailed, replay } = await import('./replay.ts');
      if (ids.length === 0) terminal.out(await listFailed(flags));
      else await replay(ids, flags, terminal);
    });
}

/** Options of a list beside ids would do nothing. */
function refuseMixture(command: Command, ids: readonly string[], flags: ReplayFlags): void {
  if (ids.length === 0) {
    if (flags.fromStart) command.error('error: --from-start wants the id of a run or a delivery to replay');
    return;
  }
  for (const option of ['bot', 'limit', 'json'] as const) {
    if (command.getOptionValueSource(option) !== 'cli') continue;
    command.error(`error: --${option} is for the list; leave it out to replay, or leave out the ids to list`);
  }
}
