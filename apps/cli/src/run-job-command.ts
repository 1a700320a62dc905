import { type Command, Option } from 'commander';
import type { Terminal } from './cli.ts';
import { addConfigOption } from './options.ts';

/** What commander gives to the action of `run-job`. */
export interface RunJobFlags {
  readonly config: string;
  readonly dryRun?: true;
}

const help = `
Runs it here, without Redis and whatever its schedule is, and tells what each operation did. A rate limit is waited for, a vault
that is out of reach is not.
A worker may run the same job meanwhile: operations find what is done already. What fails is not tried again.

Examples:
  octo-bots run-job "Close stale issues and pull requests" --dry-run
  octo-bots run-job close-stale-issues-and-pull-requests
`;

export function addRunJob(program: Command, terminal: Terminal): void {
  const command = program.command('run-job').description('run a background job here and now, and tell what happened');
  addConfigOption(command)
    .argument('<name>', 'the name of the background job, as in YAML')
    .addOption(new Option('--dry-run', 'change nothing, tell what it would do; for operations with that option'))
    .addHelpText('after', help)
    .action(async (name: string, flags: RunJobFlags) => {
      // Loaded only now, so that help answers sooner.
      const { runJob } = await import('./run-job.ts');
      await runJob(name, flags, terminal);
    });
}
