import { OctoError } from '@octo-bots/core';
import type { Tls } from '@octo-bots/server';
import { describeError, withoutPasswords } from '@octo-bots/telemetry';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import {
  addConcurrencyOption,
  addConfigOption,
  addRunOptions,
  loginHelp,
  type RunDefaults,
  type RunFlags,
  tlsOf,
} from './options.ts';

import { addReplay } from './replay-command.ts';
import { addRunJob } from './run-job-command.ts';
import type { ServiceName } from './services.ts';
import { validate } from './validate.ts';

/** Where a command writes what people read; the logs of services go to standard output by themselves. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}

const standardTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/**
 * The `octo-bots` command.
 * @param args without the program and the script: `['validate', '--config', 'octo-bots.yml']`.
 * @returns the exit code: 0, 1 when it did not hold, 2 when it was used wrongly. A command that runs services only comes
 * back when they could not start; else a signal ends the process.
 */
export async function runCli(args: readonly string[], terminal: Terminal = standardTerminal): Promise<number> {
  const program = makeProgram(terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function makeProgram(terminal: Terminal): Command {
  const program = new Command('octo-bots')
    .description('Bots for GitHub repositories, defined in YAML: webhook events and background jobs.')
    .version(manifest.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    // Before any subcommand is made: they inherit these two.
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: (text) => terminal.err(withoutPasswords(text)) })
    .showHelpAfterError('(--help shows what is allowed)');
  addStart(program);
  addService(program, 'ingress', 'receive webhooks: verify, match, enqueue');
  addConcurrencyOption(addService(program, 'worker', 'run bots and background jobs; any number of these'));
  addService(program, 'scheduler', 'keep the schedules of background jobs; any number of these');
  addService(program, 'dashboard', 'Bull Board over every queue').addHelpText('after', loginHelp);
  addConfigOption(program.command('validate'))
    .description('check the configuration; list every problem at file:line:column')
    .action(async ({ config }: { config: string }) => {
      const { summary, warnings } = await validate(config);
      terminal.out(`${summary}\n`);
      for (const warning of warnings) terminal.err(`${warning}\n`);
    });
  addReplay(program, terminal);
  addRunJob(program, terminal);
  return program;
}

function addStart(program: Command): void {
  const defaults: RunDefaults = { port: 8443, tls: 'adhoc' };
  const command = program.command('start').description('run everything in one process, over HTTPS');
  addConcurrencyOption(addRunOptions(command, defaults))
    .addHelpText('after', loginHelp)
    .action((flags: RunFlags) => runServices('start', flags, tlsOf(command, flags, defaults)));
}

function addService(program: Command, name: ServiceName, description: string): Command {
  const defaults: RunDefaults = { port: 8080, tls: 'off' };
  const command = program.command(name).description(description);
  return addRunOptions(command, defaults).action((flags: RunFlags) =>
    runServices(name, flags, tlsOf(command, flags, defaults)),
  );
}

/** Loaded only now, so that help and `validate` answer sooner. */
async function runServices(which: ServiceName | 'start', flags: RunFlags, tls: Tls): Promise<void> {
  const services = await import('./run-services.ts');
  return services.runServices(which, flags, tls);
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  // Commander has already written what was wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof OctoError) {
    terminal.err(`${withoutPasswords(error.message)}\n`);
    return error.code === 'USAGE' ? 2 : 1;
  }
  const { stack, message } = describeError(error);
  terminal.err(`unexpected error: ${stack ?? message}\n`);
  return 1;
}
