import { once } from 'node:events';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebhookEvent } from '@octo-bots/core';
import { ensurePrograms, type TemporaryDirectory, type TreeEntry, temporaryDirectory } from '@octo-bots/testing';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CheckedPullRequest } from './checked-pull-request.ts';
import { type Checkout, checkOut } from './checkout.ts';
import { GitHubBench } from './test-support/harness.ts';

const owner = 'octo-org';
const repo = 'hello-world';
const accounts = [
  { login: owner, type: 'Organization', repositories: [repo] },
  { login: 'mona', type: 'User', installation: 'none' },
] as const;
const never = new AbortController().signal;

beforeAll(() => ensurePrograms(['git']), 300_000);

/** Apart from what other tests have in the machine's own. */
let temporary: TemporaryDirectory;
beforeAll(async () => {
  temporary = await temporaryDirectory();
  vi.stubEnv('TMPDIR', temporary.path);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await temporary[Symbol.asyncDispose]();
});

function pullOf(event: WebhookEvent<unknown>): CheckedPullRequest {
  // The event is a pull_request, as GitHubBench makes it.
  return (event.payload as { pull_request: CheckedPullRequest }).pull_request;
}

const everything = (paths: readonly string[]) => paths;

/** A pull request with these entries in one commit, and its checkout. */
async function checkedOut(entries: readonly TreeEntry[], options: Partial<Parameters<typeof checkOut>[0]> = {}) {
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(await GitHubBench.start({ accounts }));
  await bench.github.createBranch({ owner, repo, branch: 'feature/a' });
  await bench.github.pushEntries({ owner, repo, branch: 'feature/a', entries });
  const { number } = await bench.github.openPullRequest({ owner, repo, head: 'feature/a' });
  const event = await bench.pullRequestEvent(owner, repo, number);
  const github = await bench.clientFor(event);
  const checkout = await checkOut({ github, pull: pullOf(event), select: everything, signal: never, ...options });
  if (checkout === undefined) throw new Error('the commit is not there');
  stack.use(checkout);
  const kept = stack.move();
  return { bench, checkout, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function file(path: string, content: string | Buffer): TreeEntry {
  return { path, mode: '100644', content };
}

/** The emulated GitHub behind HTTPS, with a certificate that only those trust who are told to. */
async function overTls(target: string) {
  const pem = await generate([{ name: 'commonName', value: 'ghes.example' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const server = createServer({ key: pem.private, cert: pem.cert }, (incoming, response) => {
    const outgoing = request(`${target}${incoming.url}`, { method: incoming.method, headers: incoming.headers });
    outgoing.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address !== 'string' ? address.port : 0;
  return {
    url: `https://127.0.0.1:${port}`,
    certificate: pem.cert,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function textOf({ root }: Checkout, path: string): Promise<string> {
  return readFile(join(root, path), 'utf8');
}

async function scratchFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('octo-bots-scratch-'));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

describe('checking out a pull request', { timeout: 60_000 }, () => {
  it('has the files of the head, whatever their names, and is gone afterwards', async () => {
    const names = ['--help.cpp', 'a b/ü \u{1F419}.c', 'line\nbreak.c', '-o/x.h', '"quoted".c'];
    let root: string;
    {
      await using there = await checkedOut(names.map((name) => file(name, `// ${name}\n`)));
      root = there.checkout.root;
      expect(there.checkout.all.toSorted()).toEqual([...names, 'README.md'].toSorted());
      for (const name of names) expect(await textOf(there.checkout, name)).toBe(`// ${name}\n`);
    }
    expect(await exists(root)).toBe(false);
  });

  it('fetches the content of the selected files alone, byte for byte', async () => {
    const bytes = Buffer.from([0, 13, 10, 255, 254, 0]);
    const large = file('assets/large.bin', Buffer.alloc(3_000_000, 'x'));
    const entries = [file('a.c', bytes), file('empty.c', ''), file('again.c', bytes), large];
    const select = (paths: readonly string[]) => paths.filter((path) => path.endsWith('.c'));

    await using there = await checkedOut(entries, { select });

    expect((await readdir(there.checkout.root)).toSorted()).toEqual(['a.c', 'again.c', 'empty.c']);
    expect(await readFile(join(there.checkout.root, 'again.c'))).toEqual(bytes);
    expect((await stat(join(there.checkout.root, 'empty.c'))).size).toBe(0);
    const packs = join(there.checkout.root, '..', 'objects', 'objects', 'pack');
    const sizes = await Promise.all((await readdir(packs)).map(async (name) => (await stat(join(packs, name))).size));
    expect(Math.max(...sizes)).toBeLessThan(100_000);
  });

  it('writes no symbolic link, no submodule, and nothing outside of its folder', async () => {
    await using there = await checkedOut([
      file('a.c', 'int a;\n'),
      { path: 'passwd.c', mode: '120000', content: '/etc/passwd' },
      { path: 'out', mode: '120000', content: '/tmp' },
      { path: 'lib', mode: '160000', content: 'a'.repeat(40) },
      file('.gitmodules', '[submodule "lib"]\n\tpath = lib\n\turl = ext::touch /tmp/octo-bots-owned\n'),
    ]);
    expect((await readdir(there.checkout.root)).toSorted()).toEqual(['.gitmodules', 'README.md', 'a.c']);
    expect(there.checkout.all).not.toContain('passwd.c');
    expect(await exists('/tmp/octo-bots-owned')).toBe(false);
  });

  it('runs no hook and no filter of the repository', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 9\n';
    const hook = '#!/bin/sh\ntouch /tmp/octo-bots-hooked\n';
    await using there = await checkedOut([
      { path: '.githooks/post-checkout', mode: '100755', content: hook },
      { path: 'hooks/post-checkout', mode: '100755', content: hook },
      file('.gitattributes', '*.c filter=lfs diff=lfs text eol=crlf ident\n'),
      file('.gitconfig', '[filter "lfs"]\n\tsmudge = touch /tmp/octo-bots-hooked\n'),
      file('a.c', pointer),
    ]);
    expect(await textOf(there.checkout, 'a.c')).toBe(pointer);
    expect(await exists('/tmp/octo-bots-hooked')).toBe(false);
  });

  it('leaves out what is too large and says so; refuses more than it may take in all', async () => {
    const entries = [file('small.c', 'int a;\n'), file('huge.c', Buffer.alloc(2000, 'x'))];
    await using there = await checkedOut(entries, { limits: { fileBytes: 1000 } });
    expect(there.checkout.leftOut).toEqual([{ path: 'huge.c', why: 'is larger than 1000 bytes' }]);
    expect([...there.checkout.files].toSorted()).toEqual(['README.md', 'small.c']);
    const before = await scratchFolders();
    await expect(checkedOut(entries, { limits: { totalBytes: 1000 } })).rejects.toMatchObject({
      code: 'PROGRAM_FAILED',
      retryable: false,
    });
    expect(await scratchFolders()).toEqual(before);
  });

  it('takes the head of a fork from a private base repository, which the fork itself would not give', async () => {
    await using bench = await GitHubBench.start({ accounts });
    const { github } = bench;
    await github.createRepository(owner, 'secret', { private: true });
    await github.forkRepository({ owner, repo: 'secret', into: 'mona' });
    const fork = { owner: 'mona', repo: 'secret', branch: 'fix' };
    await github.createBranch(fork);
    await github.pushCommit({ ...fork, files: { 'fork.c': 'int fork;\n' } });
    const { number } = await github.openPullRequestFromFork({ owner, repo: 'secret', fork: 'mona', head: 'fix' });
    const event = await bench.pullRequestEvent(owner, 'secret', number);
    const client = await bench.clientFor(event);

    await using checkout = await checkOut({ github: client, pull: pullOf(event), select: everything, signal: never });

    expect(checkout && (await textOf(checkout, 'fork.c'))).toBe('int fork;\n');
    const fetches = github.requests().filter(({ path }) => path.includes('.git/'));
    expect(fetches.length).toBeGreaterThan(2);
    expect(
      fetches.every(({ path, token }) => path.startsWith(`/${owner}/secret.git/`) && token === 'installation'),
    ).toBe(true);
  });

  it('trusts the certificate authority that the client trusts, and no other', async () => {
    await using there = await checkedOut([file('a.c', 'int a;\n')]);
    await using front = await overTls(there.bench.github.url);
    const event = await there.bench.pullRequestEvent(owner, repo, 1);
    const pull = pullOf(event);
    const at = { ...pull.base.repo, clone_url: `${front.url}/${owner}/${repo}.git` };
    const options = { pull: { ...pull, base: { ...pull.base, repo: at } }, select: everything, signal: never };
    const wary = await there.bench.clientFor(event);
    await expect(checkOut({ ...options, github: wary })).rejects.toMatchObject({ code: 'PROGRAM_FAILED' });

    const trusting = Object.assign(await there.bench.clientFor(event), { trustedAuthorities: front.certificate });
    await using checkout = await checkOut({ ...options, github: trusting });
    expect(checkout && (await textOf(checkout, 'a.c'))).toBe('int a;\n');
  });

  it('keeps the token out of every file, and says nothing of it when GitHub refuses', async () => {
    await using there = await checkedOut([file('a.c', 'int a;\n')]);
    const objects = join(there.checkout.root, '..', 'objects');
    const config = await readFile(join(objects, 'config'), 'utf8');
    expect(config).not.toMatch(/ghs_|authorization|x-access-token/i);
    const { github } = there.bench;
    github.answerNext({ path: /\.git\/info\/refs/, status: 403, body: { message: 'no' }, times: 2 });
    const event = await there.bench.pullRequestEvent(owner, repo, 1);
    const client = await there.bench.clientFor(event);
    const refused = checkOut({ github: client, pull: pullOf(event), select: everything, signal: never });
    await expect(refused).rejects.toMatchObject({
      code: 'PROGRAM_FAILED',
      message: expect.not.stringMatching(/ghs_|Basic/),
    });
  });

  it('says that a commit is not there any more, and takes no name for an option', async () => {
    await using there = await checkedOut([file('a.c', 'int a;\n')]);
    const event = await there.bench.pullRequestEvent(owner, repo, 1);
    const github = await there.bench.clientFor(event);
    const pull = pullOf(event);
    const at = (sha: string) => ({ ...pull, head: { ...pull.head, sha } });
    expect(
      await checkOut({ github, pull: at(`${'0'.repeat(39)}1`), select: everything, signal: never }),
    ).toBeUndefined();
    const option = checkOut({ github, pull: at('--upload-pack=touch /tmp/x'), select: everything, signal: never });
    await expect(option).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('leaves nothing behind when the run is told to stop while GitHub hangs', async () => {
    await using there = await checkedOut([file('a.c', 'int a;\n')]);
    const before = await scratchFolders();
    there.bench.github.slowDown({ path: /\.git\/git-upload-pack/, ms: 20_000 });
    const event = await there.bench.pullRequestEvent(owner, repo, 1);
    const github = await there.bench.clientFor(event);
    const controller = new AbortController();
    const reason = new Error('the run timed out');
    const running = checkOut({ github, pull: pullOf(event), select: everything, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 300);
    await expect(running).rejects.toBe(reason);
    expect(await scratchFolders()).toEqual(before);
  });
});
