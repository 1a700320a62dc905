// The health check of every image: asks the process's own /healthz, over HTTP, or HTTPS if it was started with a certificate.
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

const port = process.env.PORT ?? '8080';
const options = { host: '127.0.0.1', port, path: '/healthz', timeout: 4_000, rejectUnauthorized: false };

const ask = (call) =>
  new Promise((resolve, reject) => {
    const request = call(options, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve({ ok: response.statusCode === 200, body }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 4 s')));
    request.on('error', reject);
  });

try {
  // A port that speaks HTTPS either breaks a plain connection or answers it, but not with 200.
  const plain = await ask(get).catch(() => undefined);
  const { ok, body } = plain?.ok ? plain : await ask(getSecurely).catch((error) => plain ?? Promise.reject(error));
  console.log(body);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
