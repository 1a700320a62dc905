import type { Log } from '@octo-bots/core';
import { type DestinationStream, destination, pino } from 'pino';
import { describeError } from './describe-error.ts';

/** `level` may be changed while running; `child` adds fields to every line; `fatal` is for what ends the process. */
export interface Logger extends Log {
  level: string;
  trace(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
  child(fields: object): Logger;
  isLevelEnabled(level: string): boolean;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const secretKeys = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'accessToken',
  'clientSecret',
  'privateKey',
  'webhookSecret',
  '["client-secret"]',
  '["private-key"]',
  '["webhook-secret"]',
  '["set-cookie"]',
  '["x-hub-signature"]',
  '["x-hub-signature-256"]',
];

function at(prefix: string, key: string): string {
  if (prefix === '') return key;
  return key.startsWith('[') ? `${prefix}${key}` : `${prefix}.${key}`;
}

/** Fields that are a secret by their name, at the top and up to three levels below it. */
const redactedPaths = ['', '*', '*.*', '*.*.*'].flatMap((prefix) => secretKeys.map((key) => at(prefix, key)));

/**
 * JSON lines. Times are ISO 8601 (`time`), levels are words (`level`), `name` says which process or library speaks.
 * @param options.stream where the lines go; standard output when left out.
 */
export function createLogger(options: { level?: string; name: string; stream?: DestinationStream }): Logger {
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: redactedPaths, censor: '[secret]' },
    },
    // Synchronous: the last lines before an exit must not be lost.
    options.stream ?? destination({ dest: 1, sync: true }),
  );
}
