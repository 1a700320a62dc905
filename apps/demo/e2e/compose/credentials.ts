import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes what a person writes for a GitHub App of theirs, for the containers' user to read. @returns the webhook secret. */
export async function writeCredentials(folder: string): Promise<string> {
  const webhookSecret = randomBytes(16).toString('hex');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const yaml = [
    'app-id: 123456',
    'client-id: Iv1.0123456789abcdef',
    'client-secret: a client secret',
    'private-key-path: ./github-app.private-key.pem',
    `webhook-secret: ${webhookSecret}`,
  ];
  await writeFile(join(folder, 'github-app.yml'), `${yaml.join('\n')}\n`);
  await writeFile(join(folder, 'github-app.private-key.pem'), privateKey);
  await chmod(folder, 0o755);
  return webhookSecret;
}

/** GitHub's first event to a new App, signed. */
export function sendPing(url: string, secret: string): Promise<Response> {
  const body = JSON.stringify({ zen: 'Keep it logically awesome.' });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-delivery': '11111111-2222-3333-4444-555555555555',
      'x-github-event': 'ping',
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  });
}
