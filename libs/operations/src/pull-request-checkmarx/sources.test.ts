import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { cxSastBench, owner, repo } from '../test-support/checkmarx-bench.ts';
import { eventOperation } from '../test-support/harness.ts';
import { pullRequestCheckmarx } from './pull-request-checkmarx.ts';
import { readBounded, SourceTooLargeError } from './scan-source.ts';

const config = { 'risk-scheme': { 'min-high-vuls': 1 } };
const byGit = eventOperation(pullRequestCheckmarx, config);
const byUpload = eventOperation(pullRequestCheckmarx, { ...config, source: 'upload' });

type Bench = Awaited<ReturnType<typeof cxSastBench>>;

async function openedIn(bench: Bench, name: string) {
  const files = { 'src/main.c': `int main; // ${Math.random()}\n` };
  const pull = await bench.github.openPullRequest({ owner, repo: name, head: 'feature/a', files });
  return bench.hub.pullRequestEvent(owner, name, pull.number);
}

/** A pull request of mona's fork, from a branch that has the name of one of ours. */
async function openedFromFork(bench: Bench, head = 'feature/a') {
  await bench.github.api('mona', 'POST', `/repos/${owner}/${repo}/forks`, {});
  const fork = { owner: 'mona', repo, branch: head };
  await bench.github.createBranch(fork);
  await bench.github.pushCommit({ ...fork, files: { 'fork.txt': `${Math.random()}\n` } });
  const body = { title: 'From a fork', head: `mona:${head}`, base: 'main' };
  const pull = await bench.github.api(owner, 'POST', `/repos/${owner}/${repo}/pulls`, body);
  return bench.hub.pullRequestEvent(owner, repo, Number(Object(pull).number));
}

const sourceOf = (bench: Bench) => bench.server.scans().at(-1)?.source;

describe('the source', { timeout: 60_000 }, () => {
  it('of a public repository is cloned without a credential', async () => {
    await using bench = await cxSastBench();
    const { event } = await bench.opened();
    await bench.run(byGit, event);
    expect(sourceOf(bench)).toMatchObject({ kind: 'git', token: undefined });
  });

  it('of a private repository is cloned with a new token, which may read this one repository', async () => {
    await using bench = await cxSastBench();
    await bench.github.createRepository(owner, 'secrets', { private: true });
    const event = await openedIn(bench, 'secrets');

    await bench.run(byGit, event);

    const source = sourceOf(bench);
    expect(source).toMatchObject({ kind: 'git', url: expect.stringMatching(/octo-org\/secrets\.git$/) });
    const token = source?.kind === 'git' ? (source.token ?? '') : '';
    expect(token).toMatch(/\S{10}/);
    const ask = (name: string, path: string, init: RequestInit = {}) =>
      fetch(`${bench.github.url}/repos/${owner}/${name}${path}`, {
        ...init,
        headers: { authorization: `token ${token}` },
      });
    expect((await ask('secrets', '/contents/src/main.c?ref=feature/a')).status).toBe(200);
    const comment = { method: 'POST', body: JSON.stringify({ body: 'Hello' }) };
    expect((await ask('secrets', '/issues/1/comments', comment)).status).toBe(403);
  });

  it('is uploaded as the archive of the head when that is wanted', async () => {
    await using bench = await cxSastBench();
    const event = await openedIn(bench, repo);

    await bench.run(byUpload, event);

    const source = sourceOf(bench);
    expect(source?.kind).toBe('upload');
    const files = source?.kind === 'upload' ? Object.keys(unzipSync(source.archive)) : [];
    expect(files).toContainEqual(expect.stringMatching(/^octo-org-hello-world-[0-9a-f]{7}\/src\/main\.c$/));
  });

  it('of a fork is its own, and its project is not that of our branch of the same name', async () => {
    await using bench = await cxSastBench();
    const ours = await bench.opened();
    await bench.run(byGit, ours.event);
    const event = await openedFromFork(bench);

    const outcome = await bench.run(byGit, event, { key: 'another-run/0.operation' });

    expect(outcome).toMatchObject({ status: 'done' });
    expect(bench.projectNames()).toEqual(['hello-world', 'hello-world@feature_a', 'hello-world@mona..feature_a']);
    expect(sourceOf(bench)).toMatchObject({ kind: 'git', url: expect.stringMatching(/mona\/hello-world\.git$/) });
  });
});

describe('the button Re-run on a pull request from a fork', { timeout: 60_000 }, () => {
  const other = { key: 'another-run/0.operation' };

  async function rerunOfFork(bench: Bench) {
    const event = await openedFromFork(bench);
    await bench.run(byGit, event);
    const { sha } = Object(event.payload).pull_request.head;
    return bench.hub.rerunEvent(owner, repo, String(sha), 'checkmarx-code-scan');
  }

  it('scans it again, though GitHub names no pull request of a fork', async () => {
    await using bench = await cxSastBench();
    const again = await rerunOfFork(bench);

    expect(await bench.run(byGit, again, other)).toMatchObject({ status: 'done' });
    expect(bench.server.scans()).toHaveLength(2);
  });

  it('has its scan canceled when its run is given up', async () => {
    await using bench = await cxSastBench();
    const again = await rerunOfFork(bench);
    await bench.call(byGit, again, other);
    expect(bench.server.scans()).toHaveLength(2);

    await bench.abandon(byGit, again, other);

    expect(bench.server.scans().at(-1)).toMatchObject({ ended: true, cancelAsked: true });
  });
});

describe('the download of an archive', () => {
  /** Gives this many bytes a chunk without end, and notes when nobody wants more. */
  function endless(bytes: number) {
    const seen = { chunks: 0, ended: false };
    const stream = new ReadableStream({
      pull(controller) {
        seen.chunks += 1;
        controller.enqueue(new Uint8Array(bytes));
      },
      cancel() {
        seen.ended = true;
      },
    });
    return { stream, seen };
  }

  it('ends as soon as it is larger than what is uploaded', async () => {
    const { stream, seen } = endless(400);
    await expect(readBounded(stream, 1000)).rejects.toThrow(SourceTooLargeError);
    expect(seen.ended).toBe(true);
    expect(seen.chunks).toBeLessThan(6);
  });

  it('of just that size is kept whole', async () => {
    const stream = new ReadableStream({
      start(controller) {
        for (const text of ['12345', '67890']) controller.enqueue(Buffer.from(text));
        controller.close();
      },
    });
    expect(Buffer.from(await readBounded(stream, 10)).toString()).toBe('1234567890');
  });
});
