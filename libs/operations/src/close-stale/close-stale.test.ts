import { OctoError } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { GitHubBench, jobOperation, problemsOf } from '../test-support/harness.ts';
import { closeStale } from './close-stale.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const place = { owner, repo };
const marker = '<!-- octo-bots:close-stale -->';
const config = {
  'close-issues': true,
  'close-prs': true,
  'stale-expiration': '60 days',
  'stale-comment': 'Closed for silence.',
  'exempt-labels': ['hotfix', 'release'],
};
const operation = jobOperation(closeStale, config);

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 24 * 60 * 60 * 1000);
}

async function staleIssue(bench: GitHubBench, where = place, labels: readonly string[] = []): Promise<number> {
  return (await bench.github.createIssue({ ...where, labels, updatedAt: daysAgo(61) })).number;
}

async function stalePullRequest(bench: GitHubBench, head: string): Promise<number> {
  const { number } = await bench.github.openPullRequest({ ...place, head });
  await bench.github.setUpdatedAt(owner, repo, number, daysAgo(61));
  return number;
}

function sweep(bench: GitHubBench, options: { attempt?: number; state?: unknown; signal?: AbortSignal } = {}) {
  return bench.runOnTick(operation, { dueAt: new Date(), ...options });
}

/** A state as it comes back out of Redis once its rate limits are over. */
function anHourLater(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state), (key, value) => (key === 'resumeAt' ? value - 3_600_000 : value));
}

async function stateOf(bench: GitHubBench, number: number, where = place): Promise<string> {
  return (await bench.github.issue(where.owner, where.repo, number)).state;
}

