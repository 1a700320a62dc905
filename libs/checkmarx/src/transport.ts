import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { OctoError } from '@octo-bots/core';
import { Agent, fetch, type RequestInit, type Response } from 'undici';

/** `fetch` over connections that are kept. */
export type Transport = (url: string, init: RequestInit & { signal: AbortSignal }) => Promise<Response>;

/**
 * The signal of a request is its only time limit. A redirect is an answer: what was sent holds secrets, and is for nobody else.
 * @param certificatePath a PEM file of certificate authorities that are trusted beside the machine's own: servers on premises
 *   have certificates of the company's own authority.
 */
export async function createTransport(certificatePath: string | undefined): Promise<Transport> {
  const dispatcher = new Agent({
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000, ...(certificatePath ? { ca: await authorities(certificatePath) } : {}) },
  });
  return (url, init) => fetch(url, { redirect: 'manual', ...init, dispatcher });
}

async function authorities(certificatePath: string): Promise<string[]> {
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
