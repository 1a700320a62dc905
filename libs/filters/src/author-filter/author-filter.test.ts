import { describe, expect, it } from 'vitest';
import { about, create, eventOf, helloWorld, problemsOf } from '../test-support/harness.ts';
import { authorFilter } from './author-filter.ts';

const mona = { login: 'mona', type: 'User' };
const dependabot = { login: 'dependabot[bot]', type: 'Bot' };

function verdict(config: object, user: unknown) {
  return create(authorFilter, config).filter(eventOf('pull_request', about('pull_request', { user })));
}

describe('author-filter', () => {
  it('lets through those that it allows, whatever their case', () => {
    expect(verdict({ allow: ['Mona', 'octo-*'] }, mona)).toEqual({
      filteredOut: false,
      reason: 'the author of the pull request #7 is mona, which matches Mona',
    });
    expect(verdict({ allow: ['octo-*'] }, mona)).toEqual({
      filteredOut: true,
      reason: 'the author of the pull request #7 is mona, which matches none of octo-*',
    });
  });

  it('filters out those that it ignores, also when they are allowed', () => {
    expect(verdict({ allow: ['*'], ignore: ['mo*'] }, mona)).toEqual({
      filteredOut: true,
      reason: 'the author of the pull request #7 is mona, which matches mo* of those that are ignored',
    });
    expect(verdict({ ignore: ['octo-*'] }, mona).filteredOut).toBe(false);
  });

  it('takes the brackets of an App’s login for brackets', () => {
    expect(verdict({ ignore: ['dependabot[bot]'] }, dependabot).filteredOut).toBe(true);
    expect(verdict({ ignore: ['*[bot]'] }, dependabot).filteredOut).toBe(true);
    expect(verdict({ ignore: ['*[bot]'] }, { login: 'robot', type: 'User' }).filteredOut).toBe(false);
  });

  it('lets bots through, ignores them, or wants nobody else', () => {
    expect(verdict({}, dependabot).filteredOut).toBe(false);
    expect(verdict({ bots: 'ignore' }, dependabot)).toEqual({
      filteredOut: true,
      reason: 'the author of the pull request #7 is dependabot[bot], a bot, and bots are ignored',
    });
    expect(verdict({ bots: 'ignore' }, mona).filteredOut).toBe(false);
    expect(verdict({ bots: 'only' }, dependabot).filteredOut).toBe(false);
    expect(verdict({ bots: 'only' }, mona)).toEqual({
      filteredOut: true,
      reason: 'the author of the pull request #7 is mona, no bot, and only bots are let through',
    });
  });

  it('looks at who opened it, not at who comments', () => {
    const payload = { ...about('issue', { user: mona }), comment: { user: dependabot }, sender: dependabot };
    expect(create(authorFilter, { ignore: ['*[bot]'] }).filter(eventOf('issue_comment', payload))).toEqual({
      filteredOut: false,
      reason: 'the author of the issue #7 is mona',
    });
  });

  it('takes a deleted account for @ghost, as GitHub shows it', () => {
    expect(verdict({ allow: ['mona'] }, null)).toMatchObject({
      filteredOut: true,
      reason: expect.stringContaining('is ghost'),
    });
    expect(verdict({ bots: 'ignore' }, null).filteredOut).toBe(false);
  });

  it('lets an event through that has no author, and says so', () => {
    const filter = create(authorFilter, { allow: ['octo-*'] });
    expect(filter.filter(eventOf('push', { repository: helloWorld })).reason).toBe(
      'the event "push" is about no pull request, issue or discussion',
    );
    expect(filter.filter(eventOf('pull_request', about('pull_request', {})))).toEqual({
      filteredOut: false,
      reason: 'the event "pull_request" does not say who opened the pull request #7',
    });
  });

  it('knows its options', () => {
    expect(problemsOf(authorFilter, {})).toEqual([]);
    expect(problemsOf(authorFilter, { bots: 'deny' })).not.toEqual([]);
    expect(problemsOf(authorFilter, { allow: [''] })).not.toEqual([]);
  });
});
