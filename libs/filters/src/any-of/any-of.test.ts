import { describe, expect, it } from 'vitest';
import { branchFilter } from '../branch-filter/branch-filter.ts';
import { eventsFilter } from '../events-filter/events-filter.ts';
import { fileFilter } from '../file-filter/file-filter.ts';
import { repoFilter } from '../repo-filter/repo-filter.ts';
import { create, createAsking, eventOf, problemsOf, pullRequestOf } from '../test-support/harness.ts';
import { anyOf } from './any-of.ts';

const release = create(branchFilter, { 'head-branches': ['release/*'] });
const tools = create(repoFilter, { repos: ['tools'] });
const pushes = create(eventsFilter, { events: [{ name: 'push' }] });

function pullRequest(head: string) {
  return eventOf('pull_request', pullRequestOf(head, 'main'));
}

describe('any-of', () => {
  it('lets through what one of its filters lets through, and says which', () => {
    expect(create(anyOf, [tools, release]).filter(pullRequest('release/1'))).toEqual({
      filteredOut: false,
      reason:
        'branch-filter lets it through: the head branch "release/1" matches one of release/*, the base branch "main" may be any',
    });
  });

  it('filters out what all of its filters do, with the reason of each', () => {
    expect(create(anyOf, [tools, release]).filter(pullRequest('fix/a'))).toEqual({
      filteredOut: true,
      reason:
        'none of its filters lets it through: repo-filter: the repository octo-org/hello-world matches none of tools, and the action is allow-only; branch-filter: the head branch "fix/a" matches none of release/*',
    });
  });

  it('knows the events that it can let through when all of its filters know theirs', () => {
    const issues = create(eventsFilter, { events: [{ name: 'issues' }, { name: 'push' }] });
    expect(create(anyOf, [pushes, issues]).onlyEvents).toEqual(['push', 'issues']);
    expect(create(anyOf, [pushes, create(anyOf, [issues])]).onlyEvents).toEqual(['push', 'issues']);
    expect(create(anyOf, [pushes, release]).onlyEvents).toBeUndefined();
  });

  it('asks when one of its filters does', () => {
    const files = createAsking(fileFilter, { exists: ['README.md'] });
    expect(createAsking(anyOf, [release, files]).clients).toEqual(['github']);
  });

  it('wants a list that is not empty', () => {
    expect(problemsOf(anyOf, [])).not.toEqual([]);
    expect(problemsOf(anyOf, {})).not.toEqual([]);
    expect(problemsOf(anyOf, [release])).toEqual([]);
  });
});
