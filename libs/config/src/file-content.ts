import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import type { ConfigProblem } from './problem.ts';
import { readText } from './source.ts';

/** What is wrong with a file or a secret, without the place. */
export type Fault = Omit<ConfigProblem, 'place'>;

const keyAllowed = 'allowed: a private key in PEM form, without a passphrase';
const keyAdvice = 'Use the .pem file that was downloaded when the key was made, whole.';

/** @param subject what holds the key, in words. The text itself is never quoted. */
export function privateKeyFault(text: string, subject: string): Fault | undefined {
  try {
    createPrivateKey(text);
    return undefined;
  } catch {
    return { arrived: `${subject} holds ${whatInsteadOfKey(text)}`, allowed: keyAllowed, advice: keyAdvice };
  }
}

function whatInsteadOfKey(text: string): string {
  if (text.trim() === '') return 'nothing';
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) {
    return 'a private key that needs a passphrase';
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return 'a certificate, not a private key';
  if (isPublicKey(text)) return 'a public key, not the private one';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'a private key that is damaged';
  return 'no private key';
}

function isPublicKey(text: string): boolean {
  try {
    createPublicKey(text);
    return true;
  } catch {
    return text.startsWith('ssh-');
  }
}

/** A file of certificates may hold a chain. */
export function certificateFault(text: string, subject: string): Fault | undefined {
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length > 0 && certificates.every(isCertificate)) return undefined;
  const found = certificates.length > 0 ? 'a certificate that is damaged' : 'no certificate';
  return {
    arrived: `${subject} holds ${found}`,
    allowed: 'allowed: one or more certificates in PEM form',
    advice: 'Name a file that starts with -----BEGIN CERTIFICATE-----.',
  };
}

function isCertificate(text: string): boolean {
  try {
    new X509Certificate(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param contains the schema's `x-file`.
 * @param subject what names the file, in words.
 */
export function fileFault(file: string, contains: string, subject: string): Fault | undefined {
  if (contains === 'any') return anyFileFault(file, subject);
  const read = readText(file);
  if (!read.ok) return unreadableFault(file, subject, read.reason);
  const fault = contentFault(read.text, contains, subject);
  return fault && { related: lookedAt(file), ...fault };
}

function contentFault(text: string, contains: string, subject: string): Fault | undefined {
  switch (contains) {
    case 'private-key':
      return privateKeyFault(text, subject);
    case 'certificate':
      return certificateFault(text, subject);
    default:
      return undefined;
  }
}

function anyFileFault(file: string, subject: string): Fault | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile()) return undefined;
  return unreadableFault(file, subject, found ? 'is no regular file' : 'does not exist');
}

export function unreadableFault(file: string, subject: string, reason: string): Fault {
  return {
    arrived: `${subject} names a path that ${reason}`,
    related: lookedAt(file),
    allowed: 'allowed: the path of a readable file, relative to the file that names it',
    advice: 'Correct the path, or put the file there.',
  };
}

/** A key that was pasted where its path belongs must not be printed as a path. */
export function pastedFault(path: string, subject: string): Fault | undefined {
  if (!/\n|-----BEGIN/.test(path)) return undefined;
  return {
    arrived: `${subject} holds the content of a file`,
    allowed: 'allowed: the path of a readable file, relative to the file that names it',
    advice: 'Put the content in a file of its own, and write its path.',
  };
}

function lookedAt(file: string) {
  return { label: 'looked at', place: { file } };
}
