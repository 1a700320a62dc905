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

export const hostText = ({ host, port }: RedisNode): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** For people, and without what is secret. */
export function placeText(place: RedisPlace): string {
  const hosts = place.nodes.map(hostText).join(', ');
  switch (place.kind) {
    case 'server':
      return hosts;
    case 'sentinel':
      return `the primary "${place.name}" of the Sentinels ${hosts}`;
    case 'cluster':
      return `the Cluster of ${hosts}`;
  }
}

/** What is allowed, for messages. */
export const redisUrlForms =
  'redis://[user:password@]host[:port][/db], redis+sentinel://[user:password@]host[:port][,host…]/name[/db] or ' +
  'redis+cluster://[user:password@]host[:port][,host…], each with rediss instead of redis for TLS (?certificate-path=/path/ca.pem for an authority of your own)';

const form = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^@/?#\s]+)(?:\/([^?#\s]*))?(?:\?([^#\s]*))?$/;
const optionNames = ['certificate-path', 'sentinel-password'] as const;
const usualPort = { server: 6379, sentinel: 26_379, cluster: 6379 };

/** @throws OctoError USAGE; the URL itself is in no message, since it may carry a password. */
export function parseRedisUrl(url: string): RedisPlace {
  const [, scheme, by, login, hosts = '', path = '', query] = form.exec(url) ?? [];
  if (scheme === undefined) throw mistake('it has another form');
  const kind = by === 'sentinel' || by === 'cluster' ? by : 'server';
  const { 'certificate-path': certificatePath, 'sentinel-password': sentinelPassword } = optionsOf(query);
  // Whoever names an authority believes that nobody listens.
  if (certificatePath !== undefined && scheme === 'redis')
    throw mistake('"?certificate-path" is for TLS, so for rediss');
  if (sentinelPassword !== undefined && kind !== 'sentinel') throw mistake('"?sentinel-password" is for Sentinels');
  const nodes = hosts.split(',').map((text) => nodeOf(text, usualPort[kind]));
  const common = {
    tls: scheme === 'rediss',
    ...loginOf(login),
    certificatePath,
  };
  const segments = path.split('/').filter((segment) => segment !== '');
  if (kind === 'sentinel') {
    const [name, db, ...rest] = segments;
    if (name === undefined || rest.length > 0)
      throw mistake('after the Sentinels comes "/" and the name of the primary');
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

/** A "+" is itself, as in the login before the hosts: many generated passwords have one. */
function optionsOf(query: string | undefined): Partial<Record<(typeof optionNames)[number], string>> {
  const options: Partial<Record<(typeof optionNames)[number], string>> = {};
  for (const option of (query ?? '').split('&').filter((text) => text !== '')) {
    const [, key = '', value = ''] = /^([^=]*)=?(.*)$/.exec(option) ?? [];
    const name = optionNames.find((known) => known === key);
    if (name === undefined) throw mistake(`"?${key}" is not known`);
    if (value === '' || options[name] !== undefined) throw mistake(`"?${key}" has one value`);
    options[name] = decoded(value);
  }
  return options;
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
