import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failed } from '@octo-bots/core';
import { ensurePrograms, type Files, type TreeEntry, temporaryDirectory } from '@octo-bots/testing';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findProgram } from '../run-program.ts';
import { eventOperation } from '../test-support/harness.ts';
import { entriesOf, openedPullRequest, owner, repo } from '../test-support/opened-pull-request.ts';
import { clangFormatValidator } from './clang-format-validator.ts';

const style = { '.clang-format': 'BasedOnStyle: LLVM\n' };
const good = 'int main() { return 0; }\n';
/** Lines 3 and 5 to 6 are not as LLVM has them. */
const bad = 'int a;\nint b;\nint  c;\nint d;\nint main()\n{ return 0; }\n';

beforeAll(() => ensurePrograms(['git', 'clang-format']), 600_000);
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('clang-format-validator', { timeout: 60_000 }, () => {
  const operation = eventOperation(clangFormatValidator);

  const opened = (files: Files | readonly TreeEntry[], base: Files = style, { draft = false } = {}) =>
    openedPullRequest(files, { base, draft });

  it('fails the check run with annotations on the lines, and the diff', async () => {
    await using there = await opened({ 'src/bad.c': bad, 'src/good.cpp': good, 'notes.txt': 'int  x;\n' });

    const outcome = await there.run(operation);

    expect(outcome).toEqual({
      status: 'done',
      summary: `check run clang-format-validation of #${there.pull.number} at ${there.pull.head.sha.slice(0, 7)}: failure; 1 file of 2 not formatted as .clang-format says`,
    });
    expect(await there.checkRuns()).toMatchObject([
      {
        name: 'clang-format-validation',
        status: 'completed',
        conclusion: 'failure',
        title: '1 file of 2 not formatted as .clang-format says',
        summary: expect.stringMatching(/clang-format -i[\s\S]*clang-format version \d+/),
        text: expect.stringContaining('-int  c;\n+int c;\n'),
        annotations: 2,
      },
    ]);
    expect(await there.annotations()).toMatchObject([
      {
        path: 'src/bad.c',
        start_line: 3,
        end_line: 3,
        annotation_level: 'failure',
        message: 'clang-format would write:\nint c;',
      },
      { path: 'src/bad.c', start_line: 5, end_line: 6, message: 'clang-format would write:\nint main() { return 0; }' },
    ]);
  });

  it('passes when all files are formatted', async () => {
    await using there = await opened({ 'a.c': good, 'b.hpp': 'int b;\n' });
    expect(await there.run(operation)).toMatchObject({
      status: 'done',
      summary: expect.stringContaining(': success; 2 files'),
    });
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success', annotations: 0 }]);
  });

  it('knows C and C++ by these endings, and no other', async () => {
    const endings = ['c', 'h', 'C', 'H', 'cpp', 'hpp', 'cc', 'hh', 'c++', 'h++', 'cxx', 'hxx'];
    const files = Object.fromEntries(
      [...endings, 'java', 'HPP', 'cs'].map((ending) => [`${ending}/a.${ending}`, 'int  a;\n']),
    );
    await using there = await opened(files);
    await there.run(operation);
    expect((await there.annotations()).map(({ path }) => path)).toEqual(
      endings.map((ending) => `${ending}/a.${ending}`).toSorted(),
    );
  });

  it('leaves alone what the pull request does not change, unless it is told to look at all files', async () => {
    await using there = await opened({ 'new.c': good }, { ...style, 'old.c': bad });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success' }]);

    await using other = await opened({ 'new.c': good }, { ...style, 'old.c': bad });
    await other.run(eventOperation(clangFormatValidator, { files: 'all' }));
    expect((await other.annotations()).map(({ path }) => path)).toEqual(['old.c', 'old.c']);
  });

  it('follows .clang-format-ignore, and the style of the folder', async () => {
    await using there = await opened({
      '.clang-format-ignore': '# not ours\nthird_party/*\n',
      'third_party/a.c': bad,
      'lib/.clang-format': 'BasedOnStyle: LLVM\nIndentWidth: 8\n',
      'lib/eight.c': 'int f() {\n        int a;\n        return a;\n}\n',
      'two.c': 'int f() {\n        int a;\n        return a;\n}\n',
    });
    await there.run(operation);
    expect(new Set((await there.annotations()).map(({ path }) => path))).toEqual(new Set(['two.c']));
  });

  it('says that there is no style, whatever lies about on this machine', async () => {
    await using folder = await temporaryDirectory();
    vi.stubEnv('TMPDIR', folder.path);
    await writeFile(join(folder.path, '.clang-format'), 'BasedOnStyle: LLVM\n');
    await using there = await opened({ 'bad.c': bad }, {});
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'neutral', title: 'No .clang-format file' }]);
  });

  it('inherits no style from a folder of this machine', async () => {
    await using folder = await temporaryDirectory();
    vi.stubEnv('TMPDIR', folder.path);
    await writeFile(join(folder.path, '.clang-format'), 'BasedOnStyle: LLVM\nIndentWidth: 7\n');
    await writeFile(join(folder.path, '.clang-format-ignore'), '*\n');
    const base = { '.clang-format': 'BasedOnStyle: InheritParentConfig\n' };
    await using there = await opened({ 'a.c': 'int f() {\n  return 1;\n}\n' }, base);
    await there.run(operation);
    expect(await there.annotations()).toEqual([]);
  });

  it('minds no Git repository that its folder lies in', async () => {
    await using folder = await temporaryDirectory();
    vi.stubEnv('TMPDIR', folder.path);
    await writeFile(join(folder.path, '.git'), 'no repository\n');
    await using there = await opened({ 'a.c': bad });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ title: '1 file of 1 not formatted as .clang-format says' }]);
  });

  it('checks files with any name, and no link', async () => {
    const names = ['--help.cpp', 'a b.c', 'ü.c', '$(touch x).c', '`x`.c', 'line\nbreak.c'];
    const link: TreeEntry = { path: 'passwd.c', mode: '120000', content: '/etc/passwd' };
    await using there = await opened([
      ...entriesOf(Object.fromEntries(names.map((name) => [name, 'int  a;\n']))),
      link,
    ]);
    await there.run(operation);
    expect((await there.annotations()).map(({ path }) => path)).toEqual(names.toSorted());
    expect(JSON.stringify(await there.checkRuns())).not.toContain('root:');
  });

  it('names the style that it cannot read, without a path of this machine', async () => {
    await using there = await opened({ 'a.c': good }, { '.clang-format': 'BasedOnStyle: Nonsense\n' });
    await there.run(operation);
    const [checkRun] = await there.checkRuns();
    expect(checkRun).toMatchObject({ conclusion: 'failure', title: '1 file that clang-format could not check' });
    expect(checkRun?.summary).toContain('.clang-format');
    expect(JSON.stringify([checkRun, await there.annotations()])).not.toContain('octo-bots-scratch');
  });

  it('gives GitHub more annotations than one request takes, and as much text as it takes', async () => {
    const lines = Array.from({ length: 130 }, (_, index) => `int  ${'v'.repeat(300)}${index};\nint w${index};\n`).join(
      '',
    );
    await using there = await opened({ 'many.c': lines, 'z.c': bad });
    await there.run(operation);
    const [checkRun] = await there.checkRuns();
    expect(checkRun?.annotations).toBe(132);
    expect(checkRun?.text?.length).toBeLessThan(65_536);
    expect(checkRun?.text).toContain('`many.c` are too long to be shown here');
    expect(checkRun?.text).toContain('-int  c;');
  });

  it('is a success when no C or C++ file changes, and fetches nothing for it', async () => {
    await using there = await opened({ 'notes.txt': 'x\n' });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success', title: 'No C or C++ file to check' }]);
    expect(
      there.bench.github.requests().filter(({ path, token }) => path.includes('.git/') && token === 'installation'),
    ).toEqual([]);
  });

  it('does not call what it could not look at a success', async () => {
    await using there = await opened({ 'good.c': good, 'huge.c': `// ${'x'.repeat(9_000_000)}\n` });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([
      {
        conclusion: 'neutral',
        title: expect.stringContaining('1 file not checked'),
        summary: expect.stringContaining('huge.c'),
      },
    ]);
  });

  it('fails clearly on a worker without the program', async () => {
    await using there = await opened({ 'a.c': bad });
    await using folder = await temporaryDirectory();
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await symlink((await findProgram('git')) ?? '', join(bin, 'git'));
    vi.stubEnv('PATH', bin);

    const outcome = await there.run(operation);

    expect(outcome).toMatchObject({ status: 'failed', code: 'PROGRAM_MISSING', retryable: false });
    expect(await there.checkRuns()).toMatchObject([
      {
        status: 'completed',
        conclusion: 'failure',
        title: 'clang-format cannot be run here',
        summary: expect.stringContaining('apt-get install clang-format'),
      },
    ]);
  });

  it('checks a draft, and what is left of a pull request that removes files', async () => {
    await using there = await opened({ 'a.c': bad }, { ...style, 'gone.c': bad }, { draft: true });
    const { sha } = (await there.bench.github.api(
      owner,
      'GET',
      `/repos/${owner}/${repo}/contents/gone.c?ref=feature/a`,
    )) as { sha: string };
    await there.bench.github.api(owner, 'DELETE', `/repos/${owner}/${repo}/contents/gone.c`, {
      message: 'Remove gone.c',
      sha,
      branch: 'feature/a',
    });
    const event = await there.bench.pullRequestEvent(owner, repo, there.pull.number, 'synchronize');
    expect(await there.bench.runOnEvent(operation, event)).toMatchObject({
      status: 'done',
      summary: expect.stringContaining('1 file of 1 not formatted'),
    });
  });

  it('skips a closed pull request', async () => {
    await using there = await opened({ 'a.c': good });
    await there.bench.github.closePullRequest(owner, repo, there.pull.number);
    const closed = await there.bench.pullRequestEvent(owner, repo, there.pull.number, 'closed');
    expect(await there.bench.runOnEvent(operation, closed)).toMatchObject({ status: 'skipped' });
    expect(await there.checkRuns()).toEqual([]);
  });

  it('closes its check run when its run failed for good', async () => {
    await using there = await opened({ 'a.c': bad });
    there.bench.github.answerNext({ path: /\.git\/info\/refs/, status: 502 });
    await expect(there.run(operation)).rejects.toMatchObject({ code: 'PROGRAM_FAILED', retryable: true });
    expect(await there.checkRuns()).toMatchObject([{ status: 'in_progress' }]);
    await there.bench.abandonOnEvent(operation, there.event, failed('x', { code: 'PROGRAM_FAILED', retryable: true }));
    expect(await there.checkRuns()).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
  });

  it('goes on with the check run of an attempt that was lost', async () => {
    await using there = await opened({ 'a.c': bad });
    there.bench.github.answerNext({ path: /\.git\/info\/refs/, status: 502 });
    await expect(there.run(operation)).rejects.toThrow();
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ status: 'completed', conclusion: 'failure', annotations: 2 }]);
  });
});
