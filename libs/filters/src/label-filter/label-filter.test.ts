import { describe, expect, it } from 'vitest';
import { about, create, eventOf, helloWorld, problemsOf } from '../test-support/harness.ts';
import { labelFilter } from './label-filter.ts';

function labelled(...names: string[]): object {
  return { labels: names.map((name) => ({ name })) };
}

function verdict(config: object, ...labels: string[]) {
  return create(labelFilter, config).filter(eventOf('pull_request', about('pull_request', labelled(...labels))));
}

describe('label-filter', () => {
  it('any-of: wants one label that matches one of the patterns', () => {
    const config = { 'any-of': ['bug', 'area/*'] };
    expect(verdict(config, 'docs', 'area/ui')).toEqual({
      filteredOut: false,
      reason: 'the pull request #7 has the labels docs, area/ui',
    });
    expect(verdict(config, 'docs', 'question')).toEqual({
      filteredOut: true,
      reason: 'the pull request #7 has the labels docs, question, and none matches any of bug, area/*',
    });
    expect(verdict(config)).toEqual({
      filteredOut: true,
      reason: 'the pull request #7 has no labels, and none matches any of bug, area/*',
    });
  });

  it('all-of: wants a label for each of the patterns', () => {
    const config = { 'all-of': ['approved', 'area/*'] };
    expect(verdict(config, 'area/ui', 'approved').filteredOut).toBe(false);
    expect(verdict(config, 'approved')).toEqual({
      filteredOut: true,
      reason: 'the pull request #7 has the labels approved, and none matches area/*',
    });
  });

  it('none-of: wants no label that matches one of the patterns', () => {
    const config = { 'none-of': ['wip', 'do not *'] };
    expect(verdict(config).filteredOut).toBe(false);
    expect(verdict(config, 'bug', 'do not merge')).toEqual({
      filteredOut: true,
      reason: 'the pull request #7 has the labels bug, do not merge, and do not merge matches do not *',
    });
  });

  it('wants all three at once', () => {
    const config = { 'any-of': ['a'], 'all-of': ['b'], 'none-of': ['c'] };
    expect(verdict(config, 'a', 'b').filteredOut).toBe(false);
    expect(verdict(config, 'a').filteredOut).toBe(true);
    expect(verdict(config, 'b').filteredOut).toBe(true);
    expect(verdict(config, 'a', 'b', 'c').filteredOut).toBe(true);
  });

  it('does not tell upper from lower case, as GitHub does not', () => {
    expect(verdict({ 'any-of': ['BUG'] }, 'Bug').filteredOut).toBe(false);
    expect(verdict({ 'none-of': ['wip'] }, 'WIP').filteredOut).toBe(true);
  });

  it('takes regular expressions between slashes', () => {
    expect(verdict({ 'any-of': ['/^p[01]$/'] }, 'p1').filteredOut).toBe(false);
    expect(verdict({ 'any-of': ['/^p[01]$/'] }, 'p10').filteredOut).toBe(true);
  });

  it('looks at issues, at comments on them, and at discussions as well', () => {
    const filter = create(labelFilter, { 'any-of': ['bug'] });
    expect(filter.filter(eventOf('issues', about('issue', labelled('docs'))))).toMatchObject({
      filteredOut: true,
      reason: expect.stringContaining('the issue #7 has the labels docs'),
    });
    const comment = about('issue', { ...labelled('docs'), pull_request: { url: 'https://…' } });
    expect(filter.filter(eventOf('issue_comment', comment)).reason).toContain('the pull request #7');
    expect(filter.filter(eventOf('discussion', about('discussion', {}))).reason).toContain(
      'the discussion #7 has no labels',
    );
  });

  it('lets an event through that is about nothing with labels', () => {
    const event = eventOf('push', { repository: helloWorld, pull_request: null, issue: null });
    expect(create(labelFilter, { 'any-of': ['bug'] }).filter(event)).toEqual({
      filteredOut: false,
      reason: 'the event "push" is about no pull request, issue or discussion',
    });
  });

  it('wants lists of patterns', () => {
    expect(problemsOf(labelFilter, {})).toEqual([]);
    expect(problemsOf(labelFilter, { 'any-of': 'bug' })).not.toEqual([]);
    expect(problemsOf(labelFilter, { 'any-of': ['/(/'] })).not.toEqual([]);
    expect(problemsOf(labelFilter, { any: ['bug'] })).not.toEqual([]);
  });
});
