import { describe, expect, it } from 'vitest';
import { GitHubBench } from '../test-support/harness.ts';
import { allow, asked, owner, place, repo, repository, run, start } from '../test-support/reviewers.ts';

describe('pull-request-reviewers-assign by code owners', { timeout: 30_000 }, () => {
  const scheme = { scheme: { name: 'codeowners' } };
  const open = (bench: GitHubBench, files: Record<string, string>, base = 'main') =>
    bench.github.openPullRequest({ ...place, head: 'one', base, files });
  const write = (bench: GitHubBench, path: string, text: string, branch = 'main') =>
    bench.github.pushCommit({ ...place, branch, files: { [path]: text } });

  it('asks the owners of the changed files, people and teams, and leaves out who cannot be asked', async () => {
    await using bench = await start(['ada', 'grace']);
    await allow(bench, 'linus', 'triage');
    await bench.github.api(owner, 'POST', '/orgs/octo-org/teams', { name: 'Docs' });
    await bench.github.api(owner, 'PUT', `/orgs/octo-org/teams/docs${repository}`, {});
    await bench.github.api(owner, 'POST', '/orgs/octo-org/teams', { name: 'Elsewhere' });
    await write(
      bench,
      'CODEOWNERS',
      [
        '* @margaret',
        '*.c @ada @octocat @linus @barbara c@example.com @nobody-at-all',
        '*.md @octo-org/docs @octo-org/elsewhere @other-org/docs',
        '/gen/',
      ].join('\n'),
    );
    const { number } = await open(bench, { 'src/a.c': 'a', 'docs/a.md': 'a', 'gen/a.c': 'g' });

    expect(await run(bench, scheme, number)).toEqual({
      status: 'done',
      summary:
        `asked @docs, ada to review #${number} by codeowners; GitHub does not let @elsewhere be asked; ` +
        '@other-org/docs is a team of elsewhere; octocat is the author; linus may not write; barbara may not write; ' +
        'c@example.com is no login; and 1 more',
    });
    expect(await asked(bench, number)).toEqual(['ada', '@docs']);
    const changes = bench.changes();
    expect(await run(bench, scheme, number)).toMatchObject({ status: 'skipped' });
    // GitHub is asked for the team again, as only it knows.
    expect(bench.changes().slice(changes.length)).toEqual([`POST ${repository}/pulls/${number}/requested_reviewers`]);
  });

  it.each([
    { file: '.github/CODEOWNERS', over: ['CODEOWNERS', 'docs/CODEOWNERS'] },
    { file: 'CODEOWNERS', over: ['docs/CODEOWNERS'] },
    { file: 'docs/CODEOWNERS', over: [] },
  ])('reads $file before $over', async ({ file, over }) => {
    await using bench = await start();
    for (const path of over) await write(bench, path, '* @grace\n');
    await write(bench, file, '* @ada\n');
    const { number } = await open(bench, { a: 'a' });
    await run(bench, scheme, number);
    expect(await asked(bench, number)).toEqual(['ada']);
  });

  it('reads the file of the base branch, not that of the head', async () => {
    await using bench = await start();
    await bench.github.createBranch({ ...place, branch: 'release/1' });
    await write(bench, 'CODEOWNERS', '* @grace\n', 'release/1');
    const { number } = await open(bench, { CODEOWNERS: '* @linus\n' }, 'release/1');
    await run(bench, scheme, number);
    expect(await asked(bench, number)).toEqual(['grace']);
  });

  it('reads a file that is too large for GitHub to give it at once', async () => {
    await using bench = await start();
    await write(bench, 'CODEOWNERS', '* @ada\n');
    const { number } = await open(bench, { a: 'a' });
    const path = `${repository}/contents/CODEOWNERS`;
    const file = await bench.github.api(owner, 'GET', path);
    const cut = { ...Object(file), encoding: 'none', content: '' };
    bench.github.answerNext({ method: 'GET', path: /\/contents\/CODEOWNERS/, status: 200, body: cut });
    await run(bench, scheme, number);
    expect(await asked(bench, number)).toEqual(['ada']);
  });

  it('says that there is no such file, or no owner', async () => {
    await using bench = await start();
    const { number } = await open(bench, { a: 'a' });
    expect(await run(bench, scheme, number)).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('"main" has no CODEOWNERS in .github, at the root or in docs'),
    });
    await write(bench, 'CODEOWNERS', '*.c @ada\n');
    expect(await run(bench, scheme, number)).toMatchObject({
      reason: expect.stringContaining('no changed file has a code owner'),
    });
  });

  it('asks fifteen at most, those who own most first', async () => {
    const many = Array.from({ length: 17 }, (_, index) => `person-${index}`);
    await using bench = await GitHubBench.start({
      accounts: [
        { login: owner, type: 'Organization', repositories: [repo] },
        ...many.map((login) => ({ login, type: 'User', installation: 'none' }) as const),
      ],
    });
    for (const login of many) await allow(bench, login, 'push');
    await write(bench, 'CODEOWNERS', `*.c ${many.map((login) => `@${login}`).join(' ')}\n*.md @person-16\n`);
    const { number } = await open(bench, { 'a.c': 'a', 'a.md': 'a' });

    expect(await run(bench, scheme, number)).toMatchObject({
      summary: expect.stringContaining('no room for person-14, person-15: GitHub takes 15 reviewers'),
    });
    expect(await asked(bench, number)).toEqual(expect.arrayContaining(['person-16', ...many.slice(0, 14)]));
  });
});
