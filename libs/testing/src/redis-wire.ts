import { connect } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

/** Where on this machine a server listens, and how to get in. */
export interface RedisDoor {
  readonly port: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: { readonly ca: string; readonly servername?: string } | undefined;
}

/**
 * The few words with a Redis server that the harness itself needs, in its inline protocol: one line there, one line back.
 * A full client would reconnect and retry, which is just what must not happen while a server is being stopped.
 * @throws Error when nobody answers, or with the server's own words when it refuses.
 */
export function askRedis(door: RedisDoor, command: string): Promise<string> {
  const { username, password, port, tls } = door;
  const login = username === undefined ? password : `${username} ${password}`;
  const lines = password === undefined ? [command] : [`AUTH ${login}`, command];
  return new Promise((resolve, reject) => {
    const at = { port, host: '127.0.0.1' };
    const socket = tls === undefined ? connect(at) : connectSecurely({ ...at, ...tls });
    let answer = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer to ${command} within 5 s`)));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write(`${lines.join('\r\n')}\r\n`));
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
      const whole = answer.split('\r\n');
      if (whole.length > lines.length) socket.end();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      const answers = answer.split('\r\n').slice(0, lines.length);
      const refusal = answers.find((line) => line.startsWith('-'));
      if (refusal !== undefined) reject(new Error(`Redis refused ${command}: ${refusal.slice(1)}`));
      else resolve(answers.at(-1) ?? '');
    });
  });
}
