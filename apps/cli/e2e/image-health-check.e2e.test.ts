import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { freePort, runOctoBots, startGitHub, startProcess, writeDeployment } from '@octo-bots/testing';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../../docker/healthz.mjs', import.meta.url));
const checkPort = (port: string | number) => runOctoBots({ script, args: [], env: { PORT: String(port) } });

test.each(['off', 'adhoc'])('the health check of the images finds a process that serves with --tls %s', async (tls) => {
  await using github = await startGitHub();
  await using deployment = await writeDeployment({ github });
  await using dashboard = await startProcess({
    args: ['dashboard', '--config', deployment.configPath, '--redis-url', 'redis://127.0.0.1:1', '--tls', tls],
  });
  expect(await checkPort(new URL(dashboard.url).port)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"status":"ok"'),
  });
});

test('the health check of the images fails with a process that is not well, and shows what it says', async () => {
  const port = await freePort();
  const server = createServer((_request, response) => response.writeHead(503).end('{"status":"unhealthy"}'));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  try {
    expect(await checkPort(port)).toMatchObject({ code: 1, stdout: '{"status":"unhealthy"}\n' });
  } finally {
    server.close();
  }
});

test('the health check of the images fails where nobody answers, and says so', async () => {
  expect(await checkPort(await freePort())).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
});
