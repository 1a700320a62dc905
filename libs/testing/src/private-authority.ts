import { generate } from 'selfsigned';

/** A certificate for one host, and the authority of one's own that signed it. All of it PEM. */
export interface PrivateAuthority {
  /** What a client must trust. */
  readonly authority: string;
  /** What a server serves with. */
  readonly tls: { readonly cert: string; readonly key: string };
}

/** @param host what the certificate is for. A name holds more: whoever looks it up and forgets it is refused. */
export async function privateAuthority(host: '127.0.0.1' | 'localhost' = '127.0.0.1'): Promise<PrivateAuthority> {
  const named = (value: string) => [{ name: 'commonName', value }];
  const authority = await generate(named('An authority of its own'), {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const altName = host === 'localhost' ? { type: 2 as const, value: host } : { type: 7 as const, ip: host };
  const server = await generate(named('server.example'), {
    algorithm: 'sha256',
    keyType: 'ec',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [altName] }],
  });
  return { authority: authority.cert, tls: { cert: server.cert, key: server.private } };
}
