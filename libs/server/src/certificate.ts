import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import { OctoError } from '@octo-bots/core';
import { generate } from 'selfsigned';

/** Where the certificate of the process comes from; `off` is plain HTTP. */
export type Tls = { readonly kind: 'off' } | { readonly kind: 'adhoc' } | TlsFiles;

/** A pair in two files, which is taken up anew when they are renewed. */
export interface TlsFiles {
  readonly kind: 'files';
  readonly cert: string;
  readonly key: string;
  /** How often the files are looked at, in milliseconds; 5 s by default. */
  readonly lookEveryMs?: number;
}

/** PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Long enough for any process that is not restarted; nobody renews an ad-hoc certificate. */
const adhocValidityMs = 825 * dayMs;

/** @returns undefined for plain HTTP. Throws TLS_INVALID for files that cannot serve. */
export async function keyPairFor(tls: Tls): Promise<KeyPair | undefined> {
  switch (tls.kind) {
    case 'off':
      return undefined;
    case 'adhoc':
      return makeAdhocKeyPair();
    case 'files':
      return readKeyPair(tls);
  }
}

/** A certificate that nobody signed, made anew at each start, for localhost and this machine's name. */
async function makeAdhocKeyPair(): Promise<KeyPair> {
  const now = Date.now();
  const pems = await generate([{ name: 'commonName', value: 'octo-bots ad-hoc' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A day back, for clients whose clock is behind.
    notBeforeDate: new Date(now - dayMs),
    notAfterDate: new Date(now + adhocValidityMs),
    extensions: [
      // An authority of its own, so that a client can be told to trust just this certificate.
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...[...new Set(['localhost', hostname()])].map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { cert: pems.cert, key: pems.private };
}

/** @throws OctoError TLS_INVALID for files that cannot serve now. */
export async function readKeyPair(files: Pick<TlsFiles, 'cert' | 'key'>): Promise<KeyPair> {
  const cert = await readPem('--cert', files.cert, 'CERTIFICATE', certificateWords);
  const key = await readPem('--key', files.key, 'PRIVATE KEY', keyWords);
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(key)) {
    throw invalid('--key', files.key, 'the private key needs a passphrase', keyWords);
  }
  const certificate = parsed('--cert', files.cert, certificateWords, () => new X509Certificate(cert));
  const privateKey = parsed('--key', files.key, keyWords, () => createPrivateKey(key));
  // A context itself takes a key of another kind (RSA with an EC certificate), and then no handshake succeeds.
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new OctoError(
      'TLS_INVALID',
      `The certificate ${files.cert} and the private key ${files.key} do not make a pair. Allowed is a certificate in PEM form, the ` +
        'server’s own first, with its own private key. Give both files of one pair, or use --tls adhoc.',
    );
  }
  // What only shows when it is to serve: the rest of the chain, or a key that is too short to be safe.
  parsed('--cert', files.cert, certificateWords, () => createSecureContext({ cert, key }));
  assertInForce(files.cert, certificate);
  return { cert, key };
}

const certificateWords = 'a certificate (or a chain, the server’s own first)';
const keyWords = 'the private key of that certificate, without a passphrase';

function parsed<T>(option: string, path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const code = codeOf(cause);
    const fault =
      code === 'ERR_SSL_EE_KEY_TOO_SMALL' ? 'its key is too short' : `it is damaged or not complete (${code})`;
    throw invalid(option, path, fault, what, cause);
  }
}

function invalid(option: string, path: string, fault: string, what: string, cause?: unknown): OctoError {
  return new OctoError('TLS_INVALID', `${option} ${path}: ${fault}. Give the path of ${what}, in PEM form.`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/** GitHub refuses to talk to a server whose certificate has expired, so it is no use to begin with one. */
function assertInForce(path: string, { validFromDate, validToDate }: X509Certificate): void {
  const now = Date.now();
  if (now >= validFromDate.getTime() && now <= validToDate.getTime()) return;
  const when =
    now > validToDate.getTime()
      ? `expired at ${validToDate.toISOString()}`
      : `is valid only from ${validFromDate.toISOString()} on`;
  throw new OctoError(
    'TLS_INVALID',
    `--cert ${path}: the certificate ${when}. Allowed is one that is valid now. Renew it, or use --tls adhoc; if it is new, set ` +
      'the clock of this machine right.',
  );
}

async function readPem(option: string, path: string, label: string, what: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw invalid(option, path, reasonOf(cause), what, cause);
  }
  if (!text.includes('-----BEGIN ') || !text.includes(`${label}-----`)) {
    throw invalid(option, path, `the file holds no "-----BEGIN … ${label}-----"`, what);
  }
  return text;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'this user may not read the file';
  if (code === 'EISDIR') return 'that is a folder, not a file';
  return `the file cannot be read (${code})`;
}
