import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RawRequest, RequestVerdict } from '@octo-bots/core';

const sha256Form = /^sha256=([0-9a-f]{64})$/i;

/**
 * Did GitHub sign this request with one of our secrets? HMAC SHA-256 over the bytes as they came in, compared in constant
 * time. The weaker SHA-1 signature (`X-Hub-Signature`) that GitHub sends as well is never taken for it.
 * @param secrets every live secret; at least one, none empty.
 */
export function verifySignature(request: RawRequest, secrets: readonly string[]): RequestVerdict {
  const header = request.headers['x-hub-signature-256'];
  if (header === undefined || header === '') return refused(reasonForMissing(request));
  const hex = sha256Form.exec(header)?.[1];
  if (hex === undefined) return refused('X-Hub-Signature-256 is malformed: it must be "sha256=" and 64 hex digits');
  const signature = Buffer.from(hex, 'hex');
  const signed = secrets.filter((secret) =>
    timingSafeEqual(createHmac('sha256', secret).update(request.body).digest(), signature),
  );
  return signed.length > 0 ? { accepted: true } : refused('X-Hub-Signature-256 does not match the body');
}

function reasonForMissing(request: RawRequest): string {
  return request.headers['x-hub-signature'] === undefined
    ? 'X-Hub-Signature-256 is missing: the webhook must be sent with a secret'
    : 'only a SHA-1 signature was sent: X-Hub-Signature-256 is needed';
}

function refused(reason: string): RequestVerdict {
  return { accepted: false, reason };
}
