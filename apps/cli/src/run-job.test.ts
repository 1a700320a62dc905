import { writeFile } from 'node:fs/promises';
import { startConjur, startGitHub, writeDeployment } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';
import { writeSmallDeployment } from './test-support/deployment.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };
const longAgo = new Date(Date.now() - 61 * 24 * 60 * 60 * 1000);

const jobs = `
  jobs:
    - name: Close stale issues
      every: 1 day
      operations:
        - close-stale:
            close-issues: true
            stale-expiration: 60 days
`;

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await runCli(['run-job', ...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('octo-bots run-job', { timeout: 60_000 }, () => {
  it('tells what a background job would do, then does it, and ends with 0', async () => {
    await using github = await startGitHub();
    await using written = await writeDeployment({ github, jobs });
    const { number } = await github.createIssue({ ...place, updatedAt: longAgo });
    const config = ['--config', written.configPath];
    const dry = await run('close-stale-issues', '--dry-run', ...config);
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('close-stale: done: dry run') });
    expect(dry.out).toContain(`would close octo-org/hello-world#${number} (issue): nothing happened for 61 days`);
    expect((await github.issue(place.owner, place.repo, number)).state).toBe('open');

    const real = await run('Close stale issues', ...config);
    expect(real).toMatchObject({ code: 0, out: expect.stringContaining('closed 1 issue') });
    expect(real.err).toContain(`changed: octo-org/hello-world#${number}, close, nothing happened for 61 days`);
    expect(await github.issue(place.owner, place.repo, number)).toMatchObject({ state: 'closed', comments: 1 });
  });

  it('goes on after each slice, and ends with 1 when an operation failed', async () => {
    const repositories = Array.from({ length: 101 }, (_, n) => `repository-${n}`);
    await using github = await startGitHub({ accounts: [{ login: 'one', type: 'Organization', repositories }] });
    await using written = await writeDeployment({ github, jobs });
    github.answerNext({ method: 'GET', path: /repository-7\/issues/, status: 403, body: { message: 'No' } });
    const { code, out, err } = await run('Close stale issues', '--config', written.configPath);
    expect(code).toBe(1);
    expect(err).toContain('100 repositories of 1 installations are gone over; it goes on');
    expect(out).toContain('looked at 101 repositories');
    expect(out).toContain('failed for one/repository-7 (GITHUB_REQUEST_REFUSED 403)');
  });

  it('ends with 1 when a vault is out of reach, and does not wait for it', async () => {
    await using conjur = await startConjur();
    await conjur.stop();
    const vaults = {
      conjur: { 'api-url': conjur.url, account: conjur.account, login: 'host/octo-bots', 'api-key': 'k' },
    };
    await using written = await writeSmallDeployment({ jobs, vaults });
    await writeFile(
      written.githubSecretsPath,
      'app-id: 1\nclient-id: i\nclient-secret: s\nprivate-key: !conjur key\nwebhook-secret: w\n',
    );
    const { code, out, err } = await run('close-stale-issues', '--config', written.configPath);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^Conjur at \S+ did not answer \(ECONNREFUSED\); .*\n$/);
  });

  it('ends with 2 and the names there are when it was used wrongly', async () => {
    await using github = await startGitHub();
    await using written = await writeDeployment({ github, jobs });
    const unknown = await run('Stale', '--config', written.configPath);
    expect(unknown).toEqual({
      code: 2,
      out: '',
      err: 'there is no background job "Stale"; allowed: "Close stale issues"\n',
    });
    expect((await run('--config', written.configPath)).code).toBe(2);
  });
});
