import { describe, expect, it } from 'vitest';
import { create, eventOf, problemsOf } from '../test-support/harness.ts';
import { eventsFilter } from './events-filter.ts';

function verdict(events: object[], name: string, action?: string) {
  return create(eventsFilter, { events }).filter(eventOf(name, action === undefined ? {} : { action }));
}

describe('events-filter', () => {
  it('filters out an event of another name', () => {
    const events = [{ name: 'pull_request' }, { name: 'push' }];
    expect(verdict(events, 'issues', 'opened')).toEqual({
      filteredOut: true,
      reason: 'the event "issues" is none of pull_request, push',
    });
  });

  it('lets every action of an entry without actions through', () => {
    expect(verdict([{ name: 'issues' }], 'issues', 'opened').filteredOut).toBe(false);
    expect(verdict([{ name: 'issues' }], 'issues', 'deleted').filteredOut).toBe(false);
  });

  it('filters out an action that the entry does not list', () => {
    expect(verdict([{ name: 'issues', actions: ['opened', 'reopened'] }], 'issues', 'closed')).toEqual({
      filteredOut: true,
      reason: 'the action "closed" of the event "issues" is none of opened, reopened',
    });
  });

  it('does not take an action from the entry of another event', () => {
    const events = [
      { name: 'pull_request', actions: ['opened'] },
      { name: 'issues', actions: ['closed'] },
    ];
    expect(verdict(events, 'pull_request', 'closed').filteredOut).toBe(true);
    expect(verdict(events, 'issues', 'opened').filteredOut).toBe(true);
    expect(verdict(events, 'issues', 'closed').filteredOut).toBe(false);
  });

  it('does not restrict one event by the actions of another', () => {
    const events = [{ name: 'pull_request', actions: ['opened'] }, { name: 'issues' }];
    expect(verdict(events, 'issues', 'labeled').filteredOut).toBe(false);
  });

  it('adds up the entries of one event', () => {
    const events = [
      { name: 'issues', actions: ['opened'] },
      { name: 'issues', actions: ['closed'] },
    ];
    expect(verdict(events, 'issues', 'opened').filteredOut).toBe(false);
    expect(verdict(events, 'issues', 'closed').filteredOut).toBe(false);
    expect(verdict(events, 'issues', 'edited').filteredOut).toBe(true);
  });

  it('lets an event that has no action through, whatever the entry lists', () => {
    expect(verdict([{ name: 'push', actions: ['opened'] }], 'push')).toEqual({
      filteredOut: false,
      reason: 'the event "push" is listed',
    });
  });

  it('takes an empty list of actions for no action at all', () => {
    expect(verdict([{ name: 'issues', actions: [] }], 'issues', 'opened').filteredOut).toBe(true);
    expect(verdict([{ name: 'push', actions: [] }], 'push').filteredOut).toBe(false);
  });

  it('tells the ingress the only events that it can let through', () => {
    const events = [{ name: 'issues', actions: ['opened'] }, { name: 'issues' }, { name: 'push' }];
    expect(create(eventsFilter, { events }).onlyEvents).toEqual(['issues', 'push']);
  });

  it('wants at least one event, and no key that it does not know', () => {
    expect(problemsOf(eventsFilter, {})).not.toEqual([]);
    expect(problemsOf(eventsFilter, { events: [] })).not.toEqual([]);
    expect(problemsOf(eventsFilter, { events: [{ name: 'push', action: 'opened' }] })).not.toEqual([]);
    expect(problemsOf(eventsFilter, { events: [{ name: 'push' }] })).toEqual([]);
  });
});
