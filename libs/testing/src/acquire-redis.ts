import { startRedis } from './redis.ts';

export interface AcquiredRedis extends AsyncDisposable {
  readonly url: string;
  /** `given`: the one that REDIS_URL names, which is left alone; `own`: started now, and ended when disposed of. */
  readonly origin: 'given' | 'own';
}

/**
 * A Redis for people who just want to see it run: the one that `REDIS_URL` names, else one of its own.
 * @throws Error that tells what to do, when this machine has no way to run one.
 */
export async function acquireRedis(environment: NodeJS.ProcessEnv = process.env): Promise<AcquiredRedis> {
  const given = environment.REDIS_URL;
  if (given !== undefined && given !== '') {
    return { url: given, origin: 'given', [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const redis = await startRedis({ appendOnly: true });
  return { url: redis.url, origin: 'own', [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}
