import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { type ProgramInput, runProgram } from './run-program.ts';

const never = new AbortController().signal;

async function sh(script: string, input: Partial<ProgramInput> = {}) {
  await using folder = await temporaryDirectory();
  return await runProgram({ program: 'sh', args: ['-c', script], cwd: folder.path, signal: never, ...input });
}

/** A zombie has ended, although its number is still taken. */
async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/^\d+ \(.*\) Z/.test(status);
}

/** Neither it nor its child ends when asked to; the names of both are in a file. */
const stubborn = `
  trap '' TERM
  sh -c "trap '' TERM; echo \\$\\$ > child; while :; do sleep 1; done" &
  echo $$ > parent
  while :; do sleep 1; done
`;

async function pidsIn(folder: string): Promise<number[]> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  return waitFor('both processes to run', async () => {
    const pids = (await Promise.all([read('parent'), read('child')])).map(Number);
    return pids.every((pid) => pid > 0) && pids;
  });
}

async function haveEnded(pids: readonly number[]): Promise<void> {
  await waitFor('both processes to be gone', async () => !(await Promise.all(pids.map(isAlive))).includes(true));
}

describe('running a program', { timeout: 30_000 }, () => {
  it('gives back what it wrote and its exit code', async () => {
    const result = await sh('cat; echo bad >&2; exit 3', { stdin: 'given' });
    expect(result).toEqual({ code: 3, stdout: Buffer.from('given'), stderr: 'bad\n' });
  });

  it('takes arguments as they are: no shell reads them', async () => {
    const { stdout } = await sh('', { program: 'printf', args: ['%s|', '$(id)', '; rm -rf x', 'a b'] });
    expect(stdout.toString()).toBe('$(id)|; rm -rf x|a b|');
  });

  it('hands on nothing of the environment of the worker', async () => {
    process.env.OCTO_BOTS_TEST_SECRET = 'hush';
    const { stdout } = await sh('env', { env: { GIVEN: 'yes' } });
    delete process.env.OCTO_BOTS_TEST_SECRET;
    expect(stdout.toString()).not.toContain('hush');
    expect(stdout.toString()).toContain('GIVEN=yes');
  });

  it('ends the whole process group on the signal, also one that ignores being asked', async () => {
    await using folder = await temporaryDirectory();
    const controller = new AbortController();
    const running = runProgram({
      program: 'sh',
      args: ['-c', stubborn],
      cwd: folder.path,
      signal: controller.signal,
    });
    const pids = await pidsIn(folder.path);
    expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);

    const reason = new Error('the run timed out');
    controller.abort(reason);

    await expect(running).rejects.toBe(reason);
    await haveEnded(pids);
  });

  it('leaves no child behind when the program itself ends', async () => {
    await using folder = await temporaryDirectory();
    const script = `sh -c "trap '' TERM; echo \\$\\$ > child; while :; do sleep 1; done" & echo $$ > parent; while [ ! -s child ]; do :; done`;
    await runProgram({ program: 'sh', args: ['-c', script], cwd: folder.path, signal: never });
    await haveEnded(await pidsIn(folder.path));
  });

  it.runIf(process.platform === 'linux')(
    'does not wait for a process that left the group with its output',
    async () => {
      await using folder = await temporaryDirectory();
      const leave = 'setsid sh -c "echo \\$\\$ > child; exec sleep 60" &';
      const script = `${leave} echo $$ > parent; while [ ! -s child ]; do :; done`;
      const controller = new AbortController();
      const input = { program: 'sh', cwd: folder.path, signal: controller.signal };
      const stuck = runProgram({ ...input, args: ['-c', `${script}; sleep 60`] });
      const [, child = 0] = await pidsIn(folder.path);
      try {
        const reason = new Error('the run timed out');
        controller.abort(reason);
        await expect(stuck).rejects.toBe(reason);
      } finally {
        process.kill(child, 'SIGKILL');
      }
    },
  );

  it('may be tried again when something else told the program to end, as a service manager that stops the worker', async () => {
    for (const name of ['TERM', 'INT', 'HUP']) {
      const message = `sh was told to end by something else (SIG${name})`;
      await expect(sh(`kill -${name} $$`)).rejects.toMatchObject({ code: 'PROGRAM_FAILED', retryable: true, message });
    }
    expect(await sh('kill -SEGV $$')).toMatchObject({ code: undefined });
  });

  it('ends a program that takes too long, and one that writes too much', async () => {
    const code = 'PROGRAM_FAILED';
    await expect(sh('sleep 60', { limits: { timeMs: 100 } })).rejects.toMatchObject({ code, retryable: false });
    await expect(sh('yes', { limits: { outputBytes: 1000 } })).rejects.toMatchObject({ code, retryable: false });
  });

  it.runIf(process.platform === 'linux')('bounds the memory and the files of a program', async () => {
    const limits = { memoryBytes: 200 * 1024 * 1024, fileBytes: 4096 };
    const memory = await sh('x=$(head -c 300M /dev/zero | tr "\\\\000" a); echo kept', { limits });
    const file = await sh('head -c 10000 /dev/zero > large; wc -c < large', { limits });
    expect(memory.stdout.toString().trim()).not.toBe('kept');
    expect(file.stdout.toString().trim()).toBe('4096');
  });

  it('says which program is missing', async () => {
    await expect(sh('', { program: 'no-such-program' })).rejects.toMatchObject({
      code: 'PROGRAM_MISSING',
      retryable: false,
      message: 'no-such-program is not on the PATH of this worker',
    });
  });

  it('runs no program from a relative folder of the PATH', async () => {
    await using folder = await temporaryDirectory();
    await writeFile(join(folder.path, 'trap'), '#!/bin/sh\necho caught\n', { mode: 0o755 });
    const path = process.env.PATH;
    process.env.PATH = `.:${path}`;
    const running = runProgram({ program: 'trap', args: [], cwd: folder.path, signal: never });
    await expect(running).rejects.toMatchObject({ code: 'PROGRAM_MISSING' });
    process.env.PATH = path;
  });
});
