import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateAuthority, temporaryDirectory } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { connect, type Script, startScriptedGitHub } from './test-support/scripted-github.ts';

const repo = { owner: 'octo', repo: 'cat' };
const answer: Script = ({ path }) => (path === '/repos/octo/cat' ? { status: 200, body: { name: 'cat' } } : undefined);

describe('a GitHub Enterprise Server with a certificate of a private authority', () => {
  it('is trusted with certificate-path, and not without', async () => {
    const { authority, tls } = await privateAuthority();
    await using directory = await temporaryDirectory();
    const certificatePath = join(directory.path, 'cacert.pem');
    await writeFile(certificatePath, authority);
    await using github = await startScriptedGitHub(answer, tls);

    const trusting = await (await connect(github.url, { certificatePath })).installation(7);
    expect((await trusting.rest.repos.get(repo)).data.name).toBe('cat');
    // Git, which talks to the same server, is to trust it as well.
    expect(trusting.trustedAuthorities).toContain(authority.trim());

    const asked = github.requests.length;
    const wary = await (await connect(github.url)).installation(7);
    expect(wary.trustedAuthorities).toBeUndefined();
    await expect(wary.rest.repos.get(repo)).rejects.toMatchObject({
      code: 'GITHUB_REQUEST_FAILED',
      message: expect.stringContaining('certificate'),
    });
    expect(github.requests).toHaveLength(asked);
  });

  it('is not trusted with the certificate of another authority', async () => {
    const [ours, others] = await Promise.all([privateAuthority(), privateAuthority()]);
    await using directory = await temporaryDirectory();
    const certificatePath = join(directory.path, 'cacert.pem');
    await writeFile(certificatePath, others.authority);
    await using github = await startScriptedGitHub(answer, ours.tls);
    const client = await (await connect(github.url, { certificatePath })).installation(7);
    await expect(client.rest.repos.get(repo)).rejects.toMatchObject({ code: 'GITHUB_REQUEST_FAILED' });
    expect(github.requests).toHaveLength(0);
  });
});
