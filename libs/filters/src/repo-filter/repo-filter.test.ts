import { describe, expect, it } from 'vitest';
import { create, eventOf, helloWorld, problemsOf } from '../test-support/harness.ts';
import { repoFilter } from './repo-filter.ts';

const push = eventOf('push', { repository: helloWorld });
const installation = eventOf('installation', { action: 'created' });

function verdict(config: object, event = push) {
  return create(repoFilter, config).filter(event);
}

describe('repo-filter', () => {
  it('lets a repository through that matches by its name, and says by which glob', () => {
    expect(verdict({ repos: ['other', 'hello-*'] })).toEqual({
      filteredOut: false,
      reason: 'the repository octo-org/hello-world matches hello-*, and the action is allow-only',
    });
  });

  it('lets a repository through that matches by owner and name', () => {
    expect(verdict({ repos: ['octo-org/hello-world'] }).filteredOut).toBe(false);
    expect(verdict({ repos: ['octo-org/*'] }).filteredOut).toBe(false);
    expect(verdict({ repos: ['acme/*'] }).filteredOut).toBe(true);
  });

  it('filters out a repository that matches none', () => {
    expect(verdict({ repos: ['hello', 'world'], action: 'allow-only' })).toEqual({
      filteredOut: true,
      reason: 'the repository octo-org/hello-world matches none of hello, world, and the action is allow-only',
    });
  });

  it('filters out only the repositories that match when it is to ignore them', () => {
    expect(verdict({ repos: ['hello-*'], action: 'ignore-only' })).toEqual({
      filteredOut: true,
      reason: 'the repository octo-org/hello-world matches hello-*, and the action is ignore-only',
    });
    expect(verdict({ repos: ['world'], action: 'ignore-only' }).filteredOut).toBe(false);
  });

  it('holds a bot of some repositories back from an event of no repository', () => {
    expect(verdict({ repos: ['*'] }, installation)).toEqual({
      filteredOut: true,
      reason: 'the event "installation", of no repository, matches none of *, and the action is allow-only',
    });
    expect(verdict({ repos: ['*'], action: 'ignore-only' }, installation).filteredOut).toBe(false);
  });

  it('takes an empty list by its word', () => {
    expect(verdict({ repos: [] })).toEqual({
      filteredOut: true,
      reason: 'the repository octo-org/hello-world matches none of an empty list, and the action is allow-only',
    });
    expect(verdict({ repos: [], action: 'ignore-only' }).filteredOut).toBe(false);
  });

  it('refuses another action, and a config without repositories', () => {
    expect(problemsOf(repoFilter, { repos: ['a'], action: 'deny' })).not.toEqual([]);
    expect(problemsOf(repoFilter, {})).not.toEqual([]);
    expect(problemsOf(repoFilter, { repos: ['a'] })).toEqual([]);
  });
});
