import { OctoError } from '@octo-bots/core';

/** Where Redis is: one server, a primary that Sentinels tell of, or a Cluster. */
export type RedisPlace = {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** PEM of the authorities that are trusted instead of the machine's own; `certificate-path` of the URL. */
  readonly certificatePath: string | undefined;
} & (
  | { readonly kind: 'server'; readonly nodes: readonly [RedisNode] }
  | {
      readonly kind: 'sentinel';
      readonly nodes: readonly RedisNode[];
      /** Of the primary, as the Sentinels know it. */
      readonly name: string;
      readonly sentinelPassword: string | undefined;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
);

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** What is allowed, for messages. */
export const redisUrlForms =
  'redis://[user:password@]host[:port][/db], redis+sentinel://[user:password@]host[:port][,host…]/name[/db] or ' +
  'redis+cluster://[user:password@]host[:port][,host…], each with rediss instead of redis for TLS (?certificate-path=/path/ca.pem for an authority of your own)';

const form = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^@/?#\s]+)(?:\/([^?#\s]*))?(?:\?([^#\s]*))?$/;
const usualPort = { server: 6379, sentinel: 26_379, cluster: 6379 };
const known = new Set(['certificate-path', 'sentinel-password']);

/** @throws OctoError USAGE; the URL itself is in no message, since it may carry a password. */
export function parseRedisUrl(url: string): RedisPlace {
  const [, scheme, by, login, hosts = '', path = '', query] = form.exec(url) ?? [];
  if (scheme === undefined) throw mistake('it has another form');
  const kind = by === 'sentinel' || by === 'cluster' ? by : 'server';
  const options = new URLSearchParams(query);
  const unknown = [...options.keys()].find((key) => !known.has(key));
  if (unknown !== undefined) throw mistake(`"?${unknown}" is not known`);
  const nodes = hosts.split(',').map((text) => nodeOf(text, usualPort[kind]));
  const common = {
    tls: scheme === 'rediss',
    ...loginOf(login),
    certificatePath: options.get('certificate-path') ?? undefined,
  };
  const segments = path.split('/').filter((segment) => segment !== '');
  if (kind === 'sentinel') {
    const [name, db, ...rest] = segments;
    if (name === undefined || rest.length > 0)
      throw mistake('after the Sentinels comes "/" and the name of the primary');
    const sentinelPassword = options.get('sentinel-password') ?? undefined;
    return { kind, ...common, nodes, name: decoded(name), db: databaseOf(db), sentinelPassword };
  }
  const [db, ...rest] = segments;
  if (rest.length > 0) throw mistake('after the host comes at most "/" and the number of a database');
  if (kind === 'cluster') {
    if (databaseOf(db) !== 0) throw mistake('a Cluster has database 0 alone');
    return { kind, ...common, nodes, db: 0 };
  }
  const [node, second] = nodes;
  if (node === undefined || second !== undefined) throw mistake('more than one host is for Sentinels or a Cluster');
  return { kind, ...common, nodes: [node], db: databaseOf(db) };
}

function nodeOf(text: string, port: number): RedisNode {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const given = digits === undefined ? port : Number(digits);
  if (host === undefined || given < 1 || given > 65_535)
    throw mistake('a host is "name", "name:port" or "[IPv6]:port"');
  return { host, port: given };
}

function loginOf(login: string | undefined): Pick<RedisPlace, 'username' | 'password'> {
  if (login === undefined || login === '') return { username: undefined, password: undefined };
  const colon = login.indexOf(':');
  // As ioredis and redis-cli take it: what stands alone is a user.
  const [user, password] = colon < 0 ? [login, undefined] : [login.slice(0, colon), login.slice(colon + 1)];
  return {
    username: user === '' ? undefined : decoded(user),
    password: password === undefined ? undefined : decoded(password),
  };
}

function databaseOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,4}$/.test(text)) throw mistake('a database is a number');
  return Number(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw mistake('a "%" stands for itself only as %25');
  }
}

function mistake(what: string): OctoError {
  return new OctoError(
    'USAGE',
    `the Redis URL is not one: ${what}; allowed: ${redisUrlForms}; set REDIS_URL or --redis-url`,
  );
}
