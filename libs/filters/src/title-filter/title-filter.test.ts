import { describe, expect, it } from 'vitest';
import { about, create, eventOf, helloWorld, problemsOf } from '../test-support/harness.ts';
import { titleFilter } from './title-filter.ts';

function verdict(config: object, title: string) {
  return create(titleFilter, config).filter(eventOf('pull_request', about('pull_request', { title })));
}

describe('title-filter', () => {
  it('lets through a title that matches one of the patterns', () => {
    const config = { match: ['Release *', '/^(feat|fix)(\\(.+\\))?: /'] };
    expect(verdict(config, 'fix(ui): no flicker')).toEqual({
      filteredOut: false,
      reason: 'the title "fix(ui): no flicker" of the pull request #7 matches /^(feat|fix)(\\(.+\\))?: /',
    });
    expect(verdict(config, 'release 1.2').filteredOut).toBe(false);
    expect(verdict(config, 'Fix it')).toEqual({
      filteredOut: true,
      reason: 'the title "Fix it" of the pull request #7 matches none of Release *, /^(feat|fix)(\\(.+\\))?: /',
    });
  });

  it('filters out a title that it ignores, also when it matches', () => {
    expect(verdict({ match: ['*'], ignore: ['[WIP]*'] }, '[wip] Try it')).toEqual({
      filteredOut: true,
      reason: 'the title "[wip] Try it" of the pull request #7 matches [WIP]*, which is ignored',
    });
    expect(verdict({ ignore: ['[WIP]*'] }, 'Wipe it')).toEqual({
      filteredOut: false,
      reason: 'the title "Wipe it" of the pull request #7 may be any other',
    });
  });

  it('does not hang at a title made to hang it', () => {
    expect(verdict({ match: ['/^(a+)+$/'] }, `${'a'.repeat(255)}!`).filteredOut).toBe(true);
  });

  it('lets an event through that has no title, and says so', () => {
    const filter = create(titleFilter, { match: ['x'] });
    expect(filter.filter(eventOf('push', { repository: helloWorld }))).toEqual({
      filteredOut: false,
      reason: 'the event "push" is about no pull request, issue or discussion',
    });
    expect(filter.filter(eventOf('issues', about('issue', {})))).toEqual({
      filteredOut: false,
      reason: 'the event "issues" does not say the title of the issue #7',
    });
  });

  it('refuses what is no regular expression of RE2', () => {
    expect(problemsOf(titleFilter, { match: ['/^(?!WIP)/'] })).toEqual([expect.stringContaining('Perl syntax')]);
    expect(problemsOf(titleFilter, { match: ['(?!WIP)'] })).toEqual([]);
  });
});
