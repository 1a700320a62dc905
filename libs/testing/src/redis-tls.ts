import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { freePort } from './free-port.ts';
import { redisProgram } from './redis-binary.ts';
import { redisFromProgram } from './redis-program.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** A Redis that speaks TLS alone, and wants a user and a password. */
export interface TestRedisTls extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM file of the authority that signed its certificate. */
  readonly authorityPath: string;
  /** PEM file of an authority that signed nothing. */
  readonly strangerPath: string;
}

const named = (value: string) => [{ name: 'commonName', value }];

export async function startRedisTls(): Promise<TestRedisTls> {
  const program = await redisProgram();
  const directory = await temporaryDirectory();
  const stack = new AsyncDisposableStack();
  stack.use(directory);
  try {
    const path = (file: string) => join(directory.path, file);
    const [authority, stranger] = [await makeAuthority('Authority'), await makeAuthority('Stranger')];
    const server = await generate(named('redis'), {
      algorithm: 'sha256',
      keyType: 'ec',
      ca: { key: authority.private, cert: authority.cert },
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    await writeFile(path('ca.pem'), authority.cert);
    await writeFile(path('stranger.pem'), stranger.cert);
    await writeFile(path('cert.pem'), server.cert);
    await writeFile(path('key.pem'), server.private);
    const [port, user, password] = [await freePort(), 'octo', 'p4ss-of-octo'];
    const files = [
      '--tls-cert-file',
      path('cert.pem'),
      '--tls-key-file',
      path('key.pem'),
      '--tls-ca-cert-file',
      path('ca.pem'),
    ];
    const tls = ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', ...files];
    const users = ['--user', 'default', 'off', '--user', user, 'on', `>${password}`, '~*', '&*', '+@all'];
    const args = [...tls, ...users, '--save', '', '--maxmemory-policy', 'noeviction'];
    const host = redisFromProgram(program, { port, dataPath: directory.path, args });
    stack.defer(() => host.remove());
    await host.start();
    await waitFor('Redis to listen', async () => {
      const output = await host.output();
      if (!(await host.running())) throw new Error(output);
      return output.includes('Ready to accept connections');
    });
    const paths = { authorityPath: path('ca.pem'), strangerPath: path('stranger.pem') };
    return { port, user, password, ...paths, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
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
