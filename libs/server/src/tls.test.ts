import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory, waitFor } from '@octo-bots/testing';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { certificateOf, keptAgent, start, statusOf, statusOrCode, toPem } from './test-support/harness.ts';

describe('an ad-hoc certificate', () => {
  it('is for localhost, 127.0.0.1, ::1 and this machine’s name, and holds for those who trust it', async () => {
    await using running = await start({ tls: { kind: 'adhoc' }, host: '0.0.0.0' });
    const certificate = await certificateOf(running.server);
    for (const name of [`DNS:localhost`, `DNS:${hostname()}`, 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1']) {
      expect(certificate.subjectaltname).toContain(name);
    }
    expect(new Date(certificate.valid_to).getTime()).toBeGreaterThan(Date.now() + 300 * 24 * 3600 * 1000);
    expect(await statusOf(running.server.url, toPem(certificate.raw))).toBe(200);
  });

  it('is refused by those who do not trust it', async () => {
    await using running = await start({ tls: { kind: 'adhoc' } });
    await expect(statusOf(running.server.url)).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED/) });
  });

  it('is another one at each start', async () => {
    await using one = await start({ tls: { kind: 'adhoc' } });
    await using other = await start({ tls: { kind: 'adhoc' } });
    expect((await certificateOf(one.server)).fingerprint256).not.toBe(
      (await certificateOf(other.server)).fingerprint256,
    );
  });
});

describe('a port that speaks HTTPS', () => {
  it('tells a client that speaks plain HTTP so, in one short answer', async () => {
    await using running = await start({ tls: { kind: 'adhoc' } });
    const answer = await fetch(`${running.server.url.replace('https:', 'http:')}/healthz`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      error: { code: 'REQUEST_INVALID', message: expect.stringContaining('https://') },
    });
  });

  it('goes on after a client that says nothing, and one that says half a word', async () => {
    await using running = await start({ tls: { kind: 'adhoc' } });
    const { port } = new URL(running.server.url);
    await using connections = new AsyncDisposableStack();
    const connected = () => connections.adopt(connect(Number(port), '127.0.0.1'), (socket) => void socket.destroy());
    const [silent, hasty] = [connected(), connected()];
    await Promise.all([once(silent, 'connect'), once(hasty, 'connect')]);
    hasty.end('G');
    hasty.resume();
    await once(hasty, 'end');
    const { raw } = await certificateOf(running.server);
    expect(await statusOf(running.server.url, toPem(raw))).toBe(200);
  });
});

describe.each([{ kind: 'off' }, { kind: 'adhoc' }] as const)('with --tls $kind, a server that stops', (tls) => {
  it.each([
    ['nothing', []],
    ['half a hello', [0x16]],
    ['half a request', [...Buffer.from('GET /healthz HTTP/1.1\r\n')]],
  ])('does not wait for a client that says %s', async (_what, said) => {
    await using running = await start({ tls, shutdownMs: 60_000 });
    const { port } = new URL(running.server.url);
    await using connections = new AsyncDisposableStack();
    const socket = connections.adopt(connect(Number(port), '127.0.0.1'), (each) => void each.destroy());
    const ended = new Promise((resolve) => void socket.once('error', resolve).once('close', resolve));
    await once(socket, 'connect');
    socket.resume().write(Buffer.from(said));
    await running.server.stop();
    expect(await running.server.stopped).toBe(true);
    await ended;
  });
});

