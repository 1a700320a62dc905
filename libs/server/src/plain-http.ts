import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { ErrorBody } from './answers.ts';

/** The first byte of every TLS connection: the record that a client says hello with. */
const tlsHandshake = 0x16;

const body: ErrorBody = {
  error: {
    code: 'REQUEST_INVALID',
    message: 'This port speaks HTTPS, and the request came as plain HTTP. Use an address that begins with https://.',
  },
};

/**
 * Gives a client that speaks plain HTTP to an HTTPS server an answer that says so, instead of a connection that just ends.
 * What begins as TLS is handed on as it came.
 */
export function answerPlainHttp(server: Server): void {
  const handOn = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    // The TLS server has its own, from the moment that it gets the socket.
    const ignore = () => undefined;
    socket.on('error', ignore);
    socket.setTimeout(server.timeout || handshakeMs, () => socket.destroy());
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      if (first[0] !== tlsHandshake) return refuse(socket);
      socket.off('error', ignore);
      socket.unshift(first);
      for (const listener of handOn) listener.call(server, socket);
    });
  });
}

/** As long as Node gives a TLS handshake. */
const handshakeMs = 120_000;

function refuse(socket: Socket): void {
  const json = JSON.stringify(body);
  const head = [
    'HTTP/1.1 400 Bad Request',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
  // What else the client sends is not read; it is not waited for either.
  socket.setTimeout(lingerMs, () => socket.destroy());
}

const lingerMs = 1000;
