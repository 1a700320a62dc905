import { describe, expect, it } from 'vitest';
import { problemsOf } from '../test-support/harness.ts';
import { closeStale } from './close-stale.ts';

const stale = { 'stale-expiration': '60 days' };
const marks = { ...stale, 'close-after': '7 days' };

describe('the options of close-stale', () => {
  it.each([
    { options: { 'close-issues': true, ...stale } },
    { options: { issues: marks } },
    { options: { issues: marks, 'pull-requests': { 'stale-expiration': '30 days' } } },
    { options: { ...marks, issues: {}, 'pull-requests': { 'close-after': 'never' } } },
    { options: { ...stale, 'stale-label': 'x', issues: { 'close-after': '1 day' }, 'pull-requests': {} } },
    { options: { ...stale, issues: {}, 'weekdays-only': true, timezone: 'Europe/Berlin', 'start-date': '2026-01-31' } },
    { options: { ...stale, issues: { activity: 'people', 'bot-accounts': ['ci'] } } },
    { options: { ...stale, issues: { 'exempt-milestones': 'any', 'exempt-assignees': ['mona'] } } },
  ])('fit together: $options', ({ options }) => {
    expect(problemsOf(closeStale, options)).toEqual([]);
  });

  it.each([
    { options: { 'close-issues': false, ...stale, issues: {} }, says: /"issues" only without/ },
    { options: { 'close-prs': false, ...stale, 'pull-requests': {} }, says: /"pull-requests" only without/ },
    { options: { issues: {} }, says: /in "issues": "stale-expiration" is needed/ },
    { options: {}, says: /"stale-expiration" is needed/ },
    { options: { issues: stale, 'close-prs': true }, says: /"stale-expiration" is needed/ },
    {
      options: { ...stale, issues: { 'stale-label': 'x' } },
      says: /in "issues": "stale-label" only with "close-after"/,
    },
    { options: { ...stale, 'close-issues': true, 'close-comment': 'x' }, says: /"close-comment" only with/ },
    {
      options: { ...stale, issues: { 'label-timings': [{ label: 'x', 'close-after': '1 day' }] } },
      says: /label-timings/,
    },
    { options: { ...marks, issues: { activity: 'none', 'unstale-when-active': true } }, says: /another "activity"/ },
    { options: { ...marks, issues: { 'bot-accounts': ['ci'] } }, says: /"bot-accounts" only with/ },
    { options: { ...marks, issues: { 'exempt-labels': ['Stale'] } }, says: /would never be closed/ },
    { options: { ...marks, issues: { 'close-label': 'Stale' } }, says: /"close-label" other than/ },
    { options: { ...stale, issues: { 'only-labels': ['a'], 'exempt-labels': ['A'] } }, says: /not in both/ },
    { options: { ...stale, issues: {}, timezone: 'Europe/Berlin' }, says: /"timezone" only with/ },
    { options: { ...stale, issues: {}, 'weekdays-only': true, timezone: 'Mars' }, says: /timezone of the IANA/ },
    {
      options: { ...stale, 'pull-requests': { 'delete-branch': true, 'convert-to-draft': true } },
      says: /keeps its branch/,
    },
    { options: { ...stale, issues: { 'stale-comment': 'Hi {{autor}}' } }, says: /unknown: \{\{autor\}\}/ },
    { options: { ...stale, issues: { 'close-after': '7' } }, says: /or "never"/ },
    { options: { ...stale, issues: { 'start-date': '31.1.2026' } }, says: /a date such as/ },
  ])('have a problem that says what is allowed: $options', ({ options, says }) => {
    expect(problemsOf(closeStale, options).join('\n')).toMatch(says);
  });

  it.each([{ 'delete-branch': true }, { 'exempt-drafts': true }])('know which kind has them: %o', (option) => {
    expect(problemsOf(closeStale, { ...stale, issues: option })).not.toEqual([]);
  });
});
