import { describe, expect, it } from 'vitest';
import { create, eventOf, helloWorld, problemsOf, pullRequestOf } from '../test-support/harness.ts';
import { branchFilter } from './branch-filter.ts';

function verdict(config: object, head: string, base: string) {
  return create(branchFilter, config).filter(eventOf('pull_request', pullRequestOf(head, base)));
}

describe('branch-filter', () => {
  it('filters out a pull request whose head branch matches none of the globs', () => {
    expect(verdict({ 'head-branches': ['feature/*', 'fix/*'] }, 'docs/readme', 'main')).toEqual({
      filteredOut: true,
      reason: 'the head branch "docs/readme" matches none of feature/*, fix/*',
    });
  });

  it('filters out a pull request whose base branch matches none of the globs', () => {
    expect(verdict({ 'base-branches': ['main', 'release/*'] }, 'fix/a', 'develop')).toEqual({
      filteredOut: true,
      reason: 'the base branch "develop" matches none of main, release/*',
    });
  });

  it('lets a pull request through whose branches both match, and says what it looked at', () => {
    const config = { 'head-branches': ['fix/*'], 'base-branches': ['main'] };
    expect(verdict(config, 'fix/a', 'main')).toEqual({
      filteredOut: false,
      reason: 'the head branch "fix/a" matches one of fix/*, the base branch "main" matches one of main',
    });
  });

  it('wants both branches to match', () => {
    const config = { 'head-branches': ['fix/*'], 'base-branches': ['main'] };
    expect(verdict(config, 'fix/a', 'develop').filteredOut).toBe(true);
    expect(verdict(config, 'docs', 'main').filteredOut).toBe(true);
  });

  it('lets every branch through where the list is empty or left out', () => {
    expect(verdict({}, 'anything', 'main').filteredOut).toBe(false);
    expect(verdict({ 'head-branches': [], 'base-branches': [] }, 'anything', 'main').filteredOut).toBe(false);
    expect(verdict({ 'head-branches': [], 'base-branches': ['main'] }, 'anything', 'main')).toEqual({
      filteredOut: false,
      reason: 'the head branch "anything" may be any, the base branch "main" matches one of main',
    });
  });

  it('matches as the shell does, with slashes within a star', () => {
    expect(verdict({ 'head-branches': ['feature/*'] }, 'feature/ui/button', 'main').filteredOut).toBe(false);
    expect(verdict({ 'head-branches': ['feature/*'] }, 'feature', 'main').filteredOut).toBe(true);
    expect(verdict({ 'head-branches': ['Feature/*'] }, 'feature/x', 'main').filteredOut).toBe(true);
  });

  it('lets an event through that is about no pull request', () => {
    const filter = create(branchFilter, { 'head-branches': ['fix/*'], 'base-branches': ['main'] });
    const push = eventOf('push', { ref: 'refs/heads/docs', repository: helloWorld });
    expect(filter.filter(push)).toEqual({ filteredOut: false, reason: 'the event "push" is about no pull request' });
    const withNull = eventOf('check_run', { pull_request: null });
    expect(filter.filter(withNull).filteredOut).toBe(false);
  });

  it('refuses a list that is a single string, and a key that it does not know', () => {
    expect(problemsOf(branchFilter, { 'head-branches': 'main' })).not.toEqual([]);
    expect(problemsOf(branchFilter, { branches: ['main'] })).not.toEqual([]);
    expect(problemsOf(branchFilter, {})).toEqual([]);
  });
});
