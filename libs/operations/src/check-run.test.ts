import { silentLog } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { type Annotation, concludeCheckRun, openCheckRun, updateCheckRun } from './check-run.ts';
import { GitHubBench } from './test-support/harness.ts';

const owner = 'octo-org';
const repo = 'hello-world';

async function bench() {
  const started = await GitHubBench.start();
  const { number, head } = await started.github.openPullRequest({ owner, repo, head: 'feature/a' });
  const client = await started.clientFor(await started.pullRequestEvent(owner, repo, number));
  const place = { owner, repo, headSha: head.sha, name: 'a-check', externalId: 'a-run/0.a-check' };
  return { started, client, place, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

function annotation(line: number): Annotation {
  return { path: 'a.c', start_line: line, end_line: line, annotation_level: 'warning', message: `line ${line}` };
}

const ending = { conclusion: 'success', title: 'Fine', summary: 'All is well.' } as const;

describe('a check run', { timeout: 30_000 }, () => {
  it('is found again by its key, and only by its own', async () => {
    await using there = await bench();
    const { client, place, started } = there;

    const first = await openCheckRun(client, place);
    const again = await openCheckRun(client, place);
    const other = await openCheckRun(client, { ...place, externalId: 'another-run/0.a-check' });

    expect(again.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);
    expect(started.changes().filter((change) => change.startsWith('POST'))).toHaveLength(2);
  });

  it('takes as many annotations as there are, fifty in a request', async () => {
    await using there = await bench();
    const { client, place, started } = there;
    const annotations = Array.from({ length: 120 }, (_, index) => annotation(index + 1));

    const checkRun = await openCheckRun(client, place);
    await concludeCheckRun(client, checkRun, { ...ending, annotations });

    expect(started.changes().filter((change) => change.startsWith('PATCH'))).toHaveLength(3);
    expect(await started.checkRunsOf(owner, repo, place.headSha)).toMatchObject([
      { status: 'completed', conclusion: 'success', annotations: 120 },
    ]);
  });

  it('does not get twice the annotations that an attempt added which did not end', async () => {
    await using there = await bench();
    const { client, place, started } = there;
    const annotations = Array.from({ length: 120 }, (_, index) => annotation(index + 1));
    const target = `/repos/${owner}/${repo}/check-runs/`;
    const first = await openCheckRun(client, place);
    await client.rest.checks.update({
      owner,
      repo,
      check_run_id: first.id,
      output: { title: 'Fine', summary: 'Half-way', annotations: annotations.slice(0, 50) },
    });

    const second = await openCheckRun(client, place);
    await concludeCheckRun(client, second, { ...ending, annotations });

    expect(await started.checkRunsOf(owner, repo, place.headSha)).toMatchObject([{ annotations: 120 }]);
    const all = await started.github.api(owner, 'GET', `${target}${first.id}/annotations?per_page=100&page=2`);
    expect(all).toMatchObject({
      check_annotations: expect.arrayContaining([expect.objectContaining({ start_line: 120 })]),
    });
  });

  it('asks GitHub to take no half of a character, and no character 0', async () => {
    await using there = await bench();
    const { client, place, started } = there;
    const checkRun = await openCheckRun(client, place);
    const half = 'a \ud83d and \0';
    const texts = { title: half, summary: half, text: half };
    await concludeCheckRun(client, checkRun, {
      ...ending,
      ...texts,
      annotations: [{ ...annotation(1), message: half }],
    });

    const whole = 'a \ufffd and \ufffd';
    const path = `/repos/${owner}/${repo}/check-runs/${checkRun.id}`;
    expect(await started.github.api(owner, 'GET', path)).toMatchObject({
      output: { title: whole, summary: whole, text: whole },
    });
    expect(await started.github.api(owner, 'GET', `${path}/annotations`)).toMatchObject({
      check_annotations: [{ message: whole }],
    });
  });

  it('takes a text that is longer than GitHub takes, cut', async () => {
    await using there = await bench();
    const { client, place, started } = there;

    await concludeCheckRun(client, await openCheckRun(client, place), {
      ...ending,
      summary: '😀'.repeat(40_000),
      text: 'x'.repeat(65_536),
    });

    const [checkRun] = await started.checkRunsOf(owner, repo, place.headSha);
    expect(checkRun?.text).toHaveLength(65_535);
    expect(checkRun?.text).toMatch(/x\n\n… \(cut: this is longer than GitHub shows\)$/);
    expect(checkRun?.summary).toMatch(/^(😀)+\n\n… \(cut/u);
  });

  it('keeps a text of exactly the length that GitHub takes', async () => {
    await using there = await bench();
    const { client, place, started } = there;
    const text = 'x'.repeat(65_535);

    await concludeCheckRun(client, await openCheckRun(client, place), { ...ending, text });

    expect((await started.checkRunsOf(owner, repo, place.headSha))[0]?.text).toBe(text);
  });

  it('tells how far the work is, and where to look at it', async () => {
    await using there = await bench();
    const { client, place, started } = there;
    const checkRun = await openCheckRun(client, place);

    const progress = { title: 'Scanning, 40 %', summary: 'It scans.', detailsUrl: 'https://checkmarx.example.com/7' };
    await updateCheckRun(client, checkRun, progress);

    const path = `/repos/${owner}/${repo}/check-runs/${checkRun.id}`;
    expect(await started.github.api(owner, 'GET', path)).toMatchObject({
      status: 'in_progress',
      conclusion: null,
      details_url: 'https://checkmarx.example.com/7',
      output: { title: 'Scanning, 40 %', summary: 'It scans.' },
    });
    expect(Math.abs((await openCheckRun(client, place)).startedAt - checkRun.startedAt)).toBeLessThan(1000);
  });

  it('that has ended is in progress again when its run goes on after all', async () => {
    await using there = await bench();
    const { client, place, started } = there;
    const checkRun = await openCheckRun(client, place);
    await concludeCheckRun(client, checkRun, { ...ending, conclusion: 'timed_out' });
    expect((await openCheckRun(client, place)).completed).toBe(true);

    await updateCheckRun(client, checkRun, { title: 'Again', summary: 'Once more.' }, { startedAt: Date.now() });

    expect(await started.checkRunsOf(owner, repo, place.headSha)).toMatchObject([
      { status: 'in_progress', conclusion: null, title: 'Again' },
    ]);
  });

  it.each(['timed_out', 'cancelled', 'skipped', 'action_required', 'neutral'] as const)('ends with %s', async (how) => {
    await using there = await bench();
    const { client, place, started } = there;

    await concludeCheckRun(client, await openCheckRun(client, place), { ...ending, conclusion: how });

    expect(await started.checkRunsOf(owner, repo, place.headSha)).toMatchObject([
      { status: 'completed', conclusion: how },
    ]);
  });

  it('that is cut stands whole in the log', async () => {
    await using there = await bench();
    const { client, place } = there;
    const lines: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => lines.push(fields) };
    const text = `${'x'.repeat(65_535)}the end`;

    const checkRun = await openCheckRun(client, place);
    await concludeCheckRun(client, checkRun, { ...ending, text }, { log });

    expect(lines).toEqual([{ checkRun: checkRun.id, field: 'text', whole: text }]);
  });
});