describe('a certificate from files', () => {
  const dayMs = 24 * 3600 * 1000;
  const made = (options: object = {}) =>
    generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256', ...options });

  async function files(dir: { path: string }, pems: { cert: string; private: string }) {
    const [cert, key] = [join(dir.path, 'cert.pem'), join(dir.path, 'key.pem')];
    await writeFile(cert, pems.cert);
    await writeFile(key, pems.private);
    return { kind: 'files', cert, key, lookEveryMs: 10 } as const;
  }

  it('is taken up anew when it is renewed, and an open connection goes on', async () => {
    await using dir = await temporaryDirectory();
    const [old, renewed] = [await made(), await made()];
    const tls = await files(dir, old);
    await using running = await start({ tls, host: 'localhost' });
    using agent = keptAgent();
    expect(await statusOf(running.server.url, old.cert, agent)).toBe(200);
    await files(dir, renewed);
    await waitFor(
      'the renewed certificate to serve',
      async () => (await statusOrCode(running.server.url, renewed.cert)) === 200,
    );
    expect(await statusOrCode(running.server.url, old.cert)).toMatch(/SELF_SIGNED|UNABLE/);
    expect(await statusOf(running.server.url, old.cert, agent)).toBe(200);
    expect(running.lines).toContainEqual(expect.objectContaining({ msg: 'renewed certificate taken up' }));
  });

  it('stays while the new one cannot serve, which is said once', async () => {
    await using dir = await temporaryDirectory();
    const [old, renewed, expired] = [
      await made(),
      await made(),
      await made({ notBeforeDate: new Date(Date.now() - 2 * dayMs), notAfterDate: new Date(Date.now() - dayMs) }),
    ];
    const tls = await files(dir, old);
    await using running = await start({ tls, host: 'localhost' });
    const complaints = () => running.lines.filter(({ msg }) => String(msg).includes('cannot serve'));
    await writeFile(tls.cert, renewed.cert);
    await waitFor('the pair that is none to be noticed', async () => complaints().length === 1);
    await files(dir, expired);
    const ofExpired = () => complaints().filter((line) => JSON.stringify(line).includes('expired at'));
    await waitFor('the expired one to be noticed', async () => ofExpired().length > 0);
    expect(await statusOf(running.server.url, old.cert)).toBe(200);
    await files(dir, renewed);
    await waitFor('the good one to serve', async () => (await statusOrCode(running.server.url, renewed.cert)) === 200);
    expect(ofExpired()).toHaveLength(1);
  });

  it.each([
    ['has expired', [-2, -1], /--cert .*cert\.pem: the certificate expired at \d{4}-.*Renew it/],
    ['is not valid yet', [1, 2], /is valid only from \d{4}-.*clock/],
  ])('is refused at the start when it %s', async (_what, [from = 0, to = 0], message) => {
    await using dir = await temporaryDirectory();
    const at = (days: number) => new Date(Date.now() + days * dayMs);
    const tls = await files(dir, await made({ notBeforeDate: at(from), notAfterDate: at(to) }));
    await expect(start({ tls })).rejects.toMatchObject({
      code: 'TLS_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('serves', async () => {
    await using dir = await temporaryDirectory();
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
    const files = { cert: join(dir.path, 'cert.pem'), key: join(dir.path, 'key.pem') };
    await writeFile(files.cert, pems.cert);
    await writeFile(files.key, pems.private);
    await using running = await start({ tls: { kind: 'files', ...files }, host: 'localhost' });
    expect(await statusOf(running.server.url, pems.cert)).toBe(200);
  });

  it.each([
    ['a missing certificate', { cert: 'nowhere.pem' }, /--cert .*nowhere\.pem: there is no such file/],
    ['a folder as key', { key: '.' }, /--key .*: that is a folder, not a file/],
    [
      'something else as certificate',
      { cert: 'text.txt' },
      /--cert .*text\.txt: the file holds no "-----BEGIN … CERTIFICATE-----"/,
    ],
    ['the key of another certificate', { key: 'other.pem' }, /do not make a pair/],
    ['a key of another kind', { key: 'rsa.pem' }, /do not make a pair/],
    ['a key with a passphrase', { key: 'locked.pem' }, /--key .*locked\.pem: the private key needs a passphrase/],
    ['a certificate that is half written', { cert: 'half.pem' }, /--cert .*half\.pem: it is damaged or not complete/],
    ['a chain that is half written', { cert: 'chain.pem' }, /--cert .*chain\.pem: it is damaged or not complete/],
  ])('says what is wrong with %s', async (_what, names, message) => {
    await using dir = await temporaryDirectory();
    const [pems, other, rsa] = await Promise.all([
      generate(undefined, { keyType: 'ec' }),
      generate(undefined, { keyType: 'ec' }),
      generate(undefined, { keyType: 'rsa' }),
    ]);
    await writeFile(join(dir.path, 'cert.pem'), pems.cert);
    await writeFile(join(dir.path, 'key.pem'), pems.private);
    await writeFile(join(dir.path, 'other.pem'), other.private);
    await writeFile(join(dir.path, 'rsa.pem'), rsa.private);
    const passphrase = { cipher: 'aes-256-cbc', passphrase: 'x', type: 'pkcs8', format: 'pem' } as const;
    await writeFile(join(dir.path, 'locked.pem'), createPrivateKey(pems.private).export(passphrase));
    const half = pems.cert.slice(0, pems.cert.length / 2);
    await writeFile(join(dir.path, 'half.pem'), half);
    await writeFile(join(dir.path, 'chain.pem'), `${pems.cert}\n${half}`);
    await writeFile(join(dir.path, 'text.txt'), 'hello');
    const { cert, key } = { cert: 'cert.pem', key: 'key.pem', ...names };
    const tls = { kind: 'files', cert: join(dir.path, cert), key: join(dir.path, key) } as const;
    await expect(start({ tls })).rejects.toMatchObject({
      code: 'TLS_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