describe('close-stale', { timeout: 60_000 }, () => {
  it('comments on and closes stale issues and pull requests, and leaves the others', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    const pullRequest = await stalePullRequest(bench, 'old');
    const exempt = await staleIssue(bench, place, ['Hotfix', 'bug']);
    const fresh = (await bench.github.createIssue({ ...place, updatedAt: daysAgo(59) })).number;

    const outcome = await sweep(bench);

    expect(outcome).toEqual({
      status: 'done',
      summary:
        'closed 1 issue and 1 pull request; looked at 2 repositories of 2 installations; 1 kept open by an exempt label',
    });
    expect(await bench.github.issue(owner, repo, issue)).toMatchObject({ state: 'closed', stateReason: 'not_planned' });
    expect(await bench.github.pullRequest(owner, repo, pullRequest)).toMatchObject({ state: 'closed', merged: false });
    for (const number of [issue, pullRequest]) {
      expect(await bench.github.commentsOf(owner, repo, number)).toMatchObject([
        { author: 'octo-bots[bot]', body: `Closed for silence.\n\n${marker}` },
      ]);
    }
    for (const number of [exempt, fresh]) {
      expect(await bench.github.issue(owner, repo, number)).toMatchObject({ state: 'open', comments: 0 });
    }
  });

  it('does nothing the second time', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    await sweep(bench);
    const changes = bench.changes();

    const again = await sweep(bench, { attempt: 2 });

    expect(again).toMatchObject({ status: 'done', summary: expect.stringMatching(/^closed 0 issues and 0 pull/) });
    expect(bench.changes()).toEqual(changes);
    expect(await bench.github.commentsOf(owner, repo, issue)).toHaveLength(1);
  });

  it.each([
    { asked: 'issues', options: { 'close-issues': true }, open: 'pull request' },
    { asked: 'pull requests', options: { 'close-prs': true }, open: 'issue' },
  ])('closes $asked only when asked for these alone', async ({ options, open }) => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    const pullRequest = await stalePullRequest(bench, 'old');

    await bench.runOnTick(jobOperation(closeStale, { ...options, 'stale-expiration': '60 days' }), {
      dueAt: new Date(),
    });

    expect(await stateOf(bench, issue)).toBe(open === 'issue' ? 'open' : 'closed');
    expect(await stateOf(bench, pullRequest)).toBe(open === 'issue' ? 'closed' : 'open');
  });

  it('goes over every repository of every installation', async () => {
    const accounts = [
      { login: 'octo-org', type: 'Organization', repositories: ['hello-world', 'tools'] },
      { login: 'acme', type: 'Organization', repositories: ['anvil'] },
      { login: 'mona', type: 'User', repositories: ['notes'] },
      { login: 'stranger', type: 'Organization', repositories: ['private'], installation: 'none' },
    ] as const;
    await using bench = await GitHubBench.start({ accounts });
    const places = accounts.flatMap(({ login, repositories }) =>
      repositories.map((name) => ({ owner: login, repo: name })),
    );
    for (const where of places) await staleIssue(bench, where);

    const outcome = await sweep(bench);

    expect(outcome).toEqual({
      status: 'done',
      summary: 'closed 4 issues and 0 pull requests; looked at 4 repositories of 3 installations',
    });
    const states = await Promise.all(places.map((where) => stateOf(bench, 1, where)));
    expect(states).toEqual(['closed', 'closed', 'closed', 'closed', 'open']);
  });

  it('misses nothing on the second page although closing moves it to the first', async () => {
    await using bench = await GitHubBench.start();
    const first = (await bench.github.createIssue({ ...place, updatedAt: daysAgo(62) })).number;
    for (let n = 1; n <= 99; n++) await staleIssue(bench, place, ['release']);
    const last = (await bench.github.createIssue({ ...place, updatedAt: daysAgo(60.5) })).number;

    const outcome = await sweep(bench);

    expect(outcome).toMatchObject({
      summary: expect.stringMatching(/^closed 2 issues and .*; 99 kept open by an exempt label$/),
    });
    expect(await Promise.all([stateOf(bench, first), stateOf(bench, last)])).toEqual(['closed', 'closed']);
  });

  it('passes over archived repositories', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    await bench.github.api(owner, 'PATCH', `/repos/${owner}/${repo}`, { archived: true });

    const outcome = await sweep(bench);

    expect(outcome).toMatchObject({ summary: expect.stringContaining('looked at 1 repository of 2 installations') });
    expect(await stateOf(bench, issue)).toBe('open');
  });

  it('closes the pull requests of a repository without issues', async () => {
    await using bench = await GitHubBench.start();
    const pullRequest = await stalePullRequest(bench, 'old');
    const body = { message: 'Issues are disabled for this repo' };
    bench.github.answerNext({ method: 'GET', path: /hello-world\/issues\?/, status: 410, body });

    const outcome = await sweep(bench);

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining('1 pull request;') });
    expect(await stateOf(bench, pullRequest)).toBe('closed');
  });

  it('goes on after a repository that fails, and names it in the end', async () => {
    await using bench = await GitHubBench.start();
    const inFailing = await staleIssue(bench);
    const inNext = await staleIssue(bench, { owner: 'mona', repo: 'notes' });
    const body = { message: 'Resource not accessible by integration' };
    bench.github.answerNext({ method: 'GET', path: /hello-world\/issues\?/, status: 403, body });

    const outcome = await sweep(bench);

    expect(outcome).toEqual({
      status: 'failed',
      reason:
        'closed 1 issue and 0 pull requests; looked at 2 repositories of 2 installations; ' +
        'failed for octo-org/hello-world (GITHUB_REQUEST_REFUSED 403)',
      code: 'GITHUB_REQUEST_REFUSED',
      retryable: false,
    });
    expect(await stateOf(bench, inFailing)).toBe('open');
    expect(await stateOf(bench, inNext, { owner: 'mona', repo: 'notes' })).toBe('closed');
  });

  it('can be tried again when one of the failures may pass', async () => {
    await using bench = await GitHubBench.start();
    await staleIssue(bench);
    const next = await staleIssue(bench);
    bench.github.answerNext({ method: 'POST', path: /issues\/1\/comments$/, status: 502, body: { message: 'Oh' } });

    const outcome = await sweep(bench);

    expect(outcome).toMatchObject({
      status: 'failed',
      code: 'GITHUB_REQUEST_FAILED',
      retryable: true,
      reason: expect.stringMatching(/failed for octo-org\/hello-world#1 \(GITHUB_REQUEST_FAILED 502\)$/),
    });
    expect(await stateOf(bench, next)).toBe('closed');
  });

  it('closes on the next attempt, without a second comment, what it had only commented on', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    const pullRequest = await stalePullRequest(bench, 'old');
    const talkedOn = (await bench.github.createIssue(place)).number;
    await bench.github.comment(owner, repo, talkedOn, 'Still needed!');
    bench.github.answerNext({ method: 'PATCH', path: /\/(issues|pulls)\/\d+$/, status: 403, body: {}, times: 2 });
    expect(await sweep(bench)).toMatchObject({ status: 'failed' });
    expect(await stateOf(bench, issue)).toBe('open');

    const outcome = await sweep(bench, { attempt: 2 });

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringMatching(/^closed 1 issue and 1 pull/) });
    for (const number of [issue, pullRequest]) {
      expect(await bench.github.issue(owner, repo, number)).toMatchObject({ state: 'closed', comments: 1 });
    }
    expect(await stateOf(bench, talkedOn)).toBe('open');
  });

  it('leaves open on the next attempt what a person answered to', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    bench.github.answerNext({ method: 'PATCH', path: /\/issues\/\d+$/, status: 403, body: {} });
    await sweep(bench);
    await bench.github.comment(owner, repo, issue, 'Still needed!');

    await sweep(bench, { attempt: 2 });

    expect(await bench.github.issue(owner, repo, issue)).toMatchObject({ state: 'open', comments: 2 });
  });

  it('comments anew on what was reopened and became stale again', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    await sweep(bench);
    await bench.github.api(owner, 'PATCH', `/repos/${owner}/${repo}/issues/${issue}`, { state: 'open' });

    const inAYear = new Date(Date.now() + 365 * 24 * 60 * 60 * 1000);
    await bench.github.setUpdatedAt(owner, repo, issue, new Date(Date.now() + 60_000));
    await bench.runOnTick(operation, { dueAt: inAYear });

    expect(await bench.github.issue(owner, repo, issue)).toMatchObject({ state: 'closed', comments: 2 });
  });

  it('goes over the other installations while one is at its rate limit', async () => {
    await using bench = await GitHubBench.start();
    const limited = await staleIssue(bench);
    const other = await staleIssue(bench, { owner: 'mona', repo: 'notes' });
    bench.github.answerNext({
      method: 'GET',
      path: /hello-world\/issues\?/,
      status: 403,
      headers: { 'retry-after': '3600' },
      body: { message: 'You have exceeded a secondary rate limit' },
    });

    const outcome = await sweep(bench);

    expect(outcome).toMatchObject({ status: 'later', state: { tally: { closed: { issue: 1, 'pull-request': 0 } } } });
    expect(await stateOf(bench, other, { owner: 'mona', repo: 'notes' })).toBe('closed');
    expect(await stateOf(bench, limited)).toBe('open');
  });

  it('waits for a rate limit and goes on with what it had closed', async () => {
    await using bench = await GitHubBench.start();
    await staleIssue(bench);
    const other = await staleIssue(bench, { owner: 'mona', repo: 'notes' });
    bench.github.answerNext({
      method: 'GET',
      path: /notes\/issues\?/,
      status: 403,
      headers: { 'retry-after': '3600' },
      body: { message: 'You have exceeded a secondary rate limit' },
    });

    const outcome = await sweep(bench);

    expect(outcome).toMatchObject({ status: 'later', state: { tally: { closed: { issue: 1, 'pull-request': 0 } } } });
    if (outcome.status !== 'later') throw new Error('it did not wait');
    expect(outcome.at).toBeGreaterThan(Date.now() + 3_000_000);
    expect(await stateOf(bench, other, { owner: 'mona', repo: 'notes' })).toBe('open');
    const resumed = await sweep(bench, { state: anHourLater(outcome.state) });
    expect(resumed).toMatchObject({ status: 'done', summary: expect.stringMatching(/^closed 2 issues/) });
    expect(await stateOf(bench, other, { owner: 'mona', repo: 'notes' })).toBe('closed');
  });

  it('stops when it is told to', async () => {
    await using bench = await GitHubBench.start();
    const issue = await staleIssue(bench);
    const reason = new OctoError('RUN_ABORTED', 'the worker shuts down');
    await expect(sweep(bench, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await stateOf(bench, issue)).toBe('open');
  });

  it('has nothing to do when it is to close neither', async () => {
    await using bench = await GitHubBench.start();
    const neither = jobOperation(closeStale, { 'stale-expiration': '60 days' });
    expect(await bench.runOnTick(neither, { dueAt: new Date() })).toEqual({
      status: 'skipped',
      reason: expect.stringContaining('there is nothing to close'),
    });
    expect(bench.github.requests()).toEqual([]);
  });

  it('wants an expiration with a unit', () => {
    expect(problemsOf(closeStale, {})).not.toEqual([]);
    expect(problemsOf(closeStale, { 'stale-expiration': '60' })).not.toEqual([]);
    expect(problemsOf(closeStale, { 'stale-expiration': 60 })).not.toEqual([]);
    expect(problemsOf(closeStale, { ...config, 'exempt-label': [] })).not.toEqual([]);
    expect(problemsOf(closeStale, config)).toEqual([]);
  });
});
