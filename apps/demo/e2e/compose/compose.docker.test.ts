import { randomUUID } from 'node:crypto';
import { appendFile, chmod, cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { docker, type People, peopleAt, temporaryDirectory, tryDocker, waitFor, words } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ComposeProject } from './compose-project.ts';
import { sendPing, writeCredentials } from './credentials.ts';
import { AppDeliveries, effectsOn, openMisnamed, startTrickle, wasAnswered } from './trickle.ts';

const { available, why } = inject('docker');
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const minutes = (count: number) => count * 60_000;
const processes = ['ingress', 'worker', 'scheduler', 'dashboard'];

describe.skipIf(!available)(`docker compose up${available ? '' : ` (skipped: ${why})`}`, () => {
  it('has a configuration that is clean on a fresh clone', async () => {
    const project = new ComposeProject();
    expect(await project.try(['config', '--quiet'])).toMatchObject({ code: 0, output: '' });
    expect(await project.try(['--profile', 'demo', 'config', '--quiet'])).toMatchObject({ code: 0, output: '' });
  });

  it('installs nothing again for a changed line of code', { timeout: minutes(10) }, async () => {
    await using copy = await temporaryDirectory();
    await cp(root, copy.path, { recursive: true, filter: (path) => !/\/(node_modules|\.git|\.nx)$/.test(path) });
    // Of this run alone: BuildKit still has what an earlier one changed.
    await appendFile(join(copy.path, 'apps/worker/src/worker.ts'), `\n// A changed line, ${randomUUID()}.\n`);
    await using project = new ComposeProject({ BUILDKIT_PROGRESS: 'plain' });
    await project.run(['build', 'worker'], { timeoutMs: minutes(9) });
    const { code, output } = await project.try(['--file', join(copy.path, 'docker-compose.yml'), 'build', 'worker']);
    expect(code, output).toBe(0);
    const stepsOf = (command: RegExp) =>
      [...output.matchAll(/^#(\d+) \[.*\] (.+)$/gm)]
        .filter(([, , run = '']) => command.test(run))
        .map(([, step]) => step);
    const installing = stepsOf(/^RUN .*(npm ci|apt-get install)/);
    expect(installing).toHaveLength(2);
    for (const step of installing) expect(output).toMatch(new RegExp(`^#${step} CACHED$`, 'm'));
    const [copying] = stepsOf(/^COPY --from=tree \/product\/sources/);
    expect(output).toMatch(new RegExp(`^#${copying} DONE`, 'm'));
  });

  it('starts with the credentials of an App, and takes what is signed with its secret', {
    timeout: minutes(10),
  }, async () => {
    await using credentials = await temporaryDirectory();
    const webhookSecret = await writeCredentials(credentials.path);
    await using project = new ComposeProject({
      OCTO_BOTS_CREDENTIALS_DIR: credentials.path,
      DASHBOARD_PASSWORD: 'a password',
    });
    await project.up({ args: ['--scale', 'worker=1'] });
    await Promise.all(processes.map((service) => project.healthy(service)));
    const url = `${await project.url('ingress', 8080)}/events`;
    expect((await sendPing(url, webhookSecret)).status).toBe(202);
    expect((await sendPing(url, 'another secret')).status).toBe(401);
    const board = `${await project.url('dashboard', 8080)}/dashboard`;
    expect((await fetch(board, { headers: { authorization: `Basic ${btoa('octo-bots:a password')}` } })).status).toBe(
      200,
    );
    expect((await fetch(board, { headers: { authorization: `Basic ${btoa('octo-bots:octo-bots')}` } })).status).toBe(
      401,
    );
  });

  it('says what to put where when there is no GitHub App, and starts nothing', { timeout: minutes(10) }, async () => {
    await using empty = await temporaryDirectory();
    await chmod(empty.path, 0o755);
    await using project = new ComposeProject({
      OCTO_BOTS_CREDENTIALS_DIR: empty.path,
      OCTO_BOTS_CONFIG_DIR: undefined,
    });
    await project.build();
    const { code, output } = await project.try(['up'], { timeoutMs: minutes(1) });
    expect(code).not.toBe(0);
    expect(output).toContain('/config/credentials/github-app.yml');
    expect(output).toContain('Nothing was started.');
    expect(output).toContain('docs/how-to/docker-compose.md');
    const views = await project.inspect((await Promise.all(processes.map((name) => project.containers(name)))).flat());
    expect(views.map(({ State }) => State.Running)).not.toContain(true);

    const nowhere = join(empty.path, 'nowhere');
    await using mistyped = new ComposeProject({ OCTO_BOTS_TAG: project.name, OCTO_BOTS_CONFIG_DIR: nowhere });
    const refused = await mistyped.try(['run', '--rm', '--no-deps', '-T', 'configuration']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(`source path does not exist: ${nowhere}`);
    expect(await readdir(empty.path)).toEqual([]);
  });
});

describe.skipIf(!available)(`docker compose --profile demo up${available ? '' : ` (skipped: ${why})`}`, () => {
  const project = new ComposeProject();
  let people: People;
  let deliveries: AppDeliveries;

  beforeAll(async () => {
    await project.up({ profiles: ['demo'] });
    await Promise.all(processes.map((service) => project.healthy(service)));
    const url = await project.url('github', 4000);
    people = peopleAt(url);
    const privateKey = await project.run([
      '--profile',
      'demo',
      'exec',
      '-T',
      'github',
      'cat',
      '/demo/secrets/github-app.pem',
    ]);
    deliveries = new AppDeliveries(url, { id: 4242, privateKey });
  }, minutes(12));

  afterAll(async () => {
    if (!available) return;
    await project[Symbol.asyncDispose]();
    expect(await project.leftovers()).toEqual([]);
  }, minutes(4));

  it('reaches the labels on the pull request and the closed issue, and shows each step', {
    timeout: minutes(3),
  }, async () => {
    const logs = () => project.run(['--profile', 'demo', 'logs', '--no-log-prefix', '--no-color', 'github']);
    const story = await waitFor(
      'the end of the story',
      async () => /[\s\S]*All of it was read back/.exec(await logs())?.[0],
      {
        timeoutMs: minutes(2),
      },
    );
    expect(story).toContain('● Webhook pull_request.opened: answered 202');
    expect(story).toContain('● Read back from GitHub: #2 has the labels prod, feature');
    expect((await people.issue('octo-org', 'hello-world', 2)).labels.toSorted()).toEqual(['feature', 'prod']);
    expect((await people.issue('octo-org', 'hello-world', 1)).state).toBe('closed');
  });

  it('starts nothing without its profile while it is up', async () => {
    const start = ['run', '--rm', '-T', 'configuration'];
    const { code, output } = await project.try(start);
    expect(code).toBe(1);
    expect(output).toContain('Nothing was started: the demo is still up');
    expect(await project.run(['--profile', 'demo', ...start])).toContain('/demo/config/config.yml is valid.');
  });

  it.each(processes)('gives %s no more rights than it needs', async (service) => {
    const views = await project.inspect(await project.containers(service));
    expect(views.length).toBeGreaterThan(0);
    for (const { Config, HostConfig } of views) {
      expect(Config.User).toBe('1000:1000');
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: null,
        Privileged: false,
        SecurityOpt: ['no-new-privileges:true'],
        Init: true,
        RestartPolicy: { Name: 'unless-stopped' },
      });
    }
    const [container = ''] = await project.containers(service);
    const written = await tryDocker(['exec', container, 'sh', '-c', 'echo changed >> /app/package.json']);
    expect(written.output).toContain('cannot create /app/package.json');
  });

  it('gives Redis no more rights than it needs, and has it append every change and throw nothing away', async () => {
    const [container = ''] = await project.containers('redis');
    const [view] = await project.inspect([container]);
    expect(view).toMatchObject({
      Config: { User: 'redis' },
      HostConfig: { ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] },
    });
    for (const [key, value] of [
      ['appendonly', 'yes'],
      ['appendfsync', 'always'],
      ['maxmemory-policy', 'noeviction'],
    ] as const) {
      expect(words(await docker(['exec', container, 'redis-cli', 'config', 'get', key]))).toEqual([key, value]);
    }
  });

  it('has images with what each process needs, and nothing for tests', async () => {
    const inside = (service: string, command: string) =>
      tryDocker(['run', '--rm', '--entrypoint', 'sh', `octo-bots/${service}:${project.name}`, '-c', command]);
    for (const service of processes) {
      const found = await inside(
        service,
        'ls -d /app/node_modules/emulate /app/node_modules/vitest /app/libs/testing /app/apps/demo',
      );
      expect(found.stdout, `in the image of ${service}`).toBe('');
      const programs = await inside(service, 'git --version && clang-format --version && cppcheck --version');
      expect(programs.code === 0, `${service} has git, clang-format and cppcheck`).toBe(service === 'worker');
    }
    const base = Number(await docker(['image', 'inspect', '--format', '{{.Size}}', 'node:24-slim']));
    const sizes = [...(await project.images())].map(([image, bytes]) => [image, bytes, bytes - base] as const);
    expect(sizes.map(([image]) => image).toSorted()).toEqual(
      [...processes, 'demo'].map((name) => `octo-bots/${name}`).toSorted(),
    );
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`.padStart(8);
    const rows = sizes.map(
      ([image, bytes, own]) => `${image.padEnd(22)}${megabytes(bytes)}, ${megabytes(own)} above node:24-slim`,
    );
    console.log(`Sizes of the images:\n${rows.toSorted().join('\n')}`);
  });

  it('shows the dashboard to those who have its password', async () => {
    const url = await project.url('dashboard', 8080);
    expect((await fetch(`${url}/dashboard`)).status).toBe(401);
    const headers = { authorization: `Basic ${btoa('octo-bots:octo-bots')}` };
    expect((await fetch(`${url}/dashboard`, { headers })).status).toBe(200);
  });

  it('finishes exactly once what was answered 2xx, while one container after another is killed', {
    timeout: minutes(6),
  }, async () => {
    await project.run(['--profile', 'demo', 'up', '--detach', '--no-recreate', '--scale', 'worker=4']);
    await project.healthy('worker');
    const workers = await project.containers('worker');
    expect(workers).toHaveLength(4);

    const trickle = startTrickle(people);
    const answeredOurs = async () =>
      (await deliveries.opened()).filter((event) => wasAnswered(event) && trickle.numbers.includes(event.number));
    const takesMore = async () => {
      const enough = (await answeredOurs()).length + 4;
      await waitFor(
        `${enough} events to be taken`,
        async () => {
          if ((await answeredOurs()).length >= enough) return true;
          // In peace: an App may ask GitHub 5,000 times an hour.
          await pause(500);
          return false;
        },
        { timeoutMs: minutes(1) },
      );
    };
    for (const service of ['worker', 'ingress', 'scheduler', 'dashboard', 'redis', 'worker']) {
      await takesMore();
      const containers = await project.containers(service);
      await project.crash(containers[Math.floor(Math.random() * containers.length)] ?? '');
    }
    await takesMore();
    await trickle.stop();
    const ours = await answeredOurs();
    await deliveries.redeliver(ours.slice(0, 5));

    await expectEffectsOnce(ours.map(({ number }) => number));
    for (const number of trickle.numbers) expect((await effectsOn(people, number)).comments).toBeLessThanOrEqual(1);
  });

  it('loses nothing when Redis is killed and then made anew on its volume', { timeout: minutes(5) }, async () => {
    await project.healthy('worker');
    await project.run(['--profile', 'demo', 'stop', 'worker'], { timeoutMs: minutes(2) });
    const stopped = await project.inspect(await project.containers('worker'));
    expect(stopped.map(({ State }) => State.ExitCode)).toEqual(stopped.map(() => 0));

    const numbers = [await openMisnamed(people), await openMisnamed(people), await openMisnamed(people)];
    await waitFor('their events to be answered', async () => {
      const known = (await deliveries.opened()).filter(wasAnswered).map(({ number }) => number);
      return numbers.every((number) => known.includes(number));
    });
    const [redis = ''] = await project.containers('redis');
    await project.crash(redis);
    await project.run(['--profile', 'demo', 'up', '--detach', '--no-deps', '--force-recreate', 'redis']);
    expect(await project.containers('redis')).not.toContain(redis);
    await project.healthy('redis');
    for (const number of numbers) expect(await effectsOn(people, number)).toEqual({ comments: 0, done: false });

    await project.run(['--profile', 'demo', 'start', 'worker']);
    await expectEffectsOnce(numbers);
  });

  /** Each is closed and labelled, has exactly one comment, and nothing waits or failed that could still change that. */
  async function expectEffectsOnce(numbers: readonly number[]): Promise<void> {
    const undone = [...numbers];
    await waitFor(
      'all of it to be done',
      async () => {
        // One at a time, and in peace: a user may ask GitHub 5,000 times an hour.
        while (undone[0] !== undefined && (await effectsOn(people, undone[0])).done) undone.shift();
        if (undone.length > 0) await pause(500);
        return undone.length === 0;
      },
      { timeoutMs: minutes(2) },
    );
    await waitFor('no run to wait', async () => (await runsIn('wait', 'prioritized', 'active', 'delayed')) === 0, {
      timeoutMs: minutes(1),
    });
    expect(await runsIn('failed')).toBe(0);
    // Of both bots; there may be more, of deliveries that were taken although the answer was cut off.
    expect(await runsIn('completed')).toBeGreaterThanOrEqual(2 * numbers.length);
    for (const number of numbers) expect(await effectsOn(people, number)).toEqual({ comments: 1, done: true });
  }

  /** How many runs of the two bots are in these states, counted in Redis itself. */
  async function runsIn(...states: readonly string[]): Promise<number> {
    const [redis = ''] = await project.containers('redis');
    const count = `
      for i = 1, #ARGV do
        local found = redis.call('KEYS', '*' .. ARGV[i])
        for _, key in ipairs(found) do
          local kind = redis.call('TYPE', key).ok
          if kind == 'list' then total = total + redis.call('LLEN', key) end
          if kind == 'zset' then total = total + redis.call('ZCARD', key) end
        end
      end`;
    const endings = ['label-pull-requests', 'branch-names'].flatMap((bot) => states.map((state) => `${bot}:${state}`));
    return Number(
      await docker(['exec', redis, 'redis-cli', 'eval', `local total = 0 ${count} return total`, '0', ...endings]),
    );
  }
});
