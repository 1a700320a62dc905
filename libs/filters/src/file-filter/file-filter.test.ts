import { type AskingFilter, type FilterVerdict, repositoryEvent } from '@octo-bots/core';
import { type EmulatedGitHub, startGitHub } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { createAsking, decideWith, eventOf, helloWorld, problemsOf, pullRequestOf } from '../test-support/harness.ts';
import { fileFilter } from './file-filter.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };

function installationOf(github: EmulatedGitHub) {
  return { installation: { id: github.installations[0]?.id } };
}

function push(github: EmulatedGitHub): object {
  return { ref: 'refs/heads/docs', repository: helloWorld, ...installationOf(github) };
}

function pullRequest(github: EmulatedGitHub, base: string): object {
  return { ...pullRequestOf('docs', base), ...installationOf(github) };
}

function verdict(github: EmulatedGitHub, filter: AskingFilter, payload: object): Promise<FilterVerdict> {
  return decideWith(github, filter, eventOf('pull_request' in payload ? 'pull_request' : 'push', payload));
}

function filterFor(...exists: string[]): AskingFilter {
  return createAsking(fileFilter, { exists });
}

describe('file-filter', { timeout: 30_000 }, () => {
  it('lets an event through when every file exists on the default branch', async () => {
    await using github = await startGitHub();
    await github.pushCommit({ ...place, branch: 'main', files: { 'src/a b.ts': 'export {};\n' } });
    expect(await verdict(github, filterFor('README.md', 'src/a b.ts'), push(github))).toEqual({
      filteredOut: false,
      reason: 'README.md, src/a b.ts exist in octo-org/hello-world on its default branch',
    });
  });

  it('filters out when one of the files is missing, and says which', async () => {
    await using github = await startGitHub();
    expect(await verdict(github, filterFor('README.md', '.clang-format', 'x'), push(github))).toEqual({
      filteredOut: true,
      reason: '.clang-format is missing in octo-org/hello-world on its default branch',
    });
  });

  it('takes a file in a missing folder for missing', async () => {
    await using github = await startGitHub();
    expect((await verdict(github, filterFor('no/such/folder/a.ts'), push(github))).filteredOut).toBe(true);
    expect((await verdict(github, filterFor('README.md/a.ts'), push(github))).filteredOut).toBe(true);
  });

  it('takes a folder for a file that exists', async () => {
    await using github = await startGitHub();
    await github.pushCommit({ ...place, branch: 'main', files: { 'src/a.ts': 'export {};\n' } });
    expect((await verdict(github, filterFor('src'), push(github))).filteredOut).toBe(false);
    expect((await verdict(github, filterFor('./src/', '/src/a.ts'), push(github))).filteredOut).toBe(false);
  });

  it('looks at the base branch of a pull request', async () => {
    await using github = await startGitHub();
    await github.createBranch({ ...place, branch: 'release/1.2' });
    await github.pushCommit({ ...place, branch: 'release/1.2', files: { 'RELEASE.md': 'Soon.\n' } });
    await github.pushCommit({ ...place, branch: 'main', files: { 'ROADMAP.md': 'Later.\n' } });

    expect(await verdict(github, filterFor('RELEASE.md'), pullRequest(github, 'release/1.2'))).toEqual({
      filteredOut: false,
      reason: 'RELEASE.md exists in octo-org/hello-world on release/1.2',
    });
    expect((await verdict(github, filterFor('RELEASE.md'), pullRequest(github, 'main'))).filteredOut).toBe(true);
    expect((await verdict(github, filterFor('ROADMAP.md'), pullRequest(github, 'release/1.2'))).filteredOut).toBe(true);
  });

  it('looks at the default branch of a repository where there is no event', async () => {
    await using github = await startGitHub();
    await github.createBranch({ ...place, branch: 'release/1.2' });
    await github.pushCommit({ ...place, branch: 'release/1.2', files: { 'RELEASE.md': 'Soon.\n' } });
    const event = repositoryEvent(
      { owner: 'octo-org', name: 'hello-world', fullName: 'octo-org/hello-world' },
      { installation: github.installations[0]?.id ?? 0, delivery: 'a-run', at: '2026-01-01T00:00:00.000Z' },
    );
    expect(await decideWith(github, filterFor('README.md'), event)).toEqual({
      filteredOut: false,
      reason: 'README.md exists in octo-org/hello-world on its default branch',
    });
    expect((await decideWith(github, filterFor('RELEASE.md'), event)).filteredOut).toBe(true);
  });

  it('takes every file for missing where the base branch is gone', async () => {
    await using github = await startGitHub();
    expect((await verdict(github, filterFor('README.md'), pullRequest(github, 'gone'))).filteredOut).toBe(true);
  });

  it('does not take a refusal for a missing file', async () => {
    await using github = await startGitHub();
    github.answerNext({
      path: /\/contents\//,
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    });
    await expect(verdict(github, filterFor('README.md'), push(github))).rejects.toMatchObject({
      code: 'GITHUB_REQUEST_REFUSED',
      status: 403,
    });
  });

  it('filters out an event of no repository, without a question', async () => {
    await using github = await startGitHub();
    expect(await verdict(github, filterFor('README.md'), installationOf(github))).toMatchObject({ filteredOut: true });
    expect(github.requests().filter(({ path }) => path.includes('/contents/'))).toEqual([]);
  });

  it('lets everything through when no file has to exist', async () => {
    await using github = await startGitHub();
    expect((await verdict(github, filterFor(), installationOf(github))).filteredOut).toBe(false);
  });

  it('wants a list of paths', () => {
    expect(problemsOf(fileFilter, {})).not.toEqual([]);
    expect(problemsOf(fileFilter, { exists: 'README.md' })).not.toEqual([]);
    expect(problemsOf(fileFilter, { exists: [''] })).not.toEqual([]);
    expect(problemsOf(fileFilter, { exists: ['README.md'] })).toEqual([]);
  });
});
