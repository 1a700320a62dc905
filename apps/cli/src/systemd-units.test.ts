import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ensurePrograms, temporaryDirectory } from '@octo-bots/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './cli.ts';

const folder = resolve(import.meta.dirname, '../../../deploy/systemd');
const services = (await readdir(folder)).filter((file) => file.endsWith('.service'));

/** @returns the lines of a unit that say something. */
async function linesOf(unit: string): Promise<readonly string[]> {
  const lines = (await readFile(join(folder, unit), 'utf8')).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** What may differ between two of our services; the rest is hardening, and alike. */
const own = /^(Description|ExecStart|Environment|MemoryMax|TasksMax)=/;

describe('the systemd units', () => {
  it('are a service for each process', () => {
    const parts = services.map((file) => file.replace(/^octo-bots-|@?\.service$/g, '')).sort();
    expect(parts).toEqual(['dashboard', 'ingress', 'scheduler', 'worker']);
  });

  it.each(services)('starts a command that there is: %s', async (unit) => {
    const start = (await linesOf(unit)).find((line) => line.startsWith('ExecStart='));
    const [, args = ''] = /octo-bots\.mjs (.*)$/.exec(start ?? '') ?? [];
    const ignored = { out: () => undefined, err: () => undefined };
    expect(await runCli([...args.split(' '), '--help'], ignored)).toBe(0);
  });

  it.each(services)('is hardened like the others: %s', async (unit) => {
    const [first = ''] = services;
    const alike = async (file: string) => (await linesOf(file)).filter((line) => !own.test(line));
    expect(await alike(unit)).toEqual(await alike(first));
    expect(await linesOf(unit)).toEqual(
      expect.arrayContaining([
        'User=octo-bots',
        'NoNewPrivileges=yes',
        'CapabilityBoundingSet=',
        'ProtectSystem=strict',
        'SystemCallFilter=@system-service',
        'KillMode=mixed',
      ]),
    );
  });

  it.each(services)('waits longer for the end than the process takes for it: %s', async (unit) => {
    const [, seconds] = /^TimeoutStopSec=(\d+)s$/m.exec((await linesOf(unit)).join('\n')) ?? [];
    expect(Number(seconds)).toBeGreaterThan(30);
  });
});

describe('systemd itself', () => {
  const run = promisify(execFile);

  beforeAll(() => ensurePrograms(['systemd-analyze']), 120_000);

  it.each(services)('finds no mistake in a unit, and little that it exposes: %s', async (unit) => {
    await using directory = await temporaryDirectory();
    // An instance of a template, and the Node of this machine.
    const file = join(directory.path, unit.replace('@.', '@1.'));
    await writeFile(file, (await readFile(join(folder, unit), 'utf8')).replace('/usr/bin/node', process.execPath));
    const verified = await run('systemd-analyze', ['verify', file]);
    expect(`${verified.stdout}${verified.stderr}`).toBe('');
    // 0 exposes nothing, 10 all; it ends with an error above the threshold, which it takes in tenths.
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', file]);
    expect(stdout).toMatch(/Overall exposure level for \S+: [01]\.\d OK/);
  });
});
