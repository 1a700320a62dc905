import { type Filter, filterOut, letThrough, type Outcome } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { GitHubBench, jobOperation } from '../test-support/harness.ts';
import { closeStale } from './close-stale.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const place = { owner, repo };
const dayMs = 24 * 60 * 60 * 1000;
const stale = () => new Date(Date.now() - 61 * dayMs);
const expiration = { 'stale-expiration': '60 days' };

function sweep(bench: GitHubBench, config: object, state?: unknown): Promise<Outcome> {
  return bench.runOnTick(jobOperation(closeStale, { ...expiration, ...config }), { dueAt: new Date(), state });
}

function stateAfter(outcome: Outcome): { state: unknown; at: number; reason: string } {
  if (outcome.status !== 'later') throw new Error(`it ended ${outcome.status} and did not wait`);
  return { ...outcome, state: JSON.parse(JSON.stringify(outcome.state)) };
}

async function stalePull(bench: GitHubBench, head: string, more: { base?: string; draft?: boolean } = {}) {
  const files = { [`${head}.txt`]: head };
  const { number } = await bench.github.openPullRequest({ ...place, head, files, ...more });
  await bench.github.setUpdatedAt(owner, repo, number, stale());
  return number;
}

async function branches(bench: GitHubBench): Promise<string[]> {
  const list = await bench.github.api(owner, 'GET', `/repos/${owner}/${repo}/branches?per_page=100`);
  return Array.isArray(list) ? list.map(({ name }) => String(name)) : [];
}

describe('close-stale on pull requests', { timeout: 60_000 }, () => {
  it('deletes the branches of those it closes, but none that another pull request needs', async () => {
    await using bench = await GitHubBench.start();
    const closed = await stalePull(bench, 'alone');
    await stalePull(bench, 'stacked');
    await bench.github.openPullRequest({ ...place, head: 'on-top', base: 'stacked' });

    await sweep(bench, { 'pull-requests': { 'delete-branch': true } });

    expect((await bench.github.pullRequest(owner, repo, closed)).state).toBe('closed');
    expect((await branches(bench)).toSorted()).toEqual(['main', 'on-top', 'stacked']);
  });

  it('leaves drafts alone with exempt-drafts', async () => {
    await using bench = await GitHubBench.start();
    const draft = await stalePull(bench, 'draft', { draft: true });
    const ready = await stalePull(bench, 'ready');
    expect(await sweep(bench, { 'pull-requests': { 'exempt-drafts': true } })).toMatchObject({
      summary: expect.stringContaining('closed 0 issues and 1 pull request'),
    });
    expect((await bench.github.pullRequest(owner, repo, draft)).state).toBe('open');
    expect((await bench.github.pullRequest(owner, repo, ready)).state).toBe('closed');
  });

  it('makes them drafts instead with convert-to-draft, once', async () => {
    await using bench = await GitHubBench.start();
    const number = await stalePull(bench, 'ready');
    const drafts = { 'pull-requests': { 'convert-to-draft': true } };
    expect(await sweep(bench, drafts)).toMatchObject({
      summary: expect.stringContaining('made 1 pull request a draft'),
    });
    expect(await bench.github.pullRequest(owner, repo, number)).toMatchObject({
      state: 'open',
      draft: true,
      comments: 1,
    });
    const later = new Date(Date.now() + 90 * dayMs);
    const again = jobOperation(closeStale, { ...expiration, ...drafts });
    expect(await bench.runOnTick(again, { dueAt: later })).toMatchObject({
      summary: expect.stringContaining('1 kept open by being a draft already'),
    });
    expect(await bench.github.pullRequest(owner, repo, number)).toMatchObject({ comments: 1 });
  });

  it('fails with the reason that GraphQL gives', async () => {
    await using bench = await GitHubBench.start();
    await stalePull(bench, 'ready');
    const body = { data: null, errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }] };
    bench.github.answerNext({ method: 'POST', path: /graphql/, status: 200, body });
    expect(await sweep(bench, { 'pull-requests': { 'convert-to-draft': true } })).toMatchObject({
      status: 'failed',
      code: 'GITHUB_REQUEST_REFUSED',
    });
  });
});

