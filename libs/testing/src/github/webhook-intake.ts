import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** Where the emulator sends the App's webhooks to. */
export class WebhookIntake {
  readonly #server: Server;
  #take: ((event: string, payload: JsonObject) => Promise<void>) | undefined;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      // The emulator is to go on at once, as GitHub does: delivering takes as long as the receiver takes.
      response.writeHead(202).end();
      const payload = parseJson(Buffer.concat(chunks));
      const event = request.headers['x-github-event'];
      if (!isObject(payload) || typeof event !== 'string' || !this.#take) return;
      await this.#take(event, payload).catch((error: unknown) => {
        // While everything is being closed, looking something up fails; at any other time nobody else would hear of it.
        if (this.#take) process.emitWarning(`the emulated GitHub lost a ${event} event: ${error}`);
      });
    });
  }

  /** @returns the URL for the emulator. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the webhook intake has no port');
    return `http://127.0.0.1:${address.port}/`;
  }

  onWebhook(take: (event: string, payload: JsonObject) => Promise<void>): void {
    this.#take = take;
  }

  async close(): Promise<void> {
    this.#take = undefined;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
