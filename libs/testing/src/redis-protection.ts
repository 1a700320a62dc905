import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateAuthority } from './private-authority.ts';
import type { RedisDoor } from './redis-wire.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What keeps others out of Redis servers: TLS alone, and one user with a password. Disposing of it removes its files. */
export interface RedisProtection extends AsyncDisposable {
  readonly user: string;
  readonly password: string;
  /** PEM file of the authority that signed the servers' certificate, which names `host` alone. */
  readonly authorityPath: string;
  /** PEM file of an authority that signed nothing. */
  readonly strangerPath: string;
  /** Command line of a server (or a Sentinel, which has no users) that speaks TLS on this port. */
  tlsArguments(port: number): readonly string[];
  /** Command line of a server for its one user, which its replicas are as well. */
  readonly userArguments: readonly string[];
  /** How the harness itself gets in. */
  readonly door: Omit<RedisDoor, 'port'>;
}

/** @param host as of privateAuthority. */
export async function protectRedis(host: '127.0.0.1' | 'localhost'): Promise<RedisProtection> {
  const directory = await temporaryDirectory();
  const path = (file: string) => join(directory.path, file);
  const [{ authority, tls }, stranger] = [await privateAuthority(host), await privateAuthority()];
  await writeFile(path('ca.pem'), authority);
  await writeFile(path('stranger.pem'), stranger.authority);
  await writeFile(path('cert.pem'), tls.cert);
  await writeFile(path('key.pem'), tls.key);
  const [user, password] = ['octo', 'p4ss-of-octo'];
  const pair = ['--tls-cert-file', path('cert.pem'), '--tls-key-file', path('key.pem')];
  const peers = ['--tls-ca-cert-file', path('ca.pem'), '--tls-auth-clients', 'no', '--tls-replication', 'yes'];
  const users = ['--user', 'default', 'off', '--user', user, 'on', `>${password}`, '~*', '&*', '+@all'];
  return {
    user,
    password,
    authorityPath: path('ca.pem'),
    strangerPath: path('stranger.pem'),
    tlsArguments: (port) => ['--port', '0', '--tls-port', String(port), ...pair, ...peers],
    userArguments: [...users, '--masteruser', user, '--masterauth', password],
    door: {
      username: user,
      password,
      // An address must not be said there.
      tls: { ca: authority, ...(host === 'localhost' ? { servername: host } : {}) },
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
