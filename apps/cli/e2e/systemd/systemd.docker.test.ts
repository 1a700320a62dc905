import { readFile } from 'node:fs/promises';
import {
  codeBlocks,
  type EmulatedGitHub,
  freePort,
  type People,
  peopleAt,
  startGitHub,
  waitFor,
} from '@octo-bots/testing';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SystemdHost } from './systemd-host.ts';

const { available, why } = inject('docker');
const minutes = (count: number) => count * 60_000;
const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const httpsPort = 8443;
const services = ['ingress', 'worker@1', 'worker@2', 'scheduler', 'dashboard'].map(
  (name) => `octo-bots-${name}.service`,
);

const howTo = await readFile(new URL('../../../../docs/how-to/systemd.md', import.meta.url), 'utf8');
/** The image has done these already. */
const inTheImage = /^(apt-get|git clone) /;

describe.skipIf(!available)(`a host with systemd${available ? '' : ` (skipped: ${why})`}`, () => {
  const stack = new AsyncDisposableStack();
  let host: SystemdHost;
  let github: EmulatedGitHub;
  let people: People;

  beforeAll(async () => {
    const port = await freePort();
    const url = `http://host.docker.internal:${port}`;
    github = stack.use(await startGitHub({ listen: { host: '0.0.0.0', port, url } }));
    people = peopleAt(`http://127.0.0.1:${port}`);
    host = stack.use(await SystemdHost.start([httpsPort]));
  }, minutes(10));

  afterAll(() => stack.disposeAsync(), minutes(1));

  const write = (path: string, content: string) =>
    host.run(`mkdir -p "$(dirname ${path})" && base64 -d > ${path} <<< ${Buffer.from(content).toString('base64')}`);

  /** What the person who follows the how-to fills in. */
  async function fillIn(): Promise<void> {
    const { app } = github;
    const folder = '/etc/octo-bots/credentials';
    await write(
      `${folder}/github-app.yml`,
      JSON.stringify({
        'app-id': app.id,
        'client-id': app.clientId,
        'client-secret': app.clientSecret,
        'private-key-path': './github-app.private-key.pem',
        'webhook-secret': app.webhookSecret,
      }),
    );
    await write(`${folder}/github-app.private-key.pem`, app.privateKey);
    await host.run(
      `sed -i 's|https://api.github.com|${github.url}|; s|# \\(- ./bots/source-checks.yml\\)|\\1|' /etc/octo-bots/octo-bots.yml`,
    );
  }

  it('has every process up and healthy after the commands of the how-to', { timeout: minutes(2) }, async () => {
    const install = howTo.slice(howTo.indexOf('## Install'), howTo.indexOf('## Operate'));
    for (const commands of codeBlocks(install, 'sh').filter((block) => !inTheImage.test(block))) {
      const output = await host.run(commands);
      if (commands.includes('cp -rT config')) await fillIn();
      if (commands.includes('validate')) expect(output).toContain('/etc/octo-bots/octo-bots.yml is valid.');
    }
    const asks = [...howTo.matchAll(/`(?:curl -s 127\.0\.0\.1)?(:\d+\/(?:readyz|healthz))`/g)].map(([, at]) => at);
    expect(asks).toHaveLength(3);
    for (const at of asks) {
      await waitFor(`${at} to be well`, () => host.run(`curl -sf 127.0.0.1${at}`).catch(() => false), {
        timeoutMs: 30_000,
      });
    }
  });

  it('gives no process more rights than it needs', async () => {
    for (const service of services) {
      const status = await host.run(`cat /proc/$(systemctl show --property MainPID --value ${service})/status`);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^CapBnd:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).toMatch(/^Seccomp:\t2$/m);
    }
  });

  it('lets an ingress with a certificate of its own take webhooks from outside, and the programs that check sources run', {
    timeout: minutes(3),
  }, async () => {
    const [dropIn = ''] = codeBlocks(howTo, 'ini');
    const pair = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
    await write('/etc/octo-bots/tls/cert.pem', pair.cert);
    await write('/etc/octo-bots/tls/key.pem', pair.private);
    await host.run('chown -R root:octo-bots /etc/octo-bots/tls && chmod -R u=rwX,g=rX,o= /etc/octo-bots/tls');
    await write('/etc/systemd/system/octo-bots-ingress.service.d/override.conf', dropIn);
    await host.run('systemctl daemon-reload && systemctl restart octo-bots-ingress');
    const ready = () => host.run(`curl -skf https://127.0.0.1:${httpsPort}/readyz`).catch(() => false);
    await waitFor('the ingress to be ready', ready, { timeoutMs: 30_000 });
    github.setWebhookUrl(`https://${await host.address(httpsPort)}/events`, { insecureTls: true });

    await people.pushCommit({ ...place, branch: 'main', files: { '.clang-format': 'BasedOnStyle: LLVM\n' } });
    const bad = 'int  a;\nint main() {\n  int *p = 0;\n  return *p;\n}\n';
    const { number, head } = await people.openPullRequest({ ...place, head: 'feature/a', files: { 'src/a.c': bad } });

    await waitFor(
      'the labels',
      async () => (await people.issue(place.owner, place.repo, number)).labels.includes('feature'),
      { timeoutMs: 30_000 },
    );
    const path = `/repos/${place.owner}/${place.repo}/commits/${head.sha}/check-runs`;
    const titles = await waitFor(
      'both check runs to end',
      async () => {
        // What GitHub documents of a list of check runs.
        const { check_runs: all } = (await people.api(place.owner, 'GET', path)) as {
          check_runs: { name: string; conclusion: string | null; output: { title: string } }[];
        };
        const ended = all.filter(({ conclusion }) => conclusion === 'failure');
        return ended.length === 2 && ended.map(({ output }) => output.title).toSorted();
      },
      { timeoutMs: minutes(1) },
    );
    expect(titles).toEqual(['1 error in 1 file', '1 file of 1 not formatted as .clang-format says']);
  });

  it('starts again what was killed', async () => {
    const restarts = () => host.run('systemctl show --property NRestarts --value octo-bots-worker@1');
    expect(await restarts()).toBe('0');
    await host.run('systemctl kill --signal KILL octo-bots-worker@1');
    await waitFor('the worker to be started again', async () => (await restarts()) === '1', { timeoutMs: 30_000 });
    await waitFor('it to be well', () => host.run('curl -sf 127.0.0.1:9101/healthz').catch(() => false), {
      timeoutMs: 30_000,
    });
  });

  it('ends all of it, in peace, with the target', { timeout: minutes(2) }, async () => {
    await host.run('systemctl stop octo-bots.target');
    const states = await waitFor(
      'every service to have ended',
      async () => {
        const shown = await host.run(
          `systemctl show --property ActiveState,Result,ExecMainStatus ${services.join(' ')}`,
        );
        return !/deactivating|=active/.test(shown) && shown.split('\n\n').map((one) => one.split('\n').toSorted());
      },
      { timeoutMs: 60_000 },
    );
    expect(states).toEqual(services.map(() => ['ActiveState=inactive', 'ExecMainStatus=0', 'Result=success']));
  });
});
