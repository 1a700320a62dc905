import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long a connection may still be used for what is on its way when the server closes. */
const graceMs = 1_000;

/**
 * The connections of a process. Node closes those that wait for their next request; it does not know one on which nothing came yet,
 * or half a TLS handshake, and would wait for it as long as its client likes: load balancers, browsers and scanners open such.
 */
export class OpenConnections {
  readonly #sockets = new Set<Socket>();
  #requests = 0;

  /** A host name with two addresses is two servers. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (_request, response) => {
      this.#requests++;
      response.once('close', () => {
        this.#requests--;
      });
    });
  }

  /**
   * Once the server takes no new connections: ends those that are left as soon as no request is under way on any.
   * @returns what stops it, for when all of them have ended.
   */
  endQuietOnes(): Disposable {
    const timer = setInterval(() => {
      if (this.#requests === 0) this.endAll();
    }, graceMs);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  endAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
