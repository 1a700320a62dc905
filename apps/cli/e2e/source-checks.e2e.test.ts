import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@octo-bots/operations';
import { type EmulatedGitHub, ensurePrograms, temporaryDirectory, waitFor } from '@octo-bots/testing';
import { beforeAll, expect, it } from 'vitest';
import { deploy } from './deployment-processes.ts';

const owner = 'octo-org';
const accounts = [
  { login: owner, type: 'Organization', repositories: ['hello-world'] },
  { login: 'mona', type: 'User', installation: 'none' },
] as const;
const timeoutMs = 60_000;

const bots = `
  bots:
    - name: Sources
      parallel: true
      filters:
        - events-filter:
            events: [{name: pull_request, actions: [opened, synchronize]}, {name: check_run, actions: [rerequested]}]
      operations:
        - clang-format-validator
        - cppcheck-validator
`;

const style = { '.clang-format': 'BasedOnStyle: LLVM\n' };
const bad = 'int  a;\nint main() {\n  int *p = 0;\n  return *p;\n}\n';
const mended = 'int a;\nint main() { return a; }\n';

interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly output: { readonly title: string; readonly summary: string };
}

beforeAll(() => ensurePrograms(), 600_000);

/** The check runs of a commit by their names, once this many of each have ended; the newest of each. */
async function endedChecks(github: EmulatedGitHub, repo: string, sha: string, each = 1) {
  const path = `/repos/${owner}/${repo}/commits/${sha}/check-runs?filter=all&per_page=100`;
  return waitFor(
    `${each} of both check runs to end`,
    async () => {
      // What GitHub documents of a list of check runs.
      const { check_runs: all } = (await github.api(owner, 'GET', path)) as { check_runs: CheckRun[] };
      const ended = all.filter(({ status }) => status === 'completed').sort((a, b) => a.id - b.id);
      const of = (name: string) => all.filter((checkRun) => checkRun.name === name).sort((a, b) => a.id - b.id);
      const [format, cppcheck] = [of('clang-format-validation'), of('cppcheck')];
      const [lastFormat, lastCppcheck] = [format.at(-1), cppcheck.at(-1)];
      if (format.length < each || cppcheck.length < 1 || !lastFormat || !lastCppcheck) return false;
      const isEnded = ended.includes(lastFormat) && ended.includes(lastCppcheck);
      return isEnded && { format: lastFormat, cppcheck: lastCppcheck };
    },
    { timeoutMs },
  );
}

/** `path:line level` of each annotation. */
async function places(github: EmulatedGitHub, repo: string, { id }: CheckRun): Promise<string[]> {
  const answer = await github.api(owner, 'GET', `/repos/${owner}/${repo}/check-runs/${id}/annotations`);
  // What GitHub documents of a list of annotations; the emulator wraps it.
  const { check_annotations: all } = answer as {
    check_annotations: { path: string; start_line: number; annotation_level: string }[];
  };
  return all.map(({ path, start_line, annotation_level }) => `${path}:${start_line} ${annotation_level}`);
}

it('clang-format and cppcheck report on the lines of a pull request, on the push that mends it, and on the Re-run button', async () => {
  await using deployment = await deploy({ bots }, { accounts });
  const { github } = deployment;
  const repo = 'hello-world';
  await github.pushCommit({ owner, repo, branch: 'main', files: style });
  await deployment.start('ingress');
  await deployment.start('worker');

  const { head } = await github.openPullRequest({ owner, repo, head: 'feature/a', files: { 'src/a.c': bad } });
  const before = await endedChecks(github, repo, head.sha);
  expect(before).toMatchObject({ format: { conclusion: 'failure' }, cppcheck: { conclusion: 'failure' } });
  expect(await places(github, repo, before.format)).toEqual(['src/a.c:1 failure']);
  expect(await places(github, repo, before.cppcheck)).toEqual(['src/a.c:4 failure']);

  const sha = await github.pushCommit({ owner, repo, branch: 'feature/a', files: { 'src/a.c': mended } });
  const after = await endedChecks(github, repo, sha);
  expect(after).toMatchObject({ format: { conclusion: 'success' }, cppcheck: { conclusion: 'success' } });

  await github.api(owner, 'POST', `/repos/${owner}/${repo}/check-runs/${after.format.id}/rerequest`);
  const again = await endedChecks(github, repo, sha, 2);
  expect(again.format.id).not.toBe(after.format.id);
  expect(again).toMatchObject({ format: { conclusion: 'success' }, cppcheck: { id: after.cppcheck.id } });
});

