import { describe, expect, it } from 'vitest';
import { about, create, eventOf, helloWorld, problemsOf } from '../test-support/harness.ts';
import { senderFilter } from './sender-filter.ts';

const mona = { login: 'mona', type: 'User' };
const self = { login: 'octo-bots[bot]', type: 'Bot' };

describe('sender-filter', () => {
  it('looks at who did it, not at who opened what it was done to', () => {
    const filter = create(senderFilter, { bots: 'ignore' });
    const comment = { ...about('issue', { user: mona }), sender: self };
    expect(filter.filter(eventOf('issue_comment', comment))).toEqual({
      filteredOut: true,
      reason: 'the sender of the event "issue_comment" is octo-bots[bot], a bot, and bots are ignored',
    });
    expect(filter.filter(eventOf('issue_comment', { ...comment, sender: mona })).filteredOut).toBe(false);
  });

  it('decides about events of any kind', () => {
    const push = eventOf('push', { repository: helloWorld, sender: mona });
    expect(create(senderFilter, { allow: ['octo-*'] }).filter(push)).toEqual({
      filteredOut: true,
      reason: 'the sender of the event "push" is mona, which matches none of octo-*',
    });
  });

  it('lets an event through that has no sender', () => {
    expect(create(senderFilter, { allow: ['mona'] }).filter(eventOf('security_advisory', {}))).toEqual({
      filteredOut: false,
      reason: 'the event "security_advisory" has no sender',
    });
  });

  it('knows its options', () => {
    expect(problemsOf(senderFilter, { allow: ['a'], ignore: ['b'], bots: 'only' })).toEqual([]);
    expect(problemsOf(senderFilter, { allow: 'a' })).not.toEqual([]);
  });
});
