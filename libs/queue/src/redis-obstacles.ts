import { Redis } from 'ioredis';
import { hostLogin } from './redis-login.ts';
import { hostText, type RedisNode, type RedisPlace } from './redis-url.ts';

/** How long one host may take. */
const limitMs = 500;

/**
 * A Cluster and Sentinels say of a host that cannot be asked only that the connection is closed. So each host of the URL is tried
 * once more, on a connection that says why.
 * @returns what went wrong, with what stands in the way to the hosts as its message; the error itself where nothing does.
 */
export async function explained(error: Error, place: RedisPlace): Promise<Error> {
  const cause = lastNodeError(error);
  if (place.kind === 'server') return cause;
  const obstacles = await obstaclesTo(place);
  return obstacles.length === 0 ? cause : new Error(obstacles.join('; '), { cause });
}

async function obstaclesTo(place: RedisPlace): Promise<readonly string[]> {
  const tried = await Promise.all(place.nodes.map((node) => obstacleTo(node, place)));
  return tried.filter((obstacle) => obstacle !== undefined);
}

async function obstacleTo(node: RedisNode, place: RedisPlace): Promise<string | undefined> {
  const redis = new Redis({
    ...hostLogin(place),
    ...node,
    lazyConnect: true,
    enableReadyCheck: false,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    retryStrategy: () => null,
  });
  let first: Error | undefined;
  redis.on('error', (error) => {
    first ??= error;
  });
  try {
    await redis.connect();
    return undefined;
  } catch (error) {
    // What is thrown says only that the connection was closed.
    return `${hostText(node)}: ${textOf(first ?? error)}`;
  } finally {
    redis.disconnect();
  }
}

/** What a node said, where a Cluster says only that none of its nodes could be asked. */
function lastNodeError(error: Error): Error {
  return 'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : error;
}

/** For people. A name with several addresses fails with an error for each, and none of its own words. */
export function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
