import { describe, expect, it } from 'vitest';
import { branchFilter } from '../branch-filter/branch-filter.ts';
import { eventsFilter } from '../events-filter/events-filter.ts';
import { fileFilter } from '../file-filter/file-filter.ts';
import { create, createAsking, eventOf, problemsOf, pullRequestOf } from '../test-support/harness.ts';
import { allOf } from './all-of.ts';

const release = create(branchFilter, { 'head-branches': ['release/*'] });
const main = create(branchFilter, { 'base-branches': ['main'] });

function events(...names: string[]) {
  return create(eventsFilter, { events: names.map((name) => ({ name })) });
}

function verdict(head: string) {
  return create(allOf, [main, release]).filter(eventOf('pull_request', pullRequestOf(head, 'main')));
}

describe('all-of', () => {
  it('lets through what all of its filters let through', () => {
    expect(verdict('release/1')).toEqual({
      filteredOut: false,
      reason:
        'all of its filters let it through: branch-filter: the head branch "release/1" may be any, the base branch "main" matches one of main; branch-filter: the head branch "release/1" matches one of release/*, the base branch "main" may be any',
    });
  });

  it('filters out what one of its filters does, with its reason', () => {
    expect(verdict('fix/a')).toEqual({
      filteredOut: true,
      reason: 'branch-filter filters it out: the head branch "fix/a" matches none of release/*',
    });
  });

  it('can let through no event that one of its filters cannot', () => {
    expect(create(allOf, [release, events('push', 'issues'), events('issues', 'create')]).onlyEvents).toEqual([
      'issues',
    ]);
    expect(create(allOf, [events('push'), events('issues')]).onlyEvents).toEqual([]);
    expect(create(allOf, [release, main]).onlyEvents).toBeUndefined();
  });

  it('asks when one of its filters does', () => {
    expect(createAsking(allOf, [main, createAsking(fileFilter, { exists: ['a'] })]).clients).toEqual(['github']);
  });

  it('wants a list that is not empty', () => {
    expect(problemsOf(allOf, [])).not.toEqual([]);
    expect(problemsOf(allOf, [main])).toEqual([]);
  });
});
