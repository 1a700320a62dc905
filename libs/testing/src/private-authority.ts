import { generate } from 'selfsigned';

/** A certificate for 127.0.0.1, and the authority of one's own that signed it. All of it PEM. */
export interface PrivateAuthority {
  /** What a client must trust. */
  readonly authority: string;
  /** What a server serves with. */
  readonly tls: { readonly cert: string; readonly key: string };
}

export async function privateAuthority(): Promise<PrivateAuthority> {
  const named = (value: string) => [{ name: 'commonName', value }];
  const authority = await generate(named('An authority of its own'), {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate(named('server.example'), {
    algorithm: 'sha256',
    keyType: 'ec',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { authority: authority.cert, tls: { cert: server.cert, key: server.private } };
}
