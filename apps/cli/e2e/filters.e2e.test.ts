import { waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentProcesses, deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;

const bots = `
  bots:
    - name: Label what ships
      filters:
        - events-filter:
            events: [{name: pull_request, actions: [opened, labeled]}]
        - not:
            label-filter:
              any-of: [wip]
        - any-of:
            - files-changed-filter:
                any-of: [src/*]
            - label-filter:
                any-of: [ship]
      operations:
        - pull-request-labels:
            scheme: branches
`;

describe('a bot whose filters are made of filters', () => {
  let deployment: DeploymentProcesses;

  beforeAll(async () => {
    deployment = await deploy({ bots });
    await Promise.all((['ingress', 'worker'] as const).map((role) => deployment.start(role)));
  });

  afterAll(() => deployment?.[Symbol.asyncDispose]());

  const open = (head: string, path: string) =>
    deployment.github.openPullRequest({ ...place, head, files: { [path]: `${head}\n` } });

  const addLabels = (number: number, labels: string[]) =>
    deployment.github.api(place.owner, 'POST', `/repos/octo-org/hello-world/issues/${number}/labels`, { labels });

  const labelsOf = async (number: number) => (await deployment.github.issue(place.owner, place.repo, number)).labels;

  const labelled = (number: number, label: string) =>
    waitFor(`#${number} to be labelled ${label}`, async () => (await labelsOf(number)).includes(label), {
      timeoutMs: 30_000,
    });

  const deliveriesOf = (action: string, number: number) =>
    deployment.github
      .deliveries()
      .filter(
        ({ event, action: its, body }) =>
          event === 'pull_request' && its === action && JSON.parse(body).pull_request.number === number,
      );

  const filteredOut = (number: number) =>
    waitFor(
      `the run for #${number} to be filtered out`,
      () => {
        const [delivery] = deliveriesOf('opened', number);
        return deployment
          .workerLog()
          .find(({ msg, run }) => msg === 'event filtered out' && run === `${delivery?.delivery}.label-what-ships`);
      },
      { timeoutMs: 30_000 },
    );

  it('runs for a pull request that one of the filters of any-of lets through', async () => {
    const { number } = await open('feature/code', 'src/a.ts');
    await labelled(number, 'feature');
  });

  it('says for another one why each of them filtered it out, and runs once that has changed', async () => {
    const { number } = await open('feature/docs', 'docs/a.md');
    expect(await filteredOut(number)).toMatchObject({
      filter: 'any-of',
      reason: `none of its filters lets it through: label-filter: the pull request #${number} has no labels, and none matches any of ship; files-changed-filter: the pull request #${number} changes no file that matches any of src/*; looked at 1 file`,
    });
    expect(await labelsOf(number)).toEqual([]);

    await addLabels(number, ['ship']);
    await labelled(number, 'feature');
  });

  it('makes no run for a pull request that the filter of not lets through', async () => {
    const { number } = await open('feature/unfinished', 'docs/b.md');
    await filteredOut(number);
    await addLabels(number, ['wip', 'ship']);
    const answers = await waitFor('GitHub to have told of the labels', () => {
      const told = deliveriesOf('labeled', number);
      return told.length > 0 && told.every(({ status }) => status !== undefined) && told.map(({ answer }) => answer);
    });
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ runs: [] });
    expect((await labelsOf(number)).toSorted()).toEqual(['ship', 'wip']);
  });
});
