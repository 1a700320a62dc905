import { waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentProcesses, deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;

const bots = [
  {
    name: 'Branch names',
    filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
    operations: [
      { 'pull-request-labels': { scheme: 'branches' } },
      { 'pull-request-naming-enforcer': { 'enforced-names': ['fix/*'] } },
    ],
  },
  {
    name: 'Labels only',
    filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
    operations: [{ 'pull-request-labels': { scheme: 'branches' } }],
  },
];

describe('octo-bots replay', () => {
  let deployment: DeploymentProcesses;

  beforeAll(async () => {
    deployment = await deploy({ bots });
    await deployment.start('ingress');
    await deployment.start('worker');
  });

  afterAll(() => deployment?.[Symbol.asyncDispose]());

  const stateOf = async (number: number) => (await deployment.github.issue(place.owner, place.repo, number)).state;

  const done = (run: string, attempts = 1) =>
    waitFor(`${run} to end well`, () => {
      const lines = deployment.workerLog().filter(({ msg, status }) => msg === 'run ended' && status === 'done');
      return lines.filter((line) => line.run === run).length === attempts;
    });

  const failedForGood = (run: string) =>
    waitFor(`${run} to fail`, () =>
      deployment.workerLog().some((line) => line.msg === 'run failed for good' && line.run === run),
    );

  /** A pull request whose bot has labelled it, and could not close it: GitHub refused. A person has removed the label since. */
  async function refused(head: string) {
    const { github } = deployment;
    github.answerNext({ method: 'PATCH', path: /\/pulls\/\d+$/, status: 403, body: { message: 'Forbidden' } });
    const { number } = await github.openPullRequest({ ...place, head });
    const { delivery } = await waitFor('the delivery', () =>
      github.deliveries().find(({ event, body }) => event === 'pull_request' && JSON.parse(body).number === number),
    );
    const run = `${delivery}.branch-names`;
    await failedForGood(run);
    await done(`${delivery}.labels-only`);
    expect(await github.labelsOf(place.owner, place.repo, number)).toContain('feature');
    await github.api(place.owner, 'DELETE', `/repos/octo-org/hello-world/issues/${number}/labels/feature`);
    return { number, delivery, run };
  }

  it('lists a run that failed for good, and replays it by its delivery after the operation that was finished', async () => {
    const { number, delivery, run } = await refused('feature/one');

    const list = await deployment.command('replay');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    const [head, row] = list.stdout.split('\n');
    expect(head).toMatch(/^RUN +BOT OR JOB +FAILED AT +ATTEMPTS +REASON$/);
    expect(row).toMatch(
      new RegExp(`^${run}  Branch names  \\d{4}-.*Z +1 +pull-request-naming-enforcer: GITHUB_REQUEST_REFUSED: .*403`),
    );
    expect(list.stdout).toContain('1 failed run. To replay: octo-bots replay');
    const json = await deployment.command('replay', '--json', '--bot', 'Branch names');
    expect(JSON.parse(json.stdout)).toMatchObject([
      { run, kind: 'bot', name: 'Branch names', delivery, event: 'pull_request', attempts: 1 },
    ]);

    expect(await deployment.command('replay', delivery)).toEqual({
      code: 0,
      signal: null,
      stdout: `replayed ${run} of "Branch names": after 1 finished operation\n`,
      stderr: '',
    });

    await done(run);
    expect(await stateOf(number)).toBe('closed');
    expect(await deployment.github.commentsOf(place.owner, place.repo, number)).toHaveLength(1);
    expect(await deployment.github.labelsOf(place.owner, place.repo, number)).not.toContain('feature');
    expect((await deployment.command('replay')).stdout).toBe('No run has failed for good.\n');
    const again = await deployment.command('replay', delivery);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(`${delivery}: none of its runs failed`);
    expect(again.stderr).toContain(`${run} of "Branch names" is not replayed: it ended well; --from-start`);
  });

  it('repeats finished operations with --from-start, and also a run that ended well when it is named', async () => {
    const { number, delivery, run } = await refused('feature/two');

    const fromStart = await deployment.command('replay', delivery, '--from-start');
    expect(fromStart).toMatchObject({ code: 0, stdout: `replayed ${run} of "Branch names": from the start\n` });

    await done(run);
    expect(await stateOf(number)).toBe('closed');
    expect(await deployment.github.labelsOf(place.owner, place.repo, number)).toContain('feature');

    expect(await deployment.command('replay', run)).toMatchObject({ code: 1, stdout: '' });
    expect(await deployment.command('replay', run, '--from-start')).toMatchObject({ code: 0, stderr: '' });
    await done(run, 2);
  });

  it('says what to do about an id that nothing has, and replays the others all the same', async () => {
    const { run } = await refused('feature/three');

    const outcome = await deployment.command('replay', 'no-such-delivery', run);

    expect(outcome).toMatchObject({ code: 1, stdout: expect.stringContaining(`replayed ${run} `) });
    expect(outcome.stderr).toContain('no-such-delivery: no run and no delivery has this id, or it is no longer kept');
    expect(outcome.stderr).toContain('octo-bots replay lists');
    await done(run);
  });

  it('knows the bots by name, and says which there are', async () => {
    const outcome = await deployment.command('replay', '--bot', 'Branch nmes');
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).toContain('"Branch nmes"; allowed: "Branch names", "Labels only"');
  });
});

it('octo-bots replay ends with 1 and says why when there is no Redis', async () => {
  await using deployment = await deploy({ bots });
  await deployment.redis.stop();
  for (const args of [[], ['d-1']]) {
    const outcome = await deployment.command('replay', ...args);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      /^Redis does not answer.* 127.0.0.1:\d+: .*ECONNREFUSED.*must answer.*--redis-url.*\n$/,
    );
  }
});
