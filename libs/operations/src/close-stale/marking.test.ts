import type { AnswerCache } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { GitHubBench, jobOperation, memoryCache } from '../test-support/harness.ts';
import { closeStale } from './close-stale.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const place = { owner, repo };
const dayMs = 24 * 60 * 60 * 1000;
const issuesPath = `/repos/${owner}/${repo}/issues`;

function inDays(days: number): Date {
  return new Date(Date.now() + days * dayMs);
}

/** What was done in this test was done on day 0; the tick is due on this day. */
function sweepOnDay(bench: GitHubBench, day: number, config: object, cache: AnswerCache = memoryCache()) {
  return bench.runOnTick(jobOperation(closeStale, config), { dueAt: inDays(day), cache });
}

async function look(bench: GitHubBench, number: number) {
  const { state, labels, comments } = await bench.github.issue(owner, repo, number);
  return { state, labels, comments };
}

const twoSteps = { 'close-issues': true, 'close-prs': true, 'stale-expiration': '60 days', 'close-after': '7 days' };

describe('close-stale with close-after', { timeout: 60_000 }, () => {
  it('marks first and closes later, each with its comment and label', async () => {
    await using bench = await GitHubBench.start();
    const config = {
      ...twoSteps,
      'stale-label': 'Waiting',
      'close-label': 'gone',
      'stale-comment':
        '@{{author}}: {{kind}} #{{number}} “{{title}}” is quiet for {{days}} days, {{close-days}} to go.',
      'close-comment': 'Closed: {{repository}} #{{number}} stayed {{label}}.',
      'add-labels-when-stale': ['triage'],
      'remove-labels-when-stale': ['in progress'],
      issues: { 'close-reason': 'completed' },
    };
    const title = 'Ask @octo-org/admins <b>now</b>';
    const { number: issue } = await bench.github.createIssue({ ...place, title, labels: ['In Progress', 'bug'] });
    const { number: pull } = await bench.github.openPullRequest({ ...place, head: 'old' });

    expect(await sweepOnDay(bench, 61, config)).toMatchObject({
      status: 'done',
      summary: expect.stringContaining('marked 1 issue and 1 pull request stale'),
    });
    const [said] = await bench.github.commentsOf(owner, repo, issue);
    expect(said?.body).toBe(
      '@octocat: issue #1 “Ask @\u200bocto-org/admins &lt;b&gt;now&lt;/b&gt;” is quiet for 61 days, 7 to go.\n\n' +
        '<!-- octo-bots:close-stale:marked -->',
    );
    expect(await look(bench, issue)).toMatchObject({ state: 'open', comments: 1 });
    expect(new Set(await bench.github.labelsOf(owner, repo, issue))).toEqual(new Set(['bug', 'triage', 'Waiting']));

    // Marked on day 0 by GitHub's clock; a week has not passed.
    expect(await sweepOnDay(bench, 6, config)).toMatchObject({ summary: expect.stringMatching(/^closed 0.*; looked/) });
    expect(await sweepOnDay(bench, 8, config)).toMatchObject({
      status: 'done',
      summary: expect.stringMatching(/^closed 1 issue and 1 pull request; looked/),
    });
    expect(await bench.github.issue(owner, repo, issue)).toMatchObject({ state: 'closed', stateReason: 'completed' });
    for (const number of [issue, pull]) {
      expect(await look(bench, number)).toMatchObject({
        state: 'closed',
        labels: expect.arrayContaining(['Waiting', 'gone']),
        comments: 2,
      });
    }
    const comments = await bench.github.commentsOf(owner, repo, pull);
    expect(comments[1]?.body).toContain(`Closed: ${owner}/${repo} #${pull} stayed Waiting.`.replaceAll('#', '#'));
  });

  it('takes the mark off when somebody comments, and tells who', async () => {
    await using bench = await GitHubBench.start();
    const config = {
      ...twoSteps,
      'add-labels-when-unstale': ['back'],
      'remove-labels-when-unstale': ['triage'],
    };
    const { number: issue } = await bench.github.createIssue({ ...place, labels: ['triage'] });
    const { number: pull } = await bench.github.openPullRequest({ ...place, head: 'old' });
    await sweepOnDay(bench, 61, config);
    await bench.github.comment(owner, repo, issue, 'Still needed!');
    await bench.github.comment(owner, repo, pull, 'Still needed!');

    expect(await sweepOnDay(bench, 8, { ...config, 'dry-run': true })).toMatchObject({
      summary: expect.stringContaining(
        `would unmark ${owner}/${repo}#${issue} (issue): octocat commented after it was marked stale`,
      ),
    });
    expect(await sweepOnDay(bench, 1, config)).toMatchObject({
      summary: expect.stringContaining('unmarked 1 issue and 1 pull request'),
    });
    expect(await look(bench, issue)).toEqual({ state: 'open', labels: ['back'], comments: 2 });
    expect(await look(bench, pull)).toEqual({ state: 'open', labels: ['back'], comments: 2 });
  });

  it('takes a label that a person gave for the mark', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue(place);
    await bench.github.addLabels(owner, repo, number, ['Stale']);
    await sweepOnDay(bench, 6, twoSteps);
    expect(await look(bench, number)).toEqual({ state: 'open', labels: ['Stale'], comments: 0 });
    await sweepOnDay(bench, 8, twoSteps);
    expect(await look(bench, number)).toMatchObject({ state: 'closed', comments: 1 });
  });

  it('never closes with close-after: never, and closes all the same without unstale-when-active', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue(place);
    const never = { 'stale-expiration': '60 days', issues: { 'close-after': 'never' } };
    await sweepOnDay(bench, 61, never);
    await sweepOnDay(bench, 999, never);
    expect(await look(bench, number)).toEqual({ state: 'open', labels: ['stale'], comments: 1 });

    await bench.github.comment(owner, repo, number, 'Still needed!');
    await sweepOnDay(bench, 8, { ...twoSteps, 'unstale-when-active': false });
    expect(await look(bench, number)).toMatchObject({ state: 'closed', comments: 3 });
  });

  it('says when it will be closed of that alone which will be', async () => {
    await using bench = await GitHubBench.start();
    const { number: plain } = await bench.github.createIssue(place);
    const { number: kept } = await bench.github.createIssue({ ...place, labels: ['question'] });
    const timings = { 'label-timings': [{ label: 'question', 'close-after': 'never' }] };
    await sweepOnDay(bench, 61, { ...twoSteps, ...timings });
    const said = async (number: number) => (await bench.github.commentsOf(owner, repo, number))[0]?.body;
    expect(await said(plain)).toContain('It will be closed in 7 days');
    expect(await said(kept)).toContain('Is it still needed?');
    expect(await said(kept)).not.toContain('closed');
  });

  it('goes on where it was cut off between a comment and what it announces', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue({ ...place, updatedAt: inDays(-61) });
    bench.github.answerNext({ method: 'POST', path: /\/labels$/, status: 403, body: {} });
    expect(await sweepOnDay(bench, 0, twoSteps)).toMatchObject({ status: 'failed' });
    expect(await look(bench, number)).toEqual({ state: 'open', labels: [], comments: 1 });
    const again = { dueAt: new Date(), attempt: 2 };
    await bench.runOnTick(jobOperation(closeStale, twoSteps), again);
    expect(await look(bench, number)).toEqual({ state: 'open', labels: ['stale'], comments: 1 });

    bench.github.answerNext({ method: 'PATCH', path: /\/issues\/\d+$/, status: 403, body: {} });
    expect(await sweepOnDay(bench, 8, twoSteps)).toMatchObject({ status: 'failed' });
    await sweepOnDay(bench, 8, twoSteps);
    expect(await look(bench, number)).toMatchObject({ state: 'closed', comments: 2 });
  });

  it('finds what is marked behind a hundred others', async () => {
    await using bench = await GitHubBench.start();
    for (let n = 1; n <= 101; n++) await bench.github.createIssue({ ...place, updatedAt: inDays(-50 + n / 1000) });
    await bench.github.addLabels(owner, repo, 101, ['stale']);
    // Day 8: the others are 58 days old, and the first page ends with them.
    expect(await sweepOnDay(bench, 8, { ...twoSteps, 'close-prs': false })).toMatchObject({
      summary: expect.stringMatching(/^closed 1 issue/),
    });
    expect(await look(bench, 101)).toMatchObject({ state: 'closed' });
  });

  it('finds what a person marked behind a hundred others, whosever activity counts', async () => {
    await using bench = await GitHubBench.start();
    for (let n = 1; n <= 101; n++) {
      const createdAt = inDays(-50 + n / 1000);
      await bench.github.createIssue({ ...place, createdAt, updatedAt: createdAt });
    }
    await bench.github.addLabels(owner, repo, 101, ['stale']);
    const config = { ...twoSteps, 'close-prs': false, activity: 'people' };
    expect(await sweepOnDay(bench, 8, config)).toMatchObject({ summary: expect.stringMatching(/^closed 1 issue/) });
    expect(await look(bench, 101)).toMatchObject({ state: 'closed' });
  });
});

