import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { OctoError } from '@octo-bots/core';
import { Agent, fetch, type RequestInit, type Response } from 'undici';

/** `fetch` over connections that are kept. */
export type Transport = (url: string, init?: RequestInit) => Promise<Response>;

/** @param authorities of trustedAuthorities; undefined for the machine's own. */
export function createTransport(authorities: readonly string[] | undefined): Transport {
  const dispatcher = new Agent({
    keepAliveTimeout: 30_000,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
    connect: { timeout: 10_000, ...(authorities ? { ca: [...authorities] } : {}) },
  });
  return (url, init) => fetch(url, { ...init, dispatcher });
}

/**
 * @param certificatePath a PEM file of certificate authorities that are trusted beside the machine's own, as a GitHub
 *   Enterprise Server with a private CA needs it.
 * @returns both, each as PEM; undefined without such a file.
 */
export async function trustedAuthorities(certificatePath: string | undefined): Promise<string[] | undefined> {
  if (certificatePath === undefined) return undefined;
  try {
    return [...getCACertificates('default'), await readFile(certificatePath, 'utf8')];
  } catch (cause) {
    throw new OctoError(
      'CLIENT_AUTHENTICATION_FAILED',
      `certificate-path: ${certificatePath} cannot be read; it must be a readable PEM file of certificate authorities; check the path and its permissions`,
      { cause },
    );
  }
}
