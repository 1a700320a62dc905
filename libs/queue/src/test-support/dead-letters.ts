import { type Bot, type Deployment, done, failed, type Outcome } from '@octo-bots/core';
import { DeadLetters } from '../dead-letters.ts';
import { bot } from './harness.ts';

/** What the tests of failed runs share. */

export function deadLetters(redisUrl: string, what: Deployment): DeadLetters & AsyncDisposable {
  const made = new DeadLetters({ redisUrl, deployment: what });
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.close() });
}

/** A bot of operations that end as they are told, call by call, the last way for ever; `calls` names them as they come. */
export function scripted(name: string, ...scripts: readonly (readonly Outcome[])[]): { bot: Bot; calls: string[] } {
  const calls: string[] = [];
  const operations = scripts.map((outcomes, index) => {
    const left = [...outcomes];
    return () => {
      calls.push(`op-${index}`);
      return (left.length > 1 ? left.shift() : left[0]) ?? done('ok');
    };
  });
  return { bot: bot(name, operations), calls };
}

export const never = failed('never');
export const busy = failed('busy', { code: 'GITHUB_REQUEST_FAILED', retryable: true });