describe('what close-stale reads of an item', { timeout: 60_000 }, () => {
  const keptBy = async (bench: GitHubBench, config: object) => {
    const outcome = await sweep(bench, { 'close-issues': true, 'close-prs': true, 'dry-run': true, ...config });
    if (outcome.status !== 'done') throw new Error(`it ended ${outcome.status}`);
    return outcome.summary.split('; ').filter((part) => part.includes('kept open'));
  };

  it('is its author, milestone, assignees and labels', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue({ ...place, labels: ['bug'] });
    const path = `/repos/${owner}/${repo}`;
    await bench.github.api(owner, 'POST', `${path}/milestones`, { title: 'v2' });
    await bench.github.api(owner, 'PATCH', `${path}/issues/${number}`, { milestone: 1, assignees: ['octocat'] });
    await bench.github.setUpdatedAt(owner, repo, number, stale());
    expect(await keptBy(bench, {})).toEqual([]);
    for (const [config, by] of [
      [{ 'exempt-labels': ['Bug'] }, 'an exempt label'],
      [{ 'exempt-authors': ['octocat'] }, 'an exempt author'],
      [{ 'exempt-milestones': ['v2'] }, 'an exempt milestone'],
      [{ 'exempt-assignees': 'any' }, 'an exempt assignee'],
      [{ 'only-authors': ['mona'] }, 'only-authors'],
      [{ issues: { 'only-types': ['Bug'] } }, 'only-types'],
      [{ 'start-date': new Date().toISOString().slice(0, 10) }, 'start-date'],
    ] as const) {
      expect((await keptBy(bench, config)).map((part) => part.split('\n')[0])).toEqual([`1 kept open by ${by}`]);
    }
    expect(await keptBy(bench, { 'only-assigned': true, 'only-labels': ['bug'], 'start-date': '2020-01-01' })).toEqual(
      [],
    );
  });

  it('is its type, which the emulated GitHub does not have', async () => {
    await using bench = await GitHubBench.start();
    const { number } = await bench.github.createIssue({ ...place, updatedAt: stale() });
    const { json } = await bench.github.issue(owner, repo, number);
    // As docs.github.com/rest/issues has it: an object, or null.
    const typed = { ...json, type: { id: 1, name: 'Bug' } };
    for (const [types, would] of [
      [['Task'], 0],
      [['bug'], 1],
    ] as const) {
      const listing = { method: 'GET', path: /hello-world\/issues\?/, status: 200 };
      bench.github.answerNext({ ...listing, body: [typed] });
      expect(await sweep(bench, { issues: { 'only-types': types }, 'dry-run': true })).toMatchObject({
        summary: expect.stringContaining(`would change ${would} item`),
      });
    }
  });
});

