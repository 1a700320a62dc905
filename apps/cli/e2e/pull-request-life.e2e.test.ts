import { waitFor } from '@octo-bots/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeploymentProcesses, deploy } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const { owner, repo } = place;
const repository = `/repos/${owner}/${repo}`;
const people = ['ada', 'grace', 'linus'];
const accounts = [
  { login: owner, type: 'Organization', repositories: [repo] } as const,
  ...people.map((login) => ({ login, type: 'User', installation: 'none' }) as const),
];

const bots = `
  bots:
    - name: Label by rules
      filters:
        - events-filter:
            events:
              - name: pull_request
                actions: [opened, edited, synchronize]
      operations:
        - pull-request-labels:
            scheme:
              rules:
                - head: feature/*
                  base: main
                  labels: [feature]
                - base: develop
                  labels: [next]
                - files: ['docs/*']
                  labels:
                    - { name: docs, color: "0075ca" }
              remove-unmatched: true
    - name: Assign reviewers
      filters:
        - events-filter:
            events:
              - name: pull_request
                actions: [opened, ready_for_review, synchronize]
        - branch-filter:
            head-branches: [contributed/*]
      operations:
        - pull-request-reviewers-assign:
            scheme: { name: top-contributers, top: 1 }
    - name: Ask code owners
      filters:
        - events-filter:
            events: [{ name: pull_request, actions: [opened] }]
        - branch-filter:
            head-branches: [owned/*]
      operations:
        - pull-request-reviewers-assign:
            scheme: { name: codeowners }
    - name: Ask in turns
      filters:
        - events-filter:
            events: [{ name: pull_request, actions: [opened] }]
        - branch-filter:
            head-branches: [turns/*]
      operations:
        - pull-request-reviewers-assign:
            scheme: { name: round-robin, reviewers: [ada, grace, linus] }
    - name: Delete head branches
      filters:
        - events-filter:
            events: [{ name: pull_request, actions: [closed] }]
      operations:
        - pull-request-head-branch-deletion:
            exclude: [keep/*]
    - name: Open release pull requests
      filters:
        - events-filter:
            events: [{ name: create }]
      operations:
        - pull-request-release-branch-creation:
            release-patterns: [release/*]
`;

