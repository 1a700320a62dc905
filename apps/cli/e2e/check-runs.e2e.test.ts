import { waitFor } from '@octo-bots/testing';
import { expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const owner = 'octo-org';
const repo = 'hello-world';

const bots = `
  bots:
    - name: Forbidden files
      filters:
        - events-filter:
            events: [{name: pull_request, actions: [opened]}]
      operations:
        - pull-request-forbidden-files:
            forbidden-files: ['**/*.exe']
            target-pull-request-branches: [main]
`;

it('a check run whose worker is killed between opening and closing it is closed by another worker', async () => {
  await using deployment = await deploy({ bots });
  const { github } = deployment;
  await deployment.start('ingress');
  const doomed = await deployment.start('worker');
  github.slowDown({ path: /\/git\/trees\//, ms: 3000 });
  const { head } = await github.openPullRequest({ owner, repo, head: 'feature/a', files: { 'bin/setup.exe': 'MZ' } });
  const checkRuns = async () => {
    const path = `/repos/${owner}/${repo}/commits/${head.sha}/check-runs?filter=all`;
    // What GitHub documents of a list of check runs.
    const { check_runs: all } = (await github.api(owner, 'GET', path)) as {
      check_runs: { id: number; status: string; conclusion: string | null }[];
    };
    return all;
  };
  const [opened] = await waitFor('the check run to be open', async () => {
    const all = await checkRuns();
    return all.length > 0 && all;
  });
  expect(opened?.status).toBe('in_progress');

  doomed.kill('SIGKILL');
  await deployment.start('worker');

  await waitFor('the check run to be closed', async () => (await checkRuns())[0]?.status === 'completed', {
    timeoutMs: 100_000,
  });
  expect(await checkRuns()).toMatchObject([{ id: opened?.id, conclusion: 'failure' }]);
});
