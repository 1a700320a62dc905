import { type EmulatedGitHub, waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { type DeploymentProcesses, deploy } from './deployment-processes.ts';

const organisations = 10;
const repositoriesEach = 100;
/** In how many repositories of each organisation something is stale: few enough for GitHub’s pace of comments. */
const staleEach = 8;
const dayMs = 24 * 60 * 60 * 1000;

const accounts = Array.from({ length: organisations }, (_, org) => ({
  login: `org-${org}`,
  type: 'Organization' as const,
  repositories: Array.from({ length: repositoriesEach }, (_, repo) => `repository-${repo}`),
}));

const jobs = [
  {
    name: 'Stale',
    every: '1 second',
    operations: [{ 'close-stale': { 'close-issues': true, 'stale-expiration': '60 days' } }],
  },
];

interface Place {
  readonly owner: string;
  readonly repo: string;
}

/** Spread over the repositories of each organisation, so that every slice has some. */
const stalePlaces: readonly Place[] = accounts.flatMap(({ login }) =>
  Array.from({ length: staleEach }, (_, n) => ({ owner: login, repo: `repository-${n * 12 + 3}` })),
);

async function seedIssues(github: EmulatedGitHub): Promise<void> {
  const stale = new Date(Date.now() - 61 * dayMs);
  const batches = accounts.map(async ({ login }) => {
    for (const place of stalePlaces.filter(({ owner }) => owner === login)) {
      await github.createIssue({ ...place, updatedAt: stale });
    }
    await github.createIssue({ owner: login, repo: 'repository-1' });
  });
  await Promise.all(batches);
}

/** What the App asked for, and how often. */
function counted(github: EmulatedGitHub, from: number) {
  const asked = github.requests().slice(from);
  const ofApp = asked.filter(({ token }) => token === 'installation' || token === 'app');
  const lists = ofApp.filter(({ path }) => /^\/(installation\/repositories|app\/installations)/.test(path));
  const inRepositories = ofApp.filter(({ path }) => path.startsWith('/repos/'));
  const listings = inRepositories.filter(({ method, path }) => method === 'GET' && /\/issues\?/.test(path));
  const each = new Map<string, number>();
  for (const { path } of inRepositories) {
    const repository = path.split('/').slice(2, 4).join('/');
    each.set(repository, (each.get(repository) ?? 0) + 1);
  }
  const comments = inRepositories.filter(({ method, path }) => method === 'POST' && path.endsWith('/comments'));
  return { all: ofApp.length, lists: lists.length, listings, inRepositories, each, comments: comments.length };
}

/** The runs that the workers have begun, and how each slice of them ended. */
function runsIn(deployment: DeploymentProcesses) {
  const log = deployment.workerLog();
  const started = new Set(log.filter(({ msg }) => msg === 'run started').map(({ run }) => String(run)));
  const endings = log.filter(({ msg }) => msg === 'run ended');
  const done = new Set(endings.filter(({ status }) => status === 'done').map(({ run }) => String(run)));
  return { started, done, slices: endings.length };
}

/** Lets one tick become a run, and no more. */
async function oneTick(deployment: DeploymentProcesses): Promise<void> {
  const before = runsIn(deployment).started.size;
  const scheduler = await deployment.start('scheduler');
  await waitFor('a run to start', () => runsIn(deployment).started.size > before, { timeoutMs: 60_000 });
  scheduler.kill('SIGKILL');
}

describe('a sweep of close-stale over 1,000 repositories', { timeout: 400_000 }, () => {
  it('neither repeats nor forgets one when its worker is killed, and then costs one request for each', async () => {
    await using deployment = await deploy({ jobs }, { accounts });
    const { github } = deployment;
    await seedIssues(github);
    const seeded = github.requests().length;

    const doomed = await deployment.start('worker');
    await oneTick(deployment);
    const half = stalePlaces.length / 2;
    // In the middle of it: between a comment and the closing that goes with it.
    github.slowDown({ path: /\/repos\/[^/]+\/[^/]+\/issues\/\d+$/, ms: 60 });
    await waitFor('half of the sweep', () => counted(github, seeded).comments >= half, { timeoutMs: 180_000 });
    doomed.kill('SIGKILL');
    await deployment.start('worker');
    await waitFor('the sweep to end on another worker', () => runsIn(deployment).done.size === 1, {
      timeoutMs: 240_000,
    });
    for (const { owner, repo } of stalePlaces) {
      expect(await github.issue(owner, repo, 1), `${owner}/${repo}`).toMatchObject({ state: 'closed', comments: 1 });
    }
    expect(await github.issue('org-0', 'repository-1', 1)).toMatchObject({ state: 'open', comments: 0 });
    const first = counted(github, seeded);
    expect(first.comments).toBe(stalePlaces.length);
    console.log(`1,000 repositories, ${stalePlaces.length} stale, one kill: ${first.all} requests`);
    // The slice that the kill cost is gone over again, and no more: 100 repositories.
    expect(first.listings.length).toBeLessThanOrEqual(organisations * repositoriesEach + 110);

    const swept = github.requests().length;
    await oneTick(deployment);
    await waitFor('the second sweep to end', () => runsIn(deployment).done.size === 2, { timeoutMs: 180_000 });
    const second = counted(github, swept);
    console.log(
      `1,000 repositories, nothing stale: ${second.inRepositories.length} conditional requests, ${second.lists} for the lists of repositories`,
    );
    expect(second.inRepositories).toEqual(second.listings);
    expect([...second.each.values()].filter((times) => times > 1)).toEqual([]);
    expect(second.each.size).toBe(organisations * repositoriesEach);
    // Conditional, each of them; what has not changed since this worker asked is answered 304.
    expect(second.listings.filter(({ headers }) => headers['if-none-match'] === undefined)).toEqual([]);
    expect(second.listings.filter(({ status }) => status === 304).length).toBeGreaterThan(100);
  });
});
