import { createHmac, randomBytes } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import { verifySignature } from './signature.ts';

const secret = "It's a Secret to Everybody";
const bytes = (text: string) => new TextEncoder().encode(text);

/** @param headers lower-cased, as the ingress hands them over */
function verify(headers: Record<string, string>, body: Uint8Array, secrets: readonly string[] = [secret]) {
  return verifySignature({ headers, body }, secrets);
}

const signed = async (text: string, by = secret) => ({ 'x-hub-signature-256': await sign(by, text) });

describe('a webhook is accepted', () => {
  it('with the signature of GitHub’s own documentation', () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(verify({ 'x-hub-signature-256': signature }, bytes('Hello, World!'))).toEqual({ accepted: true });
  });

  it('with the right signature over an empty body', () => {
    const signature = 'sha256=66a0c074deaa0f489ead6537e0d32f9a344b90bbeda705b6ed45ecd3b413fb40';
    expect(verify({ 'x-hub-signature-256': signature }, bytes(''))).toEqual({ accepted: true });
  });

  it.each([
    ['a small body', '{"action":"opened"}'],
    ['a body beyond ASCII', '{"title":"Grüße 🐙 漢字 \u0000"}'],
    ['a body of 25 MB', 'x'.repeat(25 * 1024 * 1024)],
  ])('with the right signature over %s', async (_what, body) => {
    expect(verify(await signed(body), bytes(body))).toEqual({ accepted: true });
  });

  it('with a signature by any of several live secrets', async () => {
    expect(verify(await signed('{}', 'new'), bytes('{}'), ['old', 'new'])).toEqual({ accepted: true });
    expect(verify(await signed('{}', 'old'), bytes('{}'), ['old', 'new'])).toEqual({ accepted: true });
  });

  it('with upper-case hex digits', async () => {
    const header = (await signed('{}'))['x-hub-signature-256'];
    const shouted = `sha256=${header.slice('sha256='.length).toUpperCase()}`;
    expect(verify({ 'x-hub-signature-256': shouted }, bytes('{}'))).toEqual({ accepted: true });
  });
});

describe('a webhook is refused', () => {
  it('without any signature', () => {
    expect(verify({}, bytes('{}'))).toEqual({
      accepted: false,
      reason: 'X-Hub-Signature-256 is missing: the webhook must be sent with a secret',
    });
  });

  it('with a SHA-1 signature alone, even a right one', () => {
    // HMAC SHA-1 of "Hello, World!" with this very secret.
    const verdict = verify(
      { 'x-hub-signature': 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59' },
      bytes('Hello, World!'),
    );
    expect(verdict).toEqual({
      accepted: false,
      reason: 'only a SHA-1 signature was sent: X-Hub-Signature-256 is needed',
    });
  });

  it.each([
    ['no algorithm', '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
    ['another algorithm', 'sha512=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'],
    ['too few digits', 'sha256=757107ea'],
    ['too many digits', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1700'],
    ['digits that are none', `sha256=${'z'.repeat(64)}`],
    ['a line more', 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n'],
    [
      'two signatures',
      `sha256=${'0'.repeat(64)}, sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17`,
    ],
  ])('with a header of %s', (_what, header) => {
    expect(verify({ 'x-hub-signature-256': header }, bytes('Hello, World!'))).toEqual({
      accepted: false,
      reason: 'X-Hub-Signature-256 is malformed: it must be "sha256=" and 64 hex digits',
    });
  });

  it('with an empty header', () => {
    expect(verify({ 'x-hub-signature-256': '' }, bytes('{}')).accepted).toBe(false);
  });

  it.each([
    ['one more byte', '{"a":1} '],
    ['one changed byte', '{"a":2}'],
    ['the same JSON, written otherwise', '{ "a": 1 }'],
    ['nothing', ''],
  ])('with the right signature, when the body then is %s', async (_what, body) => {
    expect(verify(await signed('{"a":1}'), bytes(body))).toEqual({
      accepted: false,
      reason: 'X-Hub-Signature-256 does not match the body',
    });
  });

  it('with the signature of another secret', async () => {
    expect(verify(await signed('{}', 'guessed'), bytes('{}')).accepted).toBe(false);
  });

  it('when bytes that are no UTF-8 were changed into others that read alike', () => {
    // Both decode to U+FFFD: only a check of the bytes tells them apart.
    const original = Uint8Array.of(0x22, 0xff, 0x22);
    const header = `sha256=${createHmac('sha256', secret).update(original).digest('hex')}`;
    expect(verify({ 'x-hub-signature-256': header }, original)).toEqual({ accepted: true });
    expect(verify({ 'x-hub-signature-256': header }, Uint8Array.of(0x22, 0xfe, 0x22)).accepted).toBe(false);
  });

  it('without its reason telling anything of the request', () => {
    const told = randomBytes(8).toString('hex');
    const verdict = verify({ 'x-hub-signature-256': told, 'x-hub-signature': told }, bytes(told));
    expect(JSON.stringify(verdict)).not.toContain(told);
  });
});
