import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runCli } from './cli.ts';
import { app, writeSmallDeployment } from './test-support/deployment.ts';

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe('octo-bots validate', () => {
  it('says what a good configuration holds', async () => {
    await using written = await writeSmallDeployment();
    const { code, out, err } = await run('validate', '--config', written.configPath);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('is valid');
    expect(out).toMatch(/bots +1: Tidy pull requests\n/);
    expect(out).toMatch(/jobs +1: Close stale issues\n/);
    expect(out).toMatch(/credentials +1: github-app-credentials\n/);
    expect(out).toMatch(/files +3: .*config\.yml, .*bots\.yml, .*jobs\.yml\n/);
    for (const secret of [app.webhookSecret, app.clientSecret, app.privateKey]) expect(out).not.toContain(secret);
  });

  it('lists every problem with its place, counts them, and ends with 1', async () => {
    await using written = await writeSmallDeployment({
      settings: { 'parallel-background-jobs': 0 },
      bots: `
        bots:
          - name: Tidy
            operations:
              - pull-request-naming-enforcr
      `,
    });
    const { code, out, err } = await run('validate', '--config', written.configPath);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/config\.yml:\d+:\d+ .*/);
    expect(err).toMatch(/bots\.yml:4:9 .*pull-request-naming-enforcr.*pull-request-naming-enforcer/);
    expect(err.trimEnd().split('\n').at(-1)).toBe('The configuration has 2 problems.');
  });

  it('warns of a program that an operation runs and this machine lacks, at its place, and still ends with 0', async () => {
    await using written = await writeSmallDeployment({
      bots: `
        bots:
          - name: Sources
            operations:
              - pull-request-labels:
                  scheme: branches
              - clang-format-validator:
                  files: all
              - cppcheck-validator
      `,
    });
    const bin = join(dirname(written.configPath), 'bin');
    await mkdir(bin);
    for (const name of ['git', 'cppcheck']) await writeFile(join(bin, name), '#!/bin/sh\n', { mode: 0o755 });
    vi.stubEnv('PATH', bin);

    const { code, out, err } = await run('validate', '--config', written.configPath);

    vi.unstubAllEnvs();
    expect({ code, valid: out.includes('is valid') }).toEqual({ code: 0, valid: true });
    expect(err).toMatch(
      /^warning: .*bots\.yml:6:9 "clang-format-validator" needs the program clang-format, which is not on the PATH of this machine; install it \(Debian: apt-get install clang-format\)\n$/,
    );
  });

  it('says so when the file is missing', async () => {
    const { code, err } = await run('validate', '--config', join('nowhere', 'octo-bots.yml'));
    expect(code).toBe(1);
    expect(err).toContain('nowhere/octo-bots.yml');
    expect(err).toContain('--config');
    expect(err).toContain('1 problem.');
  });
});

describe('a command that runs services', () => {
  it.each(['start', 'ingress', 'worker', 'scheduler', 'dashboard'])(
    'lists the problems of its configuration and ends with 1 before it listens: %s',
    async (command) => {
      await using written = await writeSmallDeployment({ settings: { 'parallel-background-jobs': 0 } });
      const { code, err } = await run(command, '--config', written.configPath, '--log-level', 'silent');
      expect(code).toBe(1);
      expect(err).toMatch(/config\.yml:\d+:\d+ /);
      expect(err).toContain('The configuration has 1 problem.');
    },
  );

  it('ends with 1 when it is a dashboard that others could get into', async () => {
    await using written = await writeSmallDeployment();
    const { code, err } = await run('dashboard', '--host', '0.0.0.0', '--config', written.configPath);
    expect(code).toBe(1);
    expect(err).toContain('DASHBOARD_PASSWORD');
  });
});

describe('octo-bots used wrongly', () => {
  it.each([
    ['an unknown command', ['strat'], 'start'],
    ['an unknown option', ['start', '--prot', '1'], '--port'],
    ['no command', [], 'Usage:'],
    ['too many arguments', ['validate', 'octo-bots.yml'], 'too many arguments'],
    ['a port that is none', ['ingress', '--port', '99999'], '0 to 65535'],
    ['a port that is no number', ['ingress', '--port', '80a'], '0 to 65535'],
    ['no concurrency at all', ['worker', '--concurrency', '0'], 'from 1'],
    ['an unknown log level', ['worker', '--log-level', 'loud'], 'debug, info'],
    ['an unknown kind of TLS', ['start', '--tls', 'on'], 'adhoc, off'],
    ['half a pair of TLS files', ['start', '--cert', 'cert.pem'], '--key'],
    ['the other half', ['start', '--key', 'key.pem'], '--cert'],
    ['two kinds of TLS', ['start', '--tls', 'off', '--cert', 'a', '--key', 'b'], 'cannot be used with'],
    ['a replay of nothing from the start', ['replay', '--from-start'], 'the id of a run or a delivery'],
    ['a replay with an option of the list', ['replay', 'd-1', '--json'], '--json is for the list'],
    ['a list of nothing', ['replay', '--limit', '0'], 'from 1'],
    ['something else than Redis', ['worker', '--redis-url', 'http://127.0.0.1'], 'redis+sentinel://'],
    ['an unknown kind of Redis', ['worker', '--redis-url', 'redis+custer://127.0.0.1'], 'redis+cluster://'],
  ])('ends with 2 and says what is allowed: %s', async (_what, args, says) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(says);
  });

  it.each([
    'http://user:s3cret@127.0.0.1',
    'redis:/:s3cret@127.0.0.1',
    ':s3cret@127.0.0.1',
    'redis+sentinels://host/name?sentinel-password=s3cret',
  ])('does not print a password that stands in what is no URL of a Redis: %s', async (url) => {
    const { code, err } = await run('worker', '--redis-url', url);
    expect(code).toBe(2);
    expect(err).toContain('allowed: a URL such as redis://');
    expect(err).not.toContain('s3cret');
  });
});

describe('octo-bots --help', () => {
  it('lists the commands', async () => {
    const { code, out, err } = await run('--help');
    expect(code).toBe(0);
    expect(err).toBe('');
    for (const command of ['start', 'ingress', 'worker', 'scheduler', 'dashboard', 'validate', 'replay']) {
      expect(out).toContain(`\n  ${command} `);
    }
  });

  it.each(['start', 'ingress', 'worker', 'scheduler', 'dashboard'])(
    'of %s names its options and their environment',
    async (command) => {
      const { code, out } = await run(command, '--help');
      expect(code).toBe(0);
      for (const name of ['OCTO_BOTS_CONFIG', 'REDIS_URL', 'HOST', 'PORT', 'LOG_LEVEL', '--tls', '--cert', '--key']) {
        expect(out).toContain(name);
      }
    },
  );

  it('tells the version', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
