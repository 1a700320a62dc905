import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
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

const named = (value: string) => [{ name: 'commonName', value }];

/** @param host what the certificate is for. A name holds more: whoever looks it up and forgets it is refused. */
export async function protectRedis(host: '127.0.0.1' | 'localhost'): Promise<RedisProtection> {
  const directory = await temporaryDirectory();
  const path = (file: string) => join(directory.path, file);
  const [authority, stranger] = [await makeAuthority('Authority'), await makeAuthority('Stranger')];
  const altName = host === 'localhost' ? { type: 2 as const, value: host } : { type: 7 as const, ip: host };
  const server = await generate(named('redis'), {
    algorithm: 'sha256',
    keyType: 'ec',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [altName] }],
  });
  await writeFile(path('ca.pem'), authority.cert);
  await writeFile(path('stranger.pem'), stranger.cert);
  await writeFile(path('cert.pem'), server.cert);
  await writeFile(path('key.pem'), server.private);
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
      tls: { ca: authority.cert, ...(host === 'localhost' ? { servername: host } : {}) },
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

function makeAuthority(name: string) {
  return generate(named(name), {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
}
