import { describe, expect, it } from 'vitest';
import { about, create, eventOf, problemsOf } from '../test-support/harness.ts';
import { draftFilter } from './draft-filter.ts';

function verdict(config: object, draft: boolean) {
  return create(draftFilter, config).filter(eventOf('pull_request', about('pull_request', { draft })));
}

describe('draft-filter', () => {
  it('filters drafts out by default', () => {
    expect(verdict({}, true)).toEqual({
      filteredOut: true,
      reason: 'the pull request #7 is a draft, and drafts are ignored',
    });
    expect(verdict({}, false)).toEqual({ filteredOut: false, reason: 'the pull request #7 is no draft' });
  });

  it('lets drafts alone through', () => {
    expect(verdict({ drafts: 'only' }, true)).toEqual({ filteredOut: false, reason: 'the pull request #7 is a draft' });
    expect(verdict({ drafts: 'only' }, false)).toEqual({
      filteredOut: true,
      reason: 'the pull request #7 is no draft, and only drafts are let through',
    });
  });

  it('looks at the pull request that a comment is on', () => {
    const comment = about('issue', { draft: true, pull_request: { url: 'https://…' } });
    expect(create(draftFilter, {}).filter(eventOf('issue_comment', comment)).filteredOut).toBe(true);
  });

  it.each(['ignore', 'only'])('lets through what is no pull request, or does not say: %s', (drafts) => {
    const filter = create(draftFilter, { drafts });
    expect(filter.filter(eventOf('issues', about('issue', {})))).toEqual({
      filteredOut: false,
      reason: 'the event "issues" is about no pull request',
    });
    expect(filter.filter(eventOf('pull_request_review', about('pull_request', {})))).toEqual({
      filteredOut: false,
      reason: 'the event "pull_request_review" does not say whether the pull request #7 is a draft',
    });
  });

  it('knows its option', () => {
    expect(problemsOf(draftFilter, {})).toEqual([]);
    expect(problemsOf(draftFilter, { drafts: 'allow' })).not.toEqual([]);
  });
});
