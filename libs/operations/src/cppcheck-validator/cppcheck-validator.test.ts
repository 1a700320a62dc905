import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePrograms, temporaryDirectory } from '@octo-bots/testing';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findProgram } from '../run-program.ts';
import { eventOperation, problemsOf } from '../test-support/harness.ts';
import { openedPullRequest } from '../test-support/opened-pull-request.ts';
import { cppcheckValidator } from './cppcheck-validator.ts';

const nullPointer = 'int main() {\n  int *p = 0;\n  return *p;\n}\n';
const always = 'int f(int a) {\n  if (a == 3 && a == 3) return 1;\n  return 0;\n}\n';
const good = 'int twice(int a) { return 2 * a; }\n';

beforeAll(() => ensurePrograms(['git', 'cppcheck']), 600_000);
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('cppcheck-validator', { timeout: 60_000 }, () => {
  const operation = eventOperation(cppcheckValidator);

  it('fails the check run for a null pointer, with an annotation on the line', async () => {
    await using there = await openedPullRequest({ 'src/main.c': nullPointer, 'src/good.c': good });

    const outcome = await there.run(operation);

    expect(outcome).toEqual({
      status: 'done',
      summary: `check run cppcheck of #${there.pull.number} at ${there.pull.head.sha.slice(0, 7)}: failure; 1 error in 2 files`,
    });
    expect(await there.checkRuns()).toMatchObject([
      {
        name: 'cppcheck',
        conclusion: 'failure',
        title: '1 error in 2 files',
        summary: expect.stringMatching(/Cppcheck \d/),
      },
    ]);
    expect(await there.annotations()).toMatchObject([
      {
        path: 'src/main.c',
        start_line: 3,
        end_line: 3,
        annotation_level: 'failure',
        message: expect.stringMatching(
          /^Null pointer dereference: p\n\(error: nullPointer, CWE-476\)\nsrc\/main\.c:2 Assignment 'p=0'/,
        ),
      },
    ]);
  });

  it('is a success when it finds nothing', async () => {
    await using there = await openedPullRequest({ 'good.c': good });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([
      { conclusion: 'success', title: 'Nothing found in 1 file', annotations: 0 },
    ]);
  });

  it('shows the weight of a finding, and fails on what it is told to', async () => {
    const files = {
      'a.cpp':
        '#include <string>\nvoid g(std::string);\nstruct S { S() {} int a; };\nvoid f(std::string s) { g(s); }\n',
    };
    await using there = await openedPullRequest(files);
    await there.run(operation);
    expect(await there.annotations()).toMatchObject([
      { start_line: 3, annotation_level: 'warning', message: expect.stringContaining('(warning: uninitMemberVar') },
      { start_line: 4, annotation_level: 'notice', message: expect.stringContaining('(performance: passedByValue') },
    ]);
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success', title: '1 warning, 1 notice in 1 file' }]);

    for (const [failOn, conclusion] of [
      ['warning', 'failure'],
      ['any', 'failure'],
      ['never', 'success'],
    ] as const) {
      await using other = await openedPullRequest(files);
      await other.run(eventOperation(cppcheckValidator, { 'fail-on': failOn }));
      expect(await other.checkRuns()).toMatchObject([{ conclusion }]);
    }
  });

  it('looks for errors alone when nothing else is enabled, and for what is', async () => {
    await using there = await openedPullRequest({ 'a.c': always });
    await there.run(eventOperation(cppcheckValidator, { enable: [] }));
    expect(await there.annotations()).toEqual([]);
    await using other = await openedPullRequest({ 'a.c': always });
    await other.run(eventOperation(cppcheckValidator, { enable: ['style'] }));
    const [annotation] = await other.annotations();
    expect(annotation).toMatchObject({ start_line: 2, annotation_level: 'notice' });
    expect(annotation?.message).toContain('(style: ');
    expect(await other.checkRuns()).toMatchObject([{ conclusion: 'success' }]);
  });

  it('reports on changed files alone, and knows what they include', async () => {
    const base = {
      'old.c': nullPointer,
      'include/null.h': '#define NOTHING 0\nstatic int old(void) { int *q = 0; return *q; }\n',
    };
    const files = { 'new.c': '#include "include/null.h"\nint main() {\n  int *p = NOTHING;\n  return *p;\n}\n' };
    await using there = await openedPullRequest(files, { base });
    await there.run(operation);
    expect((await there.annotations()).map(({ path, start_line: line }) => `${path}:${line}`)).toEqual(['new.c:4']);

    await using other = await openedPullRequest(files, { base });
    await other.run(eventOperation(cppcheckValidator, { files: 'all' }));
    expect((await other.annotations()).map(({ path, start_line: line }) => `${path}:${line}`)).toEqual([
      'include/null.h:2',
      'new.c:4',
      'old.c:3',
    ]);
  });

  it('checks files with any name', async () => {
    const names = ['--version.cpp', 'a b.c', 'ü.c', "b&<'.c", 'line\nbreak.c', '*.c'];
    await using there = await openedPullRequest(Object.fromEntries(names.map((name) => [name, nullPointer])));
    await there.run(operation);
    expect((await there.annotations()).map(({ path }) => path).toSorted()).toEqual(names.toSorted());
  });

  it('does not call a file that cppcheck cannot be given a success', async () => {
    await using there = await openedPullRequest({
      'quo"te.c': nullPointer,
      'back\\slash.c': nullPointer,
      'good.c': good,
    });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([
      {
        conclusion: 'neutral',
        title: 'Nothing found in 1 file; 2 files not checked',
        summary: expect.stringContaining('quo"te.c'),
      },
    ]);
  });

  it('shows nothing of another file of this machine that a source includes', async () => {
    await using folder = await temporaryDirectory();
    const secret = join(folder.path, 'secret.h');
    await writeFile(secret, 'struct Base { int m; };\nstatic int hush(void) { int *q = 0; return *q; }\n');
    const source = `#include "${secret}"\nstruct Derived : Base { int m; };\n${nullPointer}`;
    await using there = await openedPullRequest({ 'a.cpp': source });
    await there.run(operation);
    expect((await there.annotations()).map(({ path, start_line: line }) => `${path}:${line}`)).toEqual(['a.cpp:5']);
    expect(JSON.stringify([await there.annotations(), await there.checkRuns()])).not.toContain('secret.h');
  });

  it('quotes nothing of such a file in a finding of the source itself', async () => {
    await using folder = await temporaryDirectory();
    const secret = join(folder.path, 'secret.h');
    await writeFile(secret, 'hush_hush\n');
    const including = (how: string) => `  if (x ==\n${how}\n  ) return 1;\n`;
    const body = (how: string) =>
      `#define SECRET "${secret}"\nint f(int x) {\n${including(how).repeat(2)}  return 0;\n}\n`;
    await using there = await openedPullRequest({
      'direct.c': body(`#include "${secret}"`),
      'macro.c': body('#include SECRET'),
      'comment.c': body(`#/* */include/* */"${secret}"`),
      'wide.c': `\ufeff${body(`#include "${secret}"`)}`,
      'header.c': body('#include "header.inc"'),
      'header.inc': `#include "${secret}"\n`,
    });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ status: 'completed' }]);
    expect(JSON.stringify([await there.annotations(), await there.checkRuns()])).not.toContain('hush');
  });

  it('can be told by the source that something is right', async () => {
    const marked = nullPointer.replace('  return', '  // cppcheck-suppress nullPointer\n  return');
    await using there = await openedPullRequest({ 'a.c': marked });
    await there.run(operation);
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'success', annotations: 0 }]);
  });

  it('ends cppcheck when it takes too long, and says so', async () => {
    await using there = await openedPullRequest({ 'a.c': nullPointer });
    const outcome = await there.run(eventOperation(cppcheckValidator, { 'time-limit': '1ms' }));
    expect(outcome).toMatchObject({ status: 'failed', code: 'PROGRAM_FAILED', retryable: false });
    expect(await there.checkRuns()).toMatchObject([
      { conclusion: 'failure', title: 'This check went past its limits' },
    ]);
  });

  it('fails clearly on a worker without the program', async () => {
    await using there = await openedPullRequest({ 'a.c': nullPointer });
    await using folder = await temporaryDirectory();
    await mkdir(join(folder.path, 'bin'));
    await symlink((await findProgram('git')) ?? '', join(folder.path, 'bin', 'git'));
    vi.stubEnv('PATH', join(folder.path, 'bin'));
    expect(await there.run(operation)).toMatchObject({ status: 'failed', code: 'PROGRAM_MISSING', retryable: false });
    expect(await there.checkRuns()).toMatchObject([{ conclusion: 'failure', title: 'cppcheck cannot be run here' }]);
  });

  it('says what an option may be', () => {
    expect(problemsOf(cppcheckValidator, {})).toEqual([]);
    expect(problemsOf(cppcheckValidator, { enable: ['all'] })).not.toEqual([]);
    expect(problemsOf(cppcheckValidator, { 'fail-on': 'style' })).not.toEqual([]);
    expect(problemsOf(cppcheckValidator, { fail: 'error' })).not.toEqual([]);
  });
});
