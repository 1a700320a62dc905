import { waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentProcesses, deploy } from './deployment-processes.ts';

const org = { owner: 'octo-org', repo: 'hello-world' } as const;
const mona = { owner: 'mona', repo: 'notes' } as const;
type Place = typeof org | typeof mona;

const bots = `
  bots:
    - name: Forbidden files
      filters:
        - events-filter:
            events:
              - name: pull_request
                actions: [opened]
      operations:
        - pull-request-forbidden-files:
            forbidden-files: ['**/*.exe']
            target-pull-request-branches: [main]
      queue:
        attempts: 1
`;

describe('an installation at a limit of GitHub', () => {
  let deployment: DeploymentProcesses;

  beforeAll(async () => {
    deployment = await deploy({ bots });
    await Promise.all([deployment.start('ingress'), deployment.start('worker')]);
  });

  afterAll(() => deployment?.[Symbol.asyncDispose]());

  async function open({ owner, repo }: Place, head: string) {
    // Of its own, or two branches made within one second have one and the same commit.
    const files = { 'bin/setup.exe': `MZ ${head}` };
    const { number, head: at } = await deployment.github.openPullRequest({ owner, repo, head, files });
    const checkRuns = async () => {
      const path = `/repos/${owner}/${repo}/commits/${at.sha}/check-runs?filter=all`;
      // What GitHub documents of a list of check runs.
      const { check_runs: all } = (await deployment.github.api(owner, 'GET', path)) as {
        check_runs: { status: string; conclusion: string | null; output: { summary: string } }[];
      };
      return all;
    };
    /** Every ending of its run, as the worker logs it. */
    const endings = () =>
      deployment
        .workerLog()
        .filter(({ msg, run }) => msg === 'run ended' && run === runOf(number))
        .map(({ status, attempt }) => [status, attempt]);
    const runOf = (pullRequest: number) => {
      const delivery = deployment.github.deliveries().find(({ event, body, repository }) => {
        return (
          event === 'pull_request' && repository === `${owner}/${repo}` && body.includes(`"number":${pullRequest},`)
        );
      })?.delivery;
      return `${delivery}.forbidden-files`;
    };
    return { number, checkRuns, endings };
  }

  it('waits for the reset without an attempt, and ends; another installation is not held up', async () => {
    const { github } = deployment;
    const resetAt = Math.ceil(Date.now() / 1000) + 24;
    github.answerNext({
      path: /^\/repos\/octo-org\/hello-world\/commits\//,
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetAt) },
      body: { message: 'API rate limit exceeded for installation ID 1.' },
    });
    const limited = await open(org, 'feature/limited');
    await waitFor('the limited run to be put off', () => limited.endings().length > 0);

    const free = await open(mona, 'feature/free');
    await waitFor('the other installation', () => free.endings().length > 0);
    expect(Date.now() / 1000).toBeLessThan(resetAt);
    expect(free.endings()).toEqual([['done', 1]]);
    expect(limited.endings()).toEqual([['later', 1]]);

    github.answerNext({
      path: /^\/repos\/mona\/notes\/git\/trees\//,
      status: 429,
      headers: { 'retry-after': '21' },
      body: { message: 'You have exceeded a secondary rate limit.' },
    });
    const secondary = await open(mona, 'feature/secondary');
    await waitFor('both to end', () => limited.endings().length > 1 && secondary.endings().length > 1, {
      timeoutMs: 60_000,
    });
    for (const { endings, checkRuns } of [limited, secondary]) {
      expect(endings()).toEqual([
        ['later', 1],
        ['done', 1],
      ]);
      expect(await checkRuns()).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
    }
  });

  it('whose requests are refused finds its check run closed, with the code and the run', async () => {
    deployment.github.answerNext({
      path: /\/git\/trees\//,
      status: 403,
      body: { message: 'Resource not accessible by integration at 10.0.0.7' },
    });
    const refused = await open(org, 'feature/refused');
    await waitFor('the run to end', () => refused.endings().length > 0);

    expect(refused.endings()).toEqual([['failed', 1]]);
    const [checkRun, ...others] = await refused.checkRuns();
    expect(others).toEqual([]);
    expect(checkRun).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(checkRun?.output.summary).toMatch(/`GITHUB_REQUEST_REFUSED`.*`[\w-]+\.forbidden-files`/s);
    expect(checkRun?.output.summary).not.toContain('10.0.0.7');
  });
});
