import { failed } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { eventOperation, GitHubBench, problemsOf } from '../test-support/harness.ts';
import { pullRequestForbiddenFiles } from './pull-request-forbidden-files.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const config = { 'forbidden-files': ['**/*.exe', '.env'], 'target-pull-request-branches': ['main', 'release/*'] };
const bad = { '.env': 'A=1\n', 'tools/win/setup.exe': 'MZ', 'src/main.c': 'int main;\n' };

describe('pull-request-forbidden-files', { timeout: 30_000 }, () => {
  const operation = eventOperation(pullRequestForbiddenFiles, config);

  async function opened(files: Record<string, string>, base = 'main') {
    const bench = await GitHubBench.start();
    const pull = await bench.github.openPullRequest({ owner, repo, head: 'feature/a', base, files });
    const event = await bench.pullRequestEvent(owner, repo, pull.number);
    return {
      bench,
      pull,
      event,
      checkRuns: () => bench.checkRunsOf(owner, repo, pull.head.sha),
      [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
    };
  }

  it('fails the check run and names every forbidden file, in whatever folder, and what to do', async () => {
    await using there = await opened(bad);

    const outcome = await there.bench.runOnEvent(operation, there.event);

    expect(outcome).toEqual({
      status: 'done',
      summary: `check run forbidden-files: failure; the head ${there.pull.head.sha.slice(0, 7)} of #${there.pull.number} has .env, tools/win/setup.exe`,
    });
    expect(await there.checkRuns()).toEqual([
      {
        name: 'forbidden-files',
        status: 'completed',
        conclusion: 'failure',
        externalId: 'a-run/0.operation',
        title: '2 forbidden files',
        summary:
          'Files that match `**/*.exe`, `.env` are not allowed here. Remove those below from the branch, for example with `git rm <file>`, commit and push.',
        text: '- `.env`\n- `tools/win/setup.exe`',
        annotations: 0,
      },
    ]);
  });

  it('asks for the tree once', async () => {
    await using there = await opened(bad);
    await there.bench.runOnEvent(operation, there.event);
    expect(there.bench.github.requests().filter(({ path }) => path.includes('/git/trees/'))).toHaveLength(1);
  });

  it('passes the check run when no file is forbidden', async () => {
    await using there = await opened({ 'src/main.c': 'int main;\n' });

    const outcome = await there.bench.runOnEvent(operation, there.event);

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining('success') });
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success', title: 'No forbidden file' }]);
  });

  it('goes through the folders one by one when GitHub cuts the list of all files', async () => {
    await using there = await opened(bad);
    const body = { sha: there.pull.head.sha, tree: [], truncated: true };
    there.bench.github.answerNext({ path: /\/git\/trees\/\w+\?recursive=1$/, status: 200, body });

    await there.bench.runOnEvent(operation, there.event);

    expect(await there.checkRuns()).toMatchObject([{ text: '- `.env`\n- `tools/win/setup.exe`' }]);
    expect(there.bench.github.requests().filter(({ path }) => path.includes('/git/trees/')).length).toBeGreaterThan(2);
  });

  it('says so when GitHub does not even list one folder in full', async () => {
    await using there = await opened(bad);
    const body = { sha: there.pull.head.sha, tree: [], truncated: true };
    there.bench.github.answerNext({ path: /\/git\/trees\//, status: 200, body, times: 2 });

    const outcome = await there.bench.runOnEvent(operation, there.event);

    expect(outcome).toMatchObject({ status: 'failed', retryable: false });
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'failure', title: 'Too many files to check' }]);
  });

  it('skips a pull request into another branch', async () => {
    await using there = await opened(bad, 'develop');

    const outcome = await there.bench.runOnEvent(operation, there.event);

    expect(outcome).toEqual({
      status: 'skipped',
      reason: `the base branch "develop" of #${there.pull.number} matches none of main, release/*`,
    });
    expect(there.bench.changes()).toEqual([]);
  });

  it('skips a closed pull request', async () => {
    await using there = await opened(bad);
    await there.bench.github.closePullRequest(owner, repo, there.pull.number);
    const event = await there.bench.pullRequestEvent(owner, repo, there.pull.number, 'closed');

    expect(await there.bench.runOnEvent(operation, event)).toMatchObject({ status: 'skipped' });
    expect(there.bench.changes()).toEqual([]);
  });

  it('checks the head once more for the button Re-run, in a check run of its own', async () => {
    await using there = await opened(bad);
    await there.bench.runOnEvent(operation, there.event);
    const event = await there.bench.rerunEvent(owner, repo, there.pull.head.sha, 'forbidden-files');

    const outcome = await there.bench.runOnEvent(operation, event, { key: 'another-run/0.operation' });

    expect(outcome).toMatchObject({ status: 'done', summary: expect.stringContaining('has .env') });
    expect(await there.checkRuns()).toMatchObject([
      { status: 'completed', conclusion: 'failure', externalId: 'a-run/0.operation' },
      { status: 'completed', conclusion: 'failure', externalId: 'another-run/0.operation' },
    ]);
  });

  it('leaves the button Re-run of another check, and of a commit that is no head any more', async () => {
    await using there = await opened(bad);
    const client = await there.bench.clientFor(there.event);
    const other = { owner, repo, head_sha: there.pull.head.sha, name: 'lint', external_id: 'lint' };
    await client.rest.checks.create({ ...other, status: 'completed', conclusion: 'success' });
    await there.bench.runOnEvent(operation, there.event);
    const ofOther = await there.bench.rerunEvent(owner, repo, there.pull.head.sha, 'lint');
    const ofOld = await there.bench.rerunEvent(owner, repo, there.pull.head.sha, 'forbidden-files');
    await there.bench.github.pushCommit({ owner, repo, branch: 'feature/a', files: { 'new.txt': 'new' } });

    expect(await there.bench.runOnEvent(operation, ofOther)).toEqual({
      status: 'skipped',
      reason: 'the re-run is of the check run "lint", not of forbidden-files',
    });
    expect(await there.bench.runOnEvent(operation, ofOld)).toEqual({
      status: 'skipped',
      reason: `${there.pull.head.sha.slice(0, 7)} is not the head of an open pull request any more`,
    });
  });

  it('makes one check run when it is executed twice', async () => {
    await using there = await opened(bad);

    await there.bench.runOnEvent(operation, there.event);
    await there.bench.runOnEvent(operation, there.event);

    expect(await there.checkRuns()).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
  });

  it('closes the check run of an attempt that was lost between opening and closing', async () => {
    await using there = await opened(bad);
    there.bench.github.answerNext({ path: /\/git\/trees\//, status: 502, times: 3 });
    await expect(there.bench.runOnEvent(operation, there.event)).rejects.toMatchObject({
      code: 'GITHUB_REQUEST_FAILED',
    });
    expect(await there.checkRuns()).toMatchObject([{ status: 'in_progress' }]);

    await there.bench.runOnEvent(operation, there.event);

    expect(await there.checkRuns()).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
  });

  it('finds the check run that GitHub made although its answer was lost', async () => {
    await using there = await opened(bad);
    const client = await there.bench.clientFor(there.event);
    const externalId = 'a-run/0.operation';
    const target = { owner, repo, head_sha: there.pull.head.sha, name: 'forbidden-files', external_id: externalId };
    await client.rest.checks.create({ ...target, status: 'in_progress' });

    await there.bench.runOnEvent(operation, there.event);

    expect(await there.checkRuns()).toMatchObject([{ status: 'completed' }]);
  });

  it('closes its check run when its run failed for good, with the code and the run and nothing internal', async () => {
    await using there = await opened(bad);
    there.bench.github.answerNext({ path: /\/git\/trees\//, status: 502, times: 3 });
    await expect(there.bench.runOnEvent(operation, there.event)).rejects.toThrow();
    const failure = failed('connect ECONNREFUSED 10.0.0.7:443', { code: 'GITHUB_REQUEST_FAILED', retryable: true });

    await there.bench.abandonOnEvent(operation, there.event, failure);
    await there.bench.abandonOnEvent(operation, there.event, failure);

    const [checkRun, ...others] = await there.checkRuns();
    expect(others).toEqual([]);
    expect(checkRun).toMatchObject({
      status: 'completed',
      conclusion: 'failure',
      title: 'This check could not be finished',
    });
    expect(checkRun?.summary).toContain('`GITHUB_REQUEST_FAILED`');
    expect(checkRun?.summary).toContain('`a-run`');
    expect(JSON.stringify(checkRun)).not.toContain('ECONNREFUSED');
  });

  it('leaves a result that it had come to when its run fails later', async () => {
    await using there = await opened({ 'src/main.c': 'int main;\n' });
    await there.bench.runOnEvent(operation, there.event);

    await there.bench.abandonOnEvent(operation, there.event, failed('another operation failed'));

    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success' }]);
  });

  it('opens nothing only to close it', async () => {
    await using there = await opened(bad);
    await there.bench.abandonOnEvent(operation, there.event, failed('never began'));
    expect(await there.checkRuns()).toEqual([]);
  });

  it('takes the options that users have, and no other', () => {
    expect(problemsOf(pullRequestForbiddenFiles, config)).toEqual([]);
    expect(problemsOf(pullRequestForbiddenFiles, {})).toEqual([]);
    expect(problemsOf(pullRequestForbiddenFiles, { ...config, 'forbidden-files': '*.exe' })).not.toEqual([]);
    expect(problemsOf(pullRequestForbiddenFiles, { ...config, forbidden: [] })).not.toEqual([]);
  });
});
