import { type AskingFilter, type FilterVerdict, silentLog } from '@octo-bots/core';
import { type EmulatedGitHub, startGitHub } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { about, createAsking, decideWith, eventOf, helloWorld, problemsOf } from '../test-support/harness.ts';
import { filesChangedFilter } from './files-changed-filter.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };

/** A pull request that changes these files. @returns its number. */
async function opened(github: EmulatedGitHub, ...paths: string[]): Promise<number> {
  const files = Object.fromEntries(paths.map((path, index) => [path, `${index}\n`]));
  return (await github.openPullRequest({ ...place, head: 'feature/a', files })).number;
}

function withInstallation(github: EmulatedGitHub, payload: object): object {
  return { ...payload, installation: { id: github.installations[0]?.id } };
}

function verdict(github: EmulatedGitHub, config: object, number: number): Promise<FilterVerdict> {
  const payload = withInstallation(github, about('pull_request', { number }));
  return decideWith(github, createAsking(filesChangedFilter, config), eventOf('pull_request', payload));
}

function questions(github: EmulatedGitHub): string[] {
  return github
    .requests()
    .map(({ path }) => path)
    .filter((path) => path.includes('/files'));
}

describe('files-changed-filter on a pull request', { timeout: 60_000 }, () => {
  it('any-of: wants one changed file that matches', async () => {
    await using github = await startGitHub();
    const number = await opened(github, 'docs/a.md', 'src/b/c.ts');
    expect(await verdict(github, { 'any-of': ['lib/*', 'src/*'] }, number)).toEqual({
      filteredOut: false,
      reason: `the pull request #${number} changes src/b/c.ts, which matches src/*`,
    });
    expect(await verdict(github, { 'any-of': ['lib/*', 'Src/*'] }, number)).toEqual({
      filteredOut: true,
      reason: `the pull request #${number} changes no file that matches any of lib/*, Src/*; looked at 2 files`,
    });
  });

  it('none-of: wants no changed file that matches', async () => {
    await using github = await startGitHub();
    const number = await opened(github, 'docs/a.md', 'src/b.ts');
    expect(await verdict(github, { 'none-of': ['*.exe'] }, number)).toEqual({
      filteredOut: false,
      reason: `the pull request #${number} changes no file that it may not; looked at 2 files`,
    });
    expect(await verdict(github, { 'any-of': ['docs/*'], 'none-of': ['src/*'] }, number)).toEqual({
      filteredOut: true,
      reason: `the pull request #${number} changes src/b.ts, which matches src/*`,
    });
  });

  it('all-within: wants every changed file to match', async () => {
    await using github = await startGitHub();
    const number = await opened(github, 'docs/a.md', 'README.md');
    expect((await verdict(github, { 'all-within': ['docs/*', '*.md'] }, number)).filteredOut).toBe(false);
    expect(await verdict(github, { 'any-of': ['docs/*'], 'all-within': ['docs/*'] }, number)).toEqual({
      filteredOut: true,
      reason: `the pull request #${number} changes README.md, which matches none of docs/*`,
    });
  });

  it('reads every page, and none that it needs no more', async () => {
    await using github = await startGitHub();
    const many = Array.from({ length: 101 }, (_, index) => `src/${String(index).padStart(3, '0')}.ts`);
    const number = await opened(github, ...many);
    expect((await verdict(github, { 'any-of': ['src/100.ts'] }, number)).filteredOut).toBe(false);
    expect(questions(github)).toHaveLength(2);
    expect((await verdict(github, { 'any-of': ['src/000.ts'] }, number)).filteredOut).toBe(false);
    expect(questions(github)).toHaveLength(3);
  });

  it('counts a renamed file with both its names', async () => {
    await using github = await startGitHub();
    const number = await opened(github, 'docs/a.md');
    const renamed = [{ filename: 'docs/new.md', previous_filename: 'src/old.md', status: 'renamed' }];
    github.answerNext({ path: /\/files/, status: 200, body: renamed });
    expect((await verdict(github, { 'any-of': ['src/*'] }, number)).reason).toContain('src/old.md');
  });

  it('lets through what it cannot know, as GitHub lists no more than 3000 files', async () => {
    await using github = await startGitHub();
    const number = await opened(github, 'docs/a.md');
    const all = Array.from({ length: 3000 }, (_, index) => ({ filename: `docs/${index}.md`, status: 'added' }));
    github.answerNext({ path: /\/files/, status: 200, body: all });
    expect(await verdict(github, { 'any-of': ['src/*'] }, number)).toEqual({
      filteredOut: false,
      reason: `the pull request #${number} changes more files than GitHub lists, and those decide nothing; looked at 3000 files`,
    });
    github.answerNext({ path: /\/files/, status: 200, body: all });
    expect((await verdict(github, { 'none-of': ['docs/2999.md'] }, number)).filteredOut).toBe(true);
  });

  it('looks at the pull request that a comment is on, and asks nothing about an issue', async () => {
    await using github = await startGitHub();
    const number = await opened(github, 'docs/a.md');
    const filter = createAsking(filesChangedFilter, { 'any-of': ['src/*'] });
    const comment = (issue: object) =>
      decideWith(
        github,
        filter,
        eventOf('issue_comment', withInstallation(github, about('issue', { number, ...issue }))),
      );
    expect((await comment({ pull_request: { url: 'https://…' } })).filteredOut).toBe(true);
    expect(questions(github)).toHaveLength(1);
    expect(await comment({})).toEqual({
      filteredOut: false,
      reason: 'the event "issue_comment" changes no files that GitHub would list',
    });
    expect(questions(github)).toHaveLength(1);
  });

  it('does not take a refusal for a pull request without files', async () => {
    await using github = await startGitHub();
    github.answerNext({ path: /\/files/, status: 403, body: { message: 'Resource not accessible by integration' } });
    await expect(verdict(github, { 'any-of': ['a'] }, 1)).rejects.toMatchObject({ code: 'GITHUB_REQUEST_REFUSED' });
  });
});

