import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between an ingress and its Redis, handing on whole commands, so that an ingress can be killed at the very moment
 * when Redis has the run of one bot of an event and not yet that of the next.
 */
export class RedisGate implements AsyncDisposable {
  readonly #server: Server;
  readonly #redisPort: number;
  readonly #sockets = new Set<Socket>();
  #cut: { readonly firstBots: Map<string, string>; readonly done: () => void } | undefined;

  private constructor(redisPort: number) {
    this.#redisPort = redisPort;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(redisPort: number): Promise<RedisGate> {
    const gate = new RedisGate(redisPort);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the gate has no port');
    return `redis://127.0.0.1:${address.port}`;
  }

  /** Resolves when an event had the run of one bot added and another bot's is held back: kill the ingress now. */
  cutBetweenBots(): Promise<void> {
    return new Promise((resolve) => {
      this.#cut = { firstBots: new Map(), done: resolve };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const redis = connect({ port: this.#redisPort, host: '127.0.0.1' });
    let held = false;
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => {
      rest = Buffer.concat([rest, Buffer.from(chunk)]);
      for (let length = commandLength(rest); length !== undefined; length = commandLength(rest)) {
        const command = rest.subarray(0, length);
        rest = rest.subarray(length);
        held ||= this.#isBetweenBots(command);
        if (!held) redis.write(command);
      }
    });
    redis.on('data', (chunk) => client.write(chunk));
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        // What was handed on before still arrives.
        other.destroySoon();
      });
    }
  }

  #isBetweenBots(command: Buffer): boolean {
    const cut = this.#cut;
    if (cut === undefined) return false;
    const text = command.toString('latin1');
    // Only what adds a run carries the event itself.
    if (!/^\*\d+\r\n\$\d+\r\neval/i.test(text) || !text.includes('"receivedAt"')) return false;
    const [, delivery, bot] = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([a-z-]+)/.exec(text) ?? [];
    if (delivery === undefined || bot === undefined) return false;
    const first = cut.firstBots.get(delivery) ?? bot;
    cut.firstBots.set(delivery, first);
    if (first === bot) return false;
    this.#cut = undefined;
    cut.done();
    return true;
  }
}

/** @returns how many bytes the first command takes (RESP: an array of bulk strings), once all of them are there. */
function commandLength(bytes: Buffer): number | undefined {
  const head = lineAt(bytes, 0);
  if (head === undefined) return undefined;
  let end = head.next;
  for (let left = Number(head.text.slice(1)); left > 0; left--) {
    const size = lineAt(bytes, end);
    if (size === undefined) return undefined;
    end = size.next + Number(size.text.slice(1)) + 2;
  }
  return end <= bytes.length ? end : undefined;
}

function lineAt(bytes: Buffer, start: number): { text: string; next: number } | undefined {
  const end = bytes.indexOf('\r\n', start);
  return end < 0 ? undefined : { text: bytes.toString('latin1', start, end), next: end + 2 };
}
