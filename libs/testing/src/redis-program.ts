import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithThisProcess } from './guard.ts';
import type { RedisHost, RedisHostOptions } from './redis-host.ts';

/** A Redis server as a child process of this one. */
export interface RedisProgram extends RedisHost {
  /** From then on it closes no connection and answers nobody, like a host without power. */
  freeze(): void;
}

export function redisFromProgram(program: string, options: RedisHostOptions): RedisProgram {
  let child: ChildProcess | undefined;
  let output = '';

  const ended = async () => {
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    child = undefined;
  };

  return {
    password: undefined,
    async start() {
      output = '';
      const started = spawn(program, [...options.args, '--bind', '127.0.0.1', '--dir', options.dataPath], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      endWithThisProcess(started);
      const take = (chunk: Buffer) => {
        output = (output + chunk.toString('utf8')).slice(-8_000);
      };
      started.stdout.on('data', take);
      started.stderr.on('data', take);
      // Without a listener a program that cannot be started would end the whole test process.
      started.once('error', (error) => take(Buffer.from(error.message)));
    },
    running: () => Promise.resolve(child !== undefined && child.pid !== undefined && child.exitCode === null),
    output: () => Promise.resolve(output),
    ended,
    async kill() {
      child?.kill('SIGKILL');
      await ended();
    },
    freeze: () => void child?.kill('SIGSTOP'),
    async remove() {
      child?.kill('SIGKILL');
      await ended();
    },
  };
}
