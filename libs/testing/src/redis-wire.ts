import { connect } from 'node:net';

/**
 * The few words with a Redis server that the harness itself needs, in its inline protocol: one line there, one line back.
 * A full client would reconnect and retry, which is just what must not happen while a server is being stopped.
 * @throws Error when nobody answers, or with the server's own words when it refuses.
 */
export function askRedis(server: { port: number; password?: string | undefined }, command: string): Promise<string> {
  const lines = server.password === undefined ? [command] : [`AUTH ${server.password}`, command];
  return new Promise((resolve, reject) => {
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    let answer = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer to ${command} within 5 s`)));
    socket.once('connect', () => socket.write(`${lines.join('\r\n')}\r\n`));
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
