import { OctoError } from '@octo-bots/core';
import type { Tls } from '@octo-bots/server';
import { logLevels } from '@octo-bots/telemetry';
import { type Command, InvalidArgumentError, Option } from 'commander';

export const defaultConcurrency = 10;

/** What commander gives to the action of a command that runs services. */
export interface RunFlags {
  readonly config: string;
  readonly redisUrl: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly tls?: 'adhoc' | 'off';
  readonly cert?: string;
  readonly key?: string;
  readonly concurrency?: number;
}

export interface RunDefaults {
  readonly port: number;
  readonly tls: 'adhoc' | 'off';
}

export function addConfigOption(command: Command): Command {
  return command.addOption(
    new Option('-c, --config <file>', 'the main YAML file').env('OCTO_BOTS_CONFIG').default('./config/octo-bots.yml'),
  );
}

export function addRedisOption(command: Command): Command {
  return command.addOption(
    new Option('--redis-url <url>', 'where the runs are kept')
      .env('REDIS_URL')
      .default('redis://127.0.0.1:6379')
      .argParser(parseRedisUrl),
  );
}

export function addRunOptions(command: Command, defaults: RunDefaults): Command {
  return addRedisOption(addConfigOption(command))
    .addOption(new Option('--host <address>', 'the address to listen on').env('HOST').default('0.0.0.0'))
    .addOption(
      new Option('--port <number>', 'the port to listen on; 0 takes a free one')
        .env('PORT')
        .default(defaults.port)
        .argParser((text) => parseWhole(text, { least: 0, most: 65_535 })),
    )
    .addOption(
      new Option('--log-level <level>', 'the least level to log').env('LOG_LEVEL').choices(logLevels).default('info'),
    )
    .addOption(
      new Option(
        '--tls <kind>',
        `adhoc: HTTPS with a certificate made at each start; off: HTTP (default: ${defaults.tls})`,
      )
        .choices(['adhoc', 'off'])
        .conflicts(['cert', 'key']),
    )
    .addOption(new Option('--cert <file>', 'HTTPS with this certificate (PEM); wants --key'))
    .addOption(new Option('--key <file>', 'the private key of --cert (PEM)'));
}

export function addConcurrencyOption(command: Command): Command {
  return command.addOption(
    new Option('--concurrency <number>', 'most runs of one queue that this process works on at once')
      .env('WORKER_CONCURRENCY')
      .default(defaultConcurrency)
      .argParser((text) => parseWhole(text, { least: 1, most: 10_000 })),
  );
}

/** Which certificate the flags ask for. */
export function tlsOf(command: Command, flags: RunFlags, defaults: RunDefaults): Tls {
  const { cert, key } = flags;
  if (cert !== undefined && key !== undefined) return { kind: 'files', cert, key };
  if (cert !== undefined || key !== undefined) {
    const [given, missing] = cert === undefined ? ['--key', '--cert'] : ['--cert', '--key'];
    command.error(`error: ${given} is given without ${missing}; give both files of one pair, or use --tls adhoc`);
  }
  return { kind: flags.tls ?? defaults.tls };
}

/** The login stands in the environment alone: arguments can be seen by every user of a machine. */
export const loginHelp = `
Environment of the dashboard:
  DASHBOARD_PASSWORD   its password; needed to listen on more than this machine
  DASHBOARD_USER       its user (default: octo-bots)
`;

export function parseWhole(text: string, { least, most }: { least: number; most: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`Allowed is a whole number from ${least} to ${most}.`);
  }
  return value;
}

/**
 * The form alone, so that a slip is told at once, without loading what talks to Redis; the rest is looked at when it connects.
 * @throws OctoError USAGE; what was given is in no message, since it may carry a password wherever the slip is.
 */
function parseRedisUrl(text: string): string {
  if (!/^rediss?(\+sentinel|\+cluster)?:\/\/[^\s/?#]/.test(text)) {
    throw new OctoError(
      'USAGE',
      'the Redis URL is not one: it has another form; allowed: a URL such as redis://127.0.0.1:6379, ' +
        'rediss://redis.example.com:6379/0 (TLS), redis+sentinel://host1,host2/name or redis+cluster://host1,host2; ' +
        'set REDIS_URL or --redis-url',
    );
  }
  return text;
}
