import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@octo-bots/testing';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { connect, type Script, startScriptedGitHub } from './test-support/scripted-github.ts';

const repo = { owner: 'octo', repo: 'cat' };
const answer: Script = ({ path }) => (path === '/repos/octo/cat' ? { status: 200, body: { name: 'cat' } } : undefined);

/** A certificate for 127.0.0.1, and the private authority that signed it. */
async function privateAuthority() {
  const names = (commonName: string) => [{ name: 'commonName', value: commonName }];
  const authority = await generate(names('A company of its own'), {
    algorithm: 'sha256',
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate(names('ghes.example'), {
    algorithm: 'sha256',
    keyType: 'ec',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { authority: authority.cert, tls: { key: server.private, cert: server.cert } };
}

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
