import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import { redisFromProgram } from './redis-program.ts';
import { protectRedis, type RedisProtection } from './redis-protection.ts';
import { answering } from './redis-talk.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A Redis that speaks TLS alone, and wants a user and a password. */
export interface TestRedisTls extends AsyncDisposable {
  /** With the user, the password and the authority. */
  readonly url: string;
  readonly port: number;
  readonly protection: RedisProtection;
}

export async function startRedisTls(): Promise<TestRedisTls> {
  const program = await redisProgram();
  const stack = new AsyncDisposableStack();
  try {
    const protection = stack.use(await protectRedis('127.0.0.1'));
    const { path: dataPath } = stack.use(await temporaryDirectory());
    const port = await freePort();
    const guard = [...protection.tlsArguments(port), ...protection.userArguments];
    const args = [...guard, '--save', '', '--maxmemory-policy', 'noeviction'];
    const host = redisFromProgram(program, { port, dataPath, args });
    stack.defer(() => host.remove());
    await host.start();
    await answering(host, { port, ...protection.door });
    const { user, password, authorityPath } = protection;
    return {
      url: `rediss://${user}:${password}@127.0.0.1:${port}?certificate-path=${authorityPath}`,
      port,
      protection,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
