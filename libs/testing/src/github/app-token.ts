import { createSign } from 'node:crypto';
import type { EmulatedApp } from './seed.ts';

/** @returns a JSON Web Token with which the App authenticates as itself, as docs.github.com ("Generating a JWT") has it. */
export function appToken(app: Pick<EmulatedApp, 'id' | 'privateKey'>): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now - 60, exp: now + 9 * 60, iss: String(app.id) };
  const unsigned = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(app.privateKey, 'base64url')}`;
}
