import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../executable.ts';
import { ensurePrograms } from '../programs.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { startGitHub } from './emulated-github.ts';
import { objectsOf } from './json.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const accounts = [
  { login: owner, type: 'Organization', repositories: [repo] },
  { login: 'mona', type: 'User', repositories: ['notes'], installation: 'none' },
] as const;

beforeAll(() => ensurePrograms(['git']), 120_000);

/** @param token as GitHub documents it for an installation: the password of `x-access-token`. */
async function git(cwd: string, token: string | undefined, ...args: string[]) {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const header = token === undefined ? '' : `Authorization: Basic ${basic}`;
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: header };
  return runCommand('git', ['-C', cwd, ...args], { env: { ...env, GIT_TERMINAL_PROMPT: '0' } });
}

describe('the Git server of the emulated GitHub', { timeout: 30_000 }, () => {
  it('gives out the very commits that the REST API tells of', async () => {
    await using github = await startGitHub({ accounts });
    await using folder = await temporaryDirectory();
    const files = { 'src/a b.c': 'int a;\n', 'src/ü.c': 'int u;\n' };
    const { head, json } = await github.openPullRequest({ owner, repo, head: 'feature/a', files });

    const url = String(
      ((await github.api(owner, 'GET', `/repos/${owner}/${repo}`)) as { clone_url: string }).clone_url,
    );
    expect(json).toMatchObject({ head: { repo: { clone_url: url } } });
    const cloned = await git(folder.path, undefined, 'clone', '-q', '-b', 'feature/a', url, 'clone');

    expect(cloned).toEqual({ code: 0, output: '' });
    const clone = join(folder.path, 'clone');
    expect((await git(clone, undefined, 'rev-parse', 'HEAD')).output.trim()).toBe(head.sha);
    expect(await readFile(join(clone, 'src', 'ü.c'), 'utf8')).toBe('int u;\n');
    expect((await git(clone, undefined, 'fsck', '--strict')).code).toBe(0);
  });

  it('follows a push, and serves the head of a pull request from a fork', async () => {
    await using github = await startGitHub({ accounts });
    await using folder = await temporaryDirectory();
    await github.forkRepository({ owner, repo, into: 'mona' });
    await github.createBranch({ owner: 'mona', repo, branch: 'fix' });
    const pushed = { owner: 'mona', repo, branch: 'fix' };
    const entries = [{ path: '--help.c', mode: '100644', content: 'int f;\n' }] as const;
    const sha = await github.pushEntries({ ...pushed, entries });
    const pull = await github.openPullRequestFromFork({ owner, repo, fork: 'mona', head: 'fix' });
    expect(pull.head.sha).toBe(sha);

    await git(folder.path, undefined, 'init', '-q', '.');
    const ref = `refs/pull/${pull.number}/head`;
    const fetched = await git(
      folder.path,
      undefined,
      'fetch',
      '-q',
      '--depth=1',
      `${github.url}/${owner}/${repo}.git`,
      ref,
    );

    expect(fetched).toEqual({ code: 0, output: '' });
    expect((await git(folder.path, undefined, 'rev-parse', 'FETCH_HEAD')).output.trim()).toBe(sha);
    const listed = objectsOf(await github.api(owner, 'GET', `/repos/${owner}/${repo}/pulls/${pull.number}/files`));
    expect(listed).toMatchObject([{ filename: '--help.c', status: 'added' }]);
  });

  it('lists what a pull request changes, in pages: added, changed, renamed, removed', async () => {
    await using github = await startGitHub({ accounts });
    const place = { owner, repo, branch: 'main' };
    const text = 'one\ntwo\nthree\nfour\n';
    await github.pushCommit({ ...place, files: { 'old.c': text, 'gone.c': 'gone\n', 'changed.c': 'before\n' } });
    await github.createBranch({ owner, repo, branch: 'feature/a' });
    const head = { owner, repo, branch: 'feature/a' };
    await github.pushCommit({ ...head, files: { 'new.c': text, 'changed.c': 'after\n', 'added.c': 'added\n' } });
    for (const path of ['old.c', 'gone.c']) {
      const { sha } = (await github.api(owner, 'GET', `/repos/${owner}/${repo}/contents/${path}?ref=feature/a`)) as {
        sha: string;
      };
      const body = { message: `Remove ${path}`, sha, branch: 'feature/a' };
      await github.api(owner, 'DELETE', `/repos/${owner}/${repo}/contents/${path}`, body);
    }
    const { number } = await github.openPullRequest({ owner, repo, head: 'feature/a' });

    const path = `/repos/${owner}/${repo}/pulls/${number}/files?per_page=3`;
    const pages = [await github.api(owner, 'GET', path), await github.api(owner, 'GET', `${path}&page=2`)];

    expect(
      pages.flatMap(objectsOf).map(({ filename, status, previous_filename }) => [filename, status, previous_filename]),
    ).toEqual([
      ['added.c', 'added', undefined],
      ['changed.c', 'modified', undefined],
      ['gone.c', 'removed', undefined],
      ['new.c', 'renamed', 'old.c'],
    ]);
  });

  it('gives a private repository to those alone who may read it', async () => {
    await using github = await startGitHub({ accounts });
    await using folder = await temporaryDirectory();
    await github.createRepository(owner, 'secret', { private: true });
    const url = `${github.url}/${owner}/secret.git`;
    const installation = await github.installationToken(github.installations[0]?.id ?? 0);

    expect((await git(folder.path, undefined, 'ls-remote', url)).output).toMatch(
      /could not read Username|Authentication/,
    );
    expect((await git(folder.path, 'ghs_guessed', 'ls-remote', url)).code).not.toBe(0);
    expect((await git(folder.path, github.tokenOf('mona'), 'ls-remote', url)).output).toContain('not found');
    expect((await git(folder.path, installation, 'ls-remote', url)).output).toContain('refs/heads/main');
  });
});
