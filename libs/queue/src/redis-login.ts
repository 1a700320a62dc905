import { readFileSync } from 'node:fs';
import { OctoError } from '@octo-bots/core';
import type { RedisOptions } from 'ioredis';
import type { RedisPlace } from './redis-url.ts';

/** What a server demands of whoever connects to it. */
export type RedisLogin = Pick<RedisOptions, 'username' | 'password' | 'tls'>;

/** For the servers that keep the data. @throws OctoError USAGE when `certificate-path` cannot be read. */
export function serverLogin(place: RedisPlace): RedisLogin {
  const { username, password } = place;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...tlsOf(place),
  };
}

/** For the hosts that the URL names, which may be Sentinels with a password of their own. */
export function hostLogin(place: RedisPlace): RedisLogin {
  if (place.kind !== 'sentinel') return serverLogin(place);
  const { sentinelPassword: password } = place;
  return { ...(password === undefined ? {} : { password }), ...tlsOf(place) };
}

function tlsOf({ tls, certificatePath }: RedisPlace): Pick<RedisLogin, 'tls'> {
  if (!tls) return {};
  return { tls: certificatePath === undefined ? {} : { ca: authorities(certificatePath) } };
}

function authorities(certificatePath: string): string {
  try {
    return readFileSync(certificatePath, 'utf8');
  } catch (cause) {
    throw new OctoError(
      'USAGE',
      `certificate-path of the Redis URL: ${certificatePath} cannot be read; it must be a readable PEM file of certificate authorities; check the path and its permissions`,
      { cause },
    );
  }
}
