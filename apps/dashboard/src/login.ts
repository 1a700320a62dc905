import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { OctoError } from '@octo-bots/core';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export const defaultUser = 'octo-bots';

/** The login that the environment names (DASHBOARD_USER, DASHBOARD_PASSWORD); undefined without a password. */
export function loginFromEnvironment(env: Readonly<Record<string, string | undefined>>): Login | undefined {
  const password = env.DASHBOARD_PASSWORD;
  if (password === undefined || password === '') return undefined;
  return { user: env.DASHBOARD_USER || defaultUser, password };
}

/** Reachable from this machine alone? */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

/** Throws DASHBOARD_UNPROTECTED when others could reach the dashboard without a login. */
export function refuseWithoutLogin(host: string, login: Login | undefined): void {
  if (login !== undefined || isLoopback(host)) return;
  throw new OctoError(
    'DASHBOARD_UNPROTECTED',
    `The dashboard would listen on ${host} without a password, and whoever opens it can pause, retry and delete runs. Allowed ` +
      'without a password is this machine alone (--host 127.0.0.1). Set DASHBOARD_PASSWORD (and DASHBOARD_USER, ' +
      `${defaultUser} by default).`,
  );
}

/** Takes the same time whatever is wrong. */
export function matchesLogin(login: Login, user: string, password: string): boolean {
  const userMatches = equal(user, login.user);
  const passwordMatches = equal(password, login.password);
  return userMatches && passwordMatches;
}

function equal(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