describe('the sweep of close-stale', { timeout: 60_000 }, () => {
  it('changes nothing with dry-run, and tells of each item what it would do and why', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createIssue({ ...place, updatedAt: stale() });
    await bench.github.createIssue({ owner: 'mona', repo: 'notes', updatedAt: stale(), labels: ['pinned'] });
    const outcome = await sweep(bench, {
      issues: { 'close-after': '7 days' },
      'exempt-labels': ['pinned'],
      'dry-run': true,
    });
    expect(outcome).toEqual({
      status: 'done',
      summary:
        'dry run, nothing was changed: would change 1 item; looked at 2 repositories of 2 installations; 1 kept open by an exempt label\n' +
        'would mark octo-org/hello-world#1 (issue): nothing happened for 61 days',
    });
    expect(bench.changes()).toEqual([]);
  });

  it('works only on repositories that repo-filter lets through, and asks nothing of the others', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createIssue({ ...place, updatedAt: stale() });
    await bench.github.createIssue({ owner: 'mona', repo: 'notes', updatedAt: stale() });
    const onlyMona: Filter = {
      type: 'only-mona',
      pure: true,
      onlyEvents: undefined,
      filter: ({ payload }) => {
        const name = (payload as { repository: { full_name: string } }).repository.full_name;
        return name.startsWith('mona/') ? letThrough(name) : filterOut(`${name} is not mona’s`);
      },
    };
    const operation = closeStale.create({
      'close-issues': true,
      'stale-expiration': 60 * dayMs,
      'repo-filter': [onlyMona],
      'weekdays-only': false,
      'sort-by': 'updated',
      descending: false,
      'dry-run': false,
    });
    if (operation.trigger !== 'tick') throw new Error('it is an operation of background jobs');
    expect(await bench.runOnTick(operation, { dueAt: new Date() })).toMatchObject({
      summary: 'closed 1 issue and 0 pull requests; looked at 2 repositories of 2 installations, 1 filtered out',
    });
    const asked = bench.github.requests().filter(({ token, path }) => token === 'installation' && path.includes(repo));
    expect(asked).toEqual([]);
  });

  it('goes on in the next hour where its budget ended, in the order that was asked for', async () => {
    await using bench = await GitHubBench.start();
    for (const days of [63, 65, 64]) {
      await bench.github.createIssue({ ...place, updatedAt: new Date(Date.now() - days * dayMs) });
    }
    const config = { 'close-issues': true, 'budget-per-hour': 2, descending: true };
    const first = stateAfter(await sweep(bench, config));
    expect(first.reason).toMatch(/budget-per-hour/);
    expect(first.at).toBeGreaterThan(Date.now() + 3_500_000);
    const states = async () =>
      Promise.all([1, 2, 3].map(async (number) => (await bench.github.issue(owner, repo, number)).state));
    expect(await states()).toEqual(['closed', 'open', 'closed']);
    const anHourAgo = JSON.parse(JSON.stringify(first.state), (key, value) =>
      key === 'since' ? value - 3_600_000 : value,
    );
    expect(await sweep(bench, config, anHourAgo)).toMatchObject({ summary: expect.stringMatching(/^closed 3 issues/) });
    expect(await states()).toEqual(['closed', 'closed', 'closed']);
  });

  it('returns after a hundred repositories with where it is, in a small state, and forgets none', async () => {
    const repositories = Array.from({ length: 130 }, (_, n) => `repository-${n}`);
    await using bench = await GitHubBench.start({
      accounts: [
        { login: 'one', type: 'Organization', repositories },
        { login: 'two', type: 'Organization', repositories: ['last'] },
      ],
    });
    const places = [
      { owner: 'one', repo: 'repository-0' },
      { owner: 'one', repo: 'repository-129' },
      { owner: 'two', repo: 'last' },
    ];
    for (const where of places) await bench.github.createIssue({ ...where, updatedAt: stale() });
    const config = { 'close-issues': true };
    const first = stateAfter(await sweep(bench, config));
    expect(first).toMatchObject({ reason: '100 repositories of 1 installations are gone over; it goes on' });
    expect(JSON.stringify(first.state).length).toBeLessThan(1_000);

    const seen = bench.github.requests().length;
    expect(await sweep(bench, config, first.state)).toEqual({
      status: 'done',
      summary: 'closed 3 issues and 0 pull requests; looked at 131 repositories of 2 installations',
    });
    const again = bench.github
      .requests()
      .slice(seen)
      .map(({ path }) => path);
    expect(again.filter((path) => path.includes('/repository-0/'))).toEqual([]);
  });

  it('starts an installation over when its list of repositories has moved', async () => {
    const repositories = Array.from({ length: 101 }, (_, n) => `repository-${n}`);
    await using bench = await GitHubBench.start({ accounts: [{ login: 'one', type: 'Organization', repositories }] });
    const config = { 'close-issues': true };
    const first = stateAfter(await sweep(bench, config));
    await bench.github.api('one', 'DELETE', '/repos/one/repository-3');
    await bench.github.createIssue({ owner: 'one', repo: 'repository-100', updatedAt: stale() });
    const second = await sweep(bench, config, first.state);
    const last = second.status === 'later' ? await sweep(bench, config, stateAfter(second).state) : second;
    expect(last).toMatchObject({ status: 'done', summary: expect.stringMatching(/^closed 1 issue/) });
  });

  it('passes over an installation that is at a rate limit in each slice until it is over', async () => {
    await using bench = await GitHubBench.start();
    await bench.github.createIssue({ ...place, updatedAt: stale() });
    const headers = { 'retry-after': '3600' };
    const body = { message: 'You have exceeded a secondary rate limit' };
    bench.github.answerNext({ method: 'GET', path: /hello-world\/issues\?/, status: 403, headers, body });
    const first = stateAfter(await sweep(bench, { 'close-issues': true }));
    await bench.github.createIssue({ owner: 'mona', repo: 'notes', updatedAt: stale() });
    const second = stateAfter(await sweep(bench, { 'close-issues': true }, first.state));
    expect(second.at).toBe(first.at);
    expect((await bench.github.issue(owner, repo, 1)).state).toBe('open');
  });
});