it('the pull request of a fork into a private repository is checked', async () => {
  await using deployment = await deploy({ bots }, { accounts });
  const { github } = deployment;
  const repo = 'secret';
  await github.createRepository(owner, repo, { private: true });
  await github.pushCommit({ owner, repo, branch: 'main', files: style });
  await github.forkRepository({ owner, repo, into: 'mona' });
  await github.createBranch({ owner: 'mona', repo, branch: 'fix' });
  await github.pushCommit({ owner: 'mona', repo, branch: 'fix', files: { 'fork.c': bad } });
  await deployment.start('ingress');
  await deployment.start('worker');

  const { head } = await github.openPullRequestFromFork({ owner, repo, fork: 'mona', head: 'fix' });

  const checks = await endedChecks(github, repo, head.sha);
  expect(await places(github, repo, checks.format)).toEqual(['fork.c:1 failure']);
  expect(await places(github, repo, checks.cppcheck)).toEqual(['fork.c:4 failure']);
});

it('a worker without the programs says so at its start and on the pull request', async () => {
  await using deployment = await deploy({ bots }, { accounts });
  await using folder = await temporaryDirectory();
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  await symlink((await findProgram('git')) ?? '', join(bin, 'git'));
  const { github } = deployment;
  const repo = 'hello-world';
  await github.pushCommit({ owner, repo, branch: 'main', files: style });
  await deployment.start('ingress');
  const worker = await deployment.start('worker', { PATH: bin });

  const { head } = await github.openPullRequest({ owner, repo, head: 'feature/a', files: { 'src/a.c': bad } });

  const { format, cppcheck } = await endedChecks(github, repo, head.sha);
  expect(format).toMatchObject({ conclusion: 'failure', output: { title: 'clang-format cannot be run here' } });
  expect(format.output.summary).toContain('`PROGRAM_MISSING`');
  expect(cppcheck).toMatchObject({ conclusion: 'failure', output: { title: 'cppcheck cannot be run here' } });
  const warned = worker
    .log()
    .filter(({ msg }) => msg === 'a program that an operation runs is not on the PATH; install it');
  expect(warned.map(({ program, operation }) => `${operation}: ${program}`)).toEqual([
    'clang-format-validator: clang-format',
    'cppcheck-validator: cppcheck',
  ]);
});

it('a timeout reaches the program, its children and what is on the disk, and the check run is closed', async () => {
  await using deployment = await deploy(
    {
      bots: bots
        .replace('parallel: true', 'queue: { attempts: 1, timeout: 10 seconds }')
        .replace('- cppcheck-validator', ''),
    },
    { accounts },
  );
  await using folder = await temporaryDirectory();
  const bin = join(folder.path, 'bin');
  const tmp = join(folder.path, 'tmp');
  await Promise.all([mkdir(bin), mkdir(tmp)]);
  // Neither it nor its child ends when asked to.
  const stubborn = `trap '' TERM; echo $$ >> ${folder.path}/pids; while :; do sleep 1; done`;
  const script = `#!/bin/sh\n[ "$1" = --version ] && exec echo stubborn\nsh -c "${stubborn.replaceAll('$', '\\$')}" &\n${stubborn}\n`;
  await writeFile(join(bin, 'clang-format'), script, { mode: 0o755 });
  const { github } = deployment;
  const repo = 'hello-world';
  await github.pushCommit({ owner, repo, branch: 'main', files: style });
  await deployment.start('ingress');
  await deployment.start('worker', { PATH: `${bin}:${process.env.PATH}`, TMPDIR: tmp });

  const { head } = await github.openPullRequest({ owner, repo, head: 'feature/a', files: { 'src/a.c': bad } });
  const pids = await waitFor(
    'the program and its child to run',
    async () => {
      const found = await readFile(join(folder.path, 'pids'), 'utf8').catch(() => '');
      const all = found.trim().split('\n').map(Number);
      return all.length === 2 && all;
    },
    { timeoutMs },
  );
  const scratches = async () => (await readdir(tmp)).filter((name) => name.startsWith('octo-bots-scratch-'));
  expect(await scratches()).toHaveLength(1);

  await waitFor('both to be gone', async () => !(await Promise.all(pids.map(isAlive))).includes(true), { timeoutMs });
  await waitFor('the disk to be as it was', async () => (await scratches()).length === 0, { timeoutMs });
  const path = `/repos/${owner}/${repo}/commits/${head.sha}/check-runs?filter=all`;
  const checkRun = await waitFor(
    'the check run to be closed',
    async () => {
      // What GitHub documents of a list of check runs.
      const { check_runs: all } = (await github.api(owner, 'GET', path)) as { check_runs: CheckRun[] };
      return all[0]?.status === 'completed' && all[0];
    },
    { timeoutMs },
  );
  expect(checkRun).toMatchObject({ conclusion: 'failure', output: { title: 'This check could not be finished' } });
  expect(checkRun.output.summary).toContain('`RUN_TIMED_OUT`');
});

/** A zombie has ended, although its number is still taken. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/^\d+ \(.*\) Z/.test(status);
}
