import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { isObject, type JsonObject, parseJson, textAt } from './json.ts';

export interface Received {
  readonly event: string;
  readonly action: string | undefined;
  readonly delivery: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly payload: JsonObject;
}

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** What it answers from now on. Default: 202. */
  answerWith(status: number): void;
}

/** Takes webhooks and keeps them: for tests of what GitHub sends. */
export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let status = 202;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const payload = parseJson(body);
    received.push({
      event: String(request.headers['x-github-event']),
      action: textAt(payload, 'action'),
      delivery: String(request.headers['x-github-delivery']),
      headers: request.headers,
      body,
      payload: isObject(payload) ? payload : {},
    });
    response.writeHead(status).end('taken');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}/events`,
    received,
    answerWith(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
