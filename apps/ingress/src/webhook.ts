import type { WebhookEvent } from '@octo-bots/core';

/** A request whose signature was good: what it says, or why it is not what GitHub sends. */
export type Reading =
  | { readonly ok: true; readonly event: WebhookEvent<unknown>; readonly json: Uint8Array }
  | { readonly ok: false; readonly message: string };

export type Headers = Readonly<Record<string, string | undefined>>;

const deliveryForm = /^[A-Za-z0-9._-]{1,128}$/;
const eventNameForm = /^[a-z0-9_]{1,100}$/;

/** Reads a verified request. @param receivedAt ISO 8601. */
export function readWebhook(headers: Headers, body: Uint8Array, receivedAt: string): Reading {
  const name = headers['x-github-event'];
  if (name === undefined || !eventNameForm.test(name)) {
    return wrong('X-GitHub-Event', name, 'the name of an event, such as pull_request');
  }
  const delivery = headers['x-github-delivery'];
  if (delivery === undefined || !deliveryForm.test(delivery)) {
    return wrong('X-GitHub-Delivery', delivery, '1 to 128 letters, digits, dots, dashes and underscores');
  }
  if (body.byteLength === 0) {
    return { ok: false, message: 'The body is empty. Allowed is a JSON object; send the payload of the event.' };
  }
  const text = decodeUtf8(body);
  if (text === undefined) return { ok: false, message: 'The body is not UTF-8. Send the payload as UTF-8.' };
  const form = isForm(headers);
  const json = form ? new URLSearchParams(text).get('payload') : text;
  if (json === null) {
    return { ok: false, message: 'The form has no field "payload". Send the event’s JSON in a field of that name.' };
  }
  const payload = parseObject(json);
  if (payload === undefined) {
    const where = form ? 'The form field "payload"' : 'The body';
    return { ok: false, message: `${where} is not a JSON object. Send the payload of the event as GitHub makes it.` };
  }
  const action = 'action' in payload && typeof payload.action === 'string' ? payload.action : undefined;
  return {
    ok: true,
    event: { delivery, name, action, headers: headersToKeep(headers), payload, receivedAt },
    json: form ? Buffer.from(json, 'utf8') : body,
  };
}

function wrong(header: string, value: string | undefined, allowed: string): Reading {
  const arrived = value === undefined ? 'is missing' : 'has a value that is not allowed';
  return { ok: false, message: `The header ${header} ${arrived}. Allowed: ${allowed}. Send it as GitHub does.` };
}

function isForm(headers: Headers): boolean {
  return headers['content-type']?.trim().toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseObject(json: string): object | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

/**
 * The headers that travel with the event: GitHub's own. Signatures stay behind, since together with the payload they would
 * let anyone who reads the queue try out secrets; so does whatever a proxy adds.
 */
function headersToKeep(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (entry[0].startsWith('x-github-') || entry[0] === 'user-agent'),
    ),
  );
}
