import { describe, expect, it } from 'vitest';
import { isLoopback, loginFromEnvironment, matchesLogin } from './login.ts';

describe('the login of the dashboard', () => {
  it('comes from the environment, with a user of its own by default', () => {
    expect(loginFromEnvironment({ DASHBOARD_PASSWORD: 'p' })).toEqual({ user: 'octo-bots', password: 'p' });
    expect(loginFromEnvironment({ DASHBOARD_PASSWORD: 'p', DASHBOARD_USER: 'u' })).toEqual({
      user: 'u',
      password: 'p',
    });
    expect(loginFromEnvironment({ DASHBOARD_USER: 'u' })).toBeUndefined();
    expect(loginFromEnvironment({ DASHBOARD_PASSWORD: '' })).toBeUndefined();
  });

  it('matches when both user and password are right', () => {
    const login = { user: 'u', password: 'pässword' };
    expect(matchesLogin(login, 'u', 'pässword')).toBe(true);
    expect(matchesLogin(login, 'u', 'passwort')).toBe(false);
    expect(matchesLogin(login, 'v', 'pässword')).toBe(false);
    expect(matchesLogin(login, '', '')).toBe(false);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['localhost', true],
    ['::1', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['127.evil.example', false],
    ['localhost.evil.example', false],
  ])('knows whether %s is this machine alone', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});