describe('a deployment of one ingress and two workers', () => {
  let deployment: DeploymentProcesses;

  beforeAll(async () => {
    deployment = await deploy({ bots }, { accounts });
    const { github } = deployment;
    for (const login of ['ada', 'grace']) {
      await github.api(owner, 'PUT', `${repository}/collaborators/${login}`, { permission: 'push' });
    }
    // One commit of `ada`, two of `linus`, who may not write.
    for (const [index, name] of ['ada', 'linus', 'linus'].entries()) {
      await github.api(owner, 'PUT', `${repository}/contents/by-${name}-${index}.txt`, {
        message: 'A commit',
        content: Buffer.from(`${name} ${index}`).toString('base64'),
        author: { name, email: `${name}@example.com` },
      });
    }
    await github.pushCommit({
      ...place,
      branch: 'main',
      files: { '.github/CODEOWNERS': '* @ada\n*.c @grace @linus\n' },
    });
    await Promise.all((['ingress', 'worker', 'worker'] as const).map((role) => deployment.start(role)));
  });

  afterAll(() => deployment?.[Symbol.asyncDispose]());

  const labelled = (number: number, ...labels: string[]) =>
    waitFor(
      `#${number} to have the labels ${labels.join(', ')} and no others`,
      async () => {
        const now = await deployment.github.labelsOf(owner, repo, number);
        return now.toSorted().join() === labels.toSorted().join();
      },
      { timeoutMs: 30_000 },
    );

  /** What an operation said at the end of the run of a bot on the last such event of a pull request. */
  const outcomeOf = (bot: string, { event, action }: { event: string; action?: string }, about: RegExp) =>
    waitFor(
      `the outcome of ${bot} on ${event}.${action} about ${about}`,
      () => {
        const delivery = deployment.github
          .deliveries()
          .findLast((one) => one.event === event && one.action === action && about.test(one.body))?.delivery;
        const line = deployment
          .workerLog()
          .find(({ msg, run }) => msg === 'operation ended' && delivery !== undefined && run === `${delivery}.${bot}`);
        return line && JSON.stringify(line);
      },
      { timeoutMs: 30_000 },
    );

  const askedOf = async (number: number) => {
    const { json } = await deployment.github.pullRequest(owner, repo, number);
    // What GitHub documents of a pull request.
    return (json.requested_reviewers as { login: string }[]).map(({ login }) => login);
  };

  const asked = (number: number, ...logins: string[]) =>
    waitFor(
      `${logins.join(', ')} to be asked to review #${number}`,
      async () => (await askedOf(number)).join() === logins.join(),
      { timeoutMs: 30_000 },
    );

  const branches = async () => {
    // What GitHub documents of a list of branches.
    const all = (await deployment.github.api(owner, 'GET', `${repository}/branches?per_page=100`)) as {
      name: string;
    }[];
    return all.map(({ name }) => name);
  };

  it('labels by rules, and takes off what a new base or a push leaves without a rule', async () => {
    const { github } = deployment;
    const { number } = await github.openPullRequest({ ...place, head: 'feature/one', files: { 'docs/one.md': '# 1' } });
    await labelled(number, 'feature', 'docs');
    await github.addLabels(owner, repo, number, ['question']);

    await github.createBranch({ ...place, branch: 'develop' });
    await github.editPullRequest(owner, repo, number, { base: 'develop' });
    await labelled(number, 'next', 'docs', 'question');

    const path = `${repository}/contents/docs/one.md`;
    // What GitHub documents of a file.
    const file = (await github.api(owner, 'GET', `${path}?ref=feature/one`)) as { sha: string };
    await github.api(owner, 'DELETE', path, { message: 'No docs', branch: 'feature/one', sha: file.sha });
    await labelled(number, 'next', 'question');
    expect(await github.api(owner, 'GET', `${repository}/labels/docs`)).toMatchObject({ color: '0075ca' });
  });

  it('asks the top contributor who may write, once the pull request is no draft, and nobody else by a push', async () => {
    const { github } = deployment;
    const { number } = await github.openPullRequest({ ...place, head: 'contributed/one', draft: true });
    const about = new RegExp(`"number":${number},`);
    expect(await outcomeOf('assign-reviewers', { event: 'pull_request', action: 'opened' }, about)).toContain(
      'is a draft',
    );
    expect(await askedOf(number)).toEqual([]);

    await github.markReadyForReview(owner, repo, number);
    await asked(number, 'ada');

    await github.pushCommit({ ...place, branch: 'contributed/one' });
    const pushed = await outcomeOf('assign-reviewers', { event: 'pull_request', action: 'synchronize' }, about);
    expect(pushed).toContain('asked or reviewed already: ada');
    expect(await askedOf(number)).toEqual(['ada']);
  });

  it('asks the owners of the changed files', async () => {
    const { number } = await deployment.github.openPullRequest({
      ...place,
      head: 'owned/one',
      files: { 'a.c': 'int a;' },
    });
    await asked(number, 'grace');
  });

  it('asks one after another', async () => {
    const turns: string[] = [];
    for (const head of ['turns/one', 'turns/two', 'turns/three']) {
      const { number } = await deployment.github.openPullRequest({ ...place, head, files: { [`${head}.txt`]: head } });
      turns.push(
        await waitFor(`somebody to be asked to review #${number}`, async () => (await askedOf(number))[0], {
          timeoutMs: 30_000,
        }),
      );
    }
    // `linus` may not write: the one after him takes his turn.
    expect(new Set(turns)).toEqual(new Set(['ada', 'grace']));
  });

  it('deletes the branch that was merged, and keeps one that is excluded', async () => {
    const { github } = deployment;
    for (const head of ['done/one', 'keep/one']) {
      const { number } = await github.openPullRequest({ ...place, head, files: { [`${head}.txt`]: head } });
      await github.mergePullRequest(owner, repo, number);
    }
    await waitFor('the branch to be deleted', async () => !(await branches()).includes('done/one'), {
      timeoutMs: 30_000,
    });
    const kept = await outcomeOf('delete-head-branches', { event: 'pull_request', action: 'closed' }, /keep\/one/);
    expect(kept).toContain('is excluded by keep/*');
    expect(await branches()).toContain('keep/one');
    expect(await branches()).toContain('main');
  });

  it('opens a pull request from a new release branch that has something new, and never a second one', async () => {
    const { github } = deployment;
    await github.createBranch({ ...place, branch: 'release/empty' });
    const empty = await outcomeOf('open-release-pull-requests', { event: 'create' }, /release\/empty/);
    expect(empty).toContain('has no commit that');

    await github.createBranch({ ...place, branch: 'work' });
    await github.pushCommit({ ...place, branch: 'work' });
    await github.createBranch({ ...place, branch: 'release/1.0', from: 'work' });
    const opened = () => github.api(owner, 'GET', `${repository}/pulls?state=all&head=${owner}:release/1.0`);
    await waitFor('the pull request', async () => JSON.stringify(await opened()).includes('release/1.0'), {
      timeoutMs: 30_000,
    });
    expect(await opened()).toMatchObject([{ base: { ref: 'main' }, user: { login: 'octo-bots[bot]' } }]);

    const created = github.deliveries().findLast(({ event, body }) => event === 'create' && /release\/1\.0/.test(body));
    // GitHub sends it again under an id of its own, as for a branch that is made again where it was.
    const again = await github.deliver({ event: 'create', payload: created?.body ?? '' });
    const said = await waitFor(
      'the second run to end',
      () =>
        deployment
          .workerLog()
          .find(({ msg, run }) => msg === 'operation ended' && String(run).startsWith(again.delivery)),
      { timeoutMs: 30_000 },
    );
    expect(JSON.stringify(said)).toContain('is open already');
    expect(await opened()).toHaveLength(1);
  });
});