describe('what counts as activity', { timeout: 60_000 }, () => {
  it('does not include bots with activity: people, and costs no request while nothing changes', async () => {
    await using bench = await GitHubBench.start();
    const people = { 'close-issues': true, 'close-prs': true, 'stale-expiration': '60 days', activity: 'people' };
    const quiet = (await bench.github.createIssue({ ...place, updatedAt: inDays(-61) })).number;
    const alive = (await bench.github.createIssue({ ...place, updatedAt: inDays(-61) })).number;
    const installation = bench.github.installations.find(({ account }) => account === owner);
    const token = await bench.github.installationToken(installation?.id ?? 0);
    const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
    for (const number of [quiet, alive]) {
      const body = JSON.stringify({ body: 'A bot says.' });
      await fetch(`${bench.github.url}${issuesPath}/${number}/comments`, { method: 'POST', headers, body });
    }
    await bench.github.comment(owner, repo, alive, 'A person says.');

    const usual = { ...people, activity: 'anyone' };
    expect(await sweepOnDay(bench, 0, usual)).toMatchObject({ summary: expect.stringMatching(/^closed 0 issues/) });
    const cache = memoryCache();
    expect(await sweepOnDay(bench, 0, people, cache)).toMatchObject({
      summary: expect.stringMatching(/^closed 1 issue /),
    });
    expect(await look(bench, quiet)).toMatchObject({ state: 'closed' });
    expect(await look(bench, alive)).toMatchObject({ state: 'open' });

    const asked = bench.github.requests().length;
    await sweepOnDay(bench, 0, people, cache);
    const inRepository = bench.github
      .requests()
      .slice(asked)
      .filter(({ path }) => path.startsWith(`/repos/${owner}/`));
    expect(inRepository).toHaveLength(1);
    const bots = { ...people, 'bot-accounts': ['OctoCat'] };
    expect(await sweepOnDay(bench, 0, bots, cache)).toMatchObject({
      summary: expect.stringMatching(/^closed 1 issue /),
    });
  });

  it('is found on a page of the timeline that came after it was read, though GitHub says of the first that it is as it was', async () => {
    const cache = memoryCache();
    await using bench = await GitHubBench.start({}, cache);
    const config = { 'close-issues': true, 'stale-expiration': '60 days', activity: 'people', 'dry-run': true };
    const { number } = await bench.github.createIssue({ ...place, createdAt: inDays(-61), updatedAt: inDays(0) });
    const botComments = async (count: number) => {
      const installation = bench.github.installations.find(({ account }) => account === owner);
      const token = await bench.github.installationToken(installation?.id ?? 0);
      const headers = { authorization: `token ${token}`, 'content-type': 'application/json' };
      const url = `${bench.github.url}${issuesPath}/${number}/comments`;
      for (let n = 0; n < count; n++) await fetch(url, { method: 'POST', headers, body: '{"body":"A bot says."}' });
    };
    await botComments(101);
    expect(await sweepOnDay(bench, 0, config, cache)).toMatchObject({
      summary: expect.stringContaining('would close'),
    });

    await botComments(100);
    await bench.github.comment(owner, repo, number, 'A person says.');
    // Another time than before, whatever the clock says: the memo does not hold any more.
    await bench.github.setUpdatedAt(owner, repo, number, inDays(0.1), inDays(-61));
    const asked = bench.github.requests().length;
    expect(await sweepOnDay(bench, 0, config, cache)).not.toMatchObject({
      summary: expect.stringContaining('would close'),
    });
    const pages = bench.github
      .requests()
      .slice(asked)
      .filter(({ path }) => path.includes('/timeline'));
    expect(pages.map(({ status }) => status)).toEqual([304, 200, 200]);
  });

  it('is nothing with activity: none', async () => {
    await using bench = await GitHubBench.start();
    const old = { ...place, updatedAt: new Date(), createdAt: inDays(-61) };
    const { number } = await bench.github.createIssue(old);
    const config = { 'close-issues': true, 'stale-expiration': '60 days' };
    await sweepOnDay(bench, 0, config);
    expect(await look(bench, number)).toMatchObject({ state: 'open' });
    await sweepOnDay(bench, 0, { ...config, activity: 'none' });
    expect(await look(bench, number)).toMatchObject({ state: 'closed' });
  });
});