describe('files-changed-filter on a push', () => {
  /** Without a client: a push says by itself what it changed. */
  async function pushed(config: object, commits: readonly object[]): Promise<FilterVerdict> {
    const filter: AskingFilter = createAsking(filesChangedFilter, config);
    const event = eventOf('push', { ref: 'refs/heads/main', repository: helloWorld, commits });
    const { signal } = new AbortController();
    return filter.filter({ event, clients: {}, signal, log: silentLog });
  }

  it('looks at what its commits added, modified and removed', async () => {
    const commits = [{ added: ['a.ts'], modified: [], removed: [] }, { modified: ['b.ts'] }, { removed: ['c.ts'] }];
    for (const file of ['a.ts', 'b.ts', 'c.ts']) {
      expect(await pushed({ 'any-of': [file] }, commits)).toEqual({
        filteredOut: false,
        reason: `the push to refs/heads/main changes ${file}, which matches ${file}`,
      });
    }
    expect(await pushed({ 'any-of': ['d.ts'] }, commits)).toEqual({
      filteredOut: true,
      reason: 'the push to refs/heads/main changes no file that matches any of d.ts; looked at 3 files',
    });
  });

  it('has changed nothing when it has no commits, such as that of a new branch', async () => {
    expect((await pushed({ 'any-of': ['*'] }, [])).filteredOut).toBe(true);
    expect((await pushed({ 'none-of': ['*'], 'all-within': ['a'] }, [])).filteredOut).toBe(false);
  });

  it('lets through what it cannot know, as GitHub lists no more than 2048 commits', async () => {
    const commits = Array.from({ length: 2048 }, () => ({ modified: ['a.ts'] }));
    expect((await pushed({ 'any-of': ['b.ts'] }, commits)).filteredOut).toBe(false);
    expect((await pushed({ 'any-of': ['b.ts'] }, commits.slice(1))).filteredOut).toBe(true);
  });

  it('knows its options', () => {
    expect(problemsOf(filesChangedFilter, {})).toEqual([]);
    expect(problemsOf(filesChangedFilter, { 'any-of': 'src/*' })).not.toEqual([]);
  });
});
