import { describe, expect, it } from 'vitest';
import { problemsOf } from '../test-support/harness.ts';
import {
  allow,
  asked,
  commit,
  commitAsApp,
  owner,
  people,
  place,
  repo,
  repository,
  run,
  start,
} from '../test-support/reviewers.ts';
import { pullRequestReviewersAssign } from './pull-request-reviewers-assign.ts';

describe('pull-request-reviewers-assign', { timeout: 30_000 }, () => {
  describe('by top contributors', () => {
    const top = (count: number) => ({ scheme: { name: 'top-contributers', top: count } });

    it('asks those who committed most, without the author, bots, and people without access', async () => {
      await using bench = await start(['ada', 'grace', 'barbara']);
      await commitAsApp(bench);
      await commit(bench, 'octo-bots[bot]', 6);
      await commit(bench, 'octocat', 5);
      await commit(bench, 'linus', 4);
      await commit(bench, 'grace', 3);
      await commit(bench, 'ada', 2);
      await commit(bench, 'barbara', 1);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      const contributors = await bench.github.api(owner, 'GET', `${repository}/contributors`);
      expect(contributors).toMatchObject([
        { login: 'octo-bots[bot]', type: 'Bot' },
        { login: 'octocat' },
        {},
        {},
        {},
        {},
      ]);

      expect(await run(bench, top(2), number)).toEqual({
        status: 'done',
        summary: `asked grace, ada to review #${number} by top-contributers; linus may not write`,
      });
      expect(await asked(bench, number)).toEqual(['grace', 'ada']);
    });

    it('asks nobody twice, and nobody further down, in a retry or by a later event', async () => {
      await using bench = await start();
      for (const [index, login] of people.entries()) await commit(bench, login, people.length - index);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      await run(bench, top(2), number);
      await bench.github.api('ada', 'POST', `${repository}/pulls/${number}/reviews`, { event: 'COMMENT', body: 'Hm.' });
      const changes = bench.changes();

      expect(await run(bench, top(2), number, 'synchronize')).toEqual({
        status: 'skipped',
        reason: `nobody to ask for a review of #${number} by top-contributers: asked or reviewed already: ada, barbara`,
      });
      expect(bench.changes()).toEqual(changes);
      expect(await asked(bench, number)).toEqual(['barbara']);
    });

    it('does not ask who was asked by hand', async () => {
      await using bench = await start();
      await commit(bench, 'ada', 2);
      await commit(bench, 'grace', 1);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      const path = `${repository}/pulls/${number}/requested_reviewers`;
      await bench.github.api(owner, 'POST', path, { reviewers: ['ada'] });
      expect(await run(bench, top(4), number)).toMatchObject({ summary: expect.stringContaining('asked grace to') });
      expect(bench.changes()).toEqual([`POST ${path}`]);
    });

    it('says that there is nobody but the author', async () => {
      await using bench = await start();
      await commit(bench, 'octocat', 1);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      expect(await run(bench, {}, number)).toMatchObject({
        status: 'skipped',
        reason: expect.stringContaining('by top-contributors: the scheme names nobody but the author'),
      });
    });

    it('does not lose the others when GitHub does not let one of them be asked', async () => {
      await using bench = await start();
      for (const [index, login] of ['linus', 'grace', 'ada'].entries()) await commit(bench, login, index + 1);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      const refusal = { method: 'POST', path: /requested_reviewers$/, status: 422, body: { message: 'No' } } as const;
      // That of all of them, and that of the first one.
      bench.github.answerNext({ ...refusal, times: 2 });

      const outcome = await run(bench, top(3), number);

      const [refused, ...others] = ['ada', 'grace', 'linus'];
      expect(outcome).toEqual({
        status: 'done',
        summary: `asked ${others.join(', ')} to review #${number} by top-contributers; GitHub does not let ${refused} be asked`,
      });
      expect(await asked(bench, number)).toEqual(others);
    });

    it('lets any other error through', async () => {
      await using bench = await start();
      await commit(bench, 'ada', 1);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      bench.github.answerNext({ method: 'POST', path: /requested_reviewers$/, status: 403, body: { message: 'No' } });
      await expect(run(bench, top(3), number)).rejects.toMatchObject({ status: 403 });
    });
  });

  it('asks nobody for a draft until it is ready for review, and nobody once it is closed', async () => {
    await using bench = await start();
    await commit(bench, 'ada', 1);
    const { number } = await bench.github.openPullRequest({ ...place, head: 'one', draft: true });
    expect(await run(bench, {}, number)).toEqual({
      status: 'skipped',
      reason: `#${number} is a draft: nobody is asked before it is ready for review`,
    });
    expect(bench.changes()).toEqual([]);

    const whileDraft = await bench.pullRequestEvent(owner, repo, number);
    await bench.github.markReadyForReview(owner, repo, number);
    expect(await run(bench, {}, number, 'ready_for_review')).toMatchObject({ status: 'done' });
    expect(whileDraft.payload).toMatchObject({ pull_request: { draft: true } });

    await bench.github.closePullRequest(owner, repo, number);
    expect(await run(bench, {}, number, 'closed')).toEqual({ status: 'skipped', reason: `#${number} is closed` });
  });

  describe('in turns', () => {
    const turns = (scheme: object = {}) => ({ scheme: { name: 'round-robin', ...scheme } });

    it('asks one after another, by the number of the pull request, whatever the order of the list', async () => {
      await using bench = await start();
      const seen: string[] = [];
      for (const head of ['one', 'two', 'three', 'four']) {
        const { number } = await bench.github.openPullRequest({ ...place, head, files: { [head]: head } });
        await run(bench, turns({ reviewers: ['linus', 'Ada', 'grace', 'ada'] }), number);
        seen.push(...(await asked(bench, number)));
      }
      expect(seen.toSorted().slice(0, 2)).not.toEqual(['ada', 'grace', 'linus']);
      expect(new Set(seen.slice(0, 3)).size).toBe(3);
      expect(seen[3]).toBe(seen[0]);
    });

    it('goes on to the next when one is the author or has no access', async () => {
      await using bench = await start(['grace', 'linus']);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      // Without the author three are left, and number 1 is the turn of the second.
      expect(number).toBe(1);
      const config = turns({ reviewers: ['ada', 'barbara', 'grace', 'octocat'], count: 2 });
      expect(await run(bench, config, number)).toMatchObject({
        status: 'done',
        summary: `asked grace to review #1 by round-robin; barbara may not write; ada may not write`,
      });
    });

    it('asks nobody more when the list has grown since', async () => {
      await using bench = await start(['ada', 'grace']);
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      await run(bench, turns({ reviewers: ['ada', 'grace'] }), number);
      const before = await asked(bench, number);
      expect(await run(bench, turns({ reviewers: ['ada', 'barbara', 'grace', 'linus'] }), number)).toMatchObject({
        status: 'skipped',
      });
      expect(await asked(bench, number)).toEqual(before);
    });

    it('takes all who may write when nobody is named', async () => {
      await using bench = await start(['ada', 'grace']);
      await allow(bench, 'linus', 'pull');
      const { number } = await bench.github.openPullRequest({ ...place, head: 'one' });
      const outcome = await run(bench, turns({ count: 15 }), number);
      expect(outcome).toMatchObject({ status: 'done', summary: expect.not.stringContaining('may not write') });
      expect(await asked(bench, number)).toEqual(expect.arrayContaining(['ada', 'grace']));
      expect(await asked(bench, number)).not.toContain('linus');
      expect(await asked(bench, number)).not.toContain('octocat');
    });
  });

  it.each([
    [{ scheme: { name: 'top-contributers', top: 4 } }, true],
    [{ scheme: { name: 'top-contributors' } }, true],
    [{ scheme: { name: 'codeowners' } }, true],
    [{ scheme: { name: 'round-robin', reviewers: ['ada'], count: 1 } }, true],
    [{}, true],
    [{ scheme: { name: 'codeowners', top: 4 } }, false],
    [{ scheme: { name: 'top-contributors', top: 0 } }, false],
    [{ scheme: { name: 'top-contributors', top: 16 } }, false],
    [{ scheme: { name: 'round-robin', reviewers: [] } }, false],
    [{ scheme: { name: 'anybody' } }, false],
  ])('takes %j: %s', (config, taken) => {
    expect(problemsOf(pullRequestReviewersAssign, config).length === 0).toBe(taken);
  });
});
