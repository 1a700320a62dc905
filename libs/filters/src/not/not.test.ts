import { silentLog } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { branchFilter } from '../branch-filter/branch-filter.ts';
import { eventsFilter } from '../events-filter/events-filter.ts';
import { fileFilter } from '../file-filter/file-filter.ts';
import { create, createAsking, eventOf, helloWorld, pullRequestOf } from '../test-support/harness.ts';
import { not } from './not.ts';

const release = create(branchFilter, { 'head-branches': ['release/*'] });

function pullRequest(head: string) {
  return eventOf('pull_request', pullRequestOf(head, 'main'));
}

describe('not', () => {
  it('turns the verdict of its filter round, and says on what it rests', () => {
    const filter = create(not, release);
    expect(filter.filter(pullRequest('fix/a'))).toEqual({
      filteredOut: false,
      reason: 'branch-filter filters it out: the head branch "fix/a" matches none of release/*',
    });
    expect(filter.filter(pullRequest('release/1'))).toEqual({
      filteredOut: true,
      reason:
        'branch-filter lets it through: the head branch "release/1" matches one of release/*, the base branch "main" may be any',
    });
    expect(create(not, filter).filter(pullRequest('release/1')).filteredOut).toBe(false);
  });

  it('does not know which events it can let through', () => {
    expect(create(not, create(eventsFilter, { events: [{ name: 'push' }] })).onlyEvents).toBeUndefined();
  });

  it('turns round what its filter lets through as it is about something else', () => {
    expect(create(not, release).filter(eventOf('push', { repository: helloWorld })).filteredOut).toBe(true);
  });

  it('asks when its filter does', async () => {
    const filter = createAsking(not, createAsking(fileFilter, { exists: [] }));
    expect(filter.clients).toEqual(['github']);
    const signal = new AbortController().signal;
    const verdict = await filter.filter({ event: pullRequest('a'), clients: {}, signal, log: silentLog });
    expect(verdict).toEqual({ filteredOut: true, reason: 'file-filter lets it through: no file has to exist' });
  });
});
