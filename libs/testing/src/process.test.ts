import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runOctoBots, startProcess } from './process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A stand-in for `octo-bots`, to see what the harness makes of it. */
async function script(source: string): Promise<AsyncDisposable & { path: string }> {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'script.mjs');
  await writeFile(path, source);
  return { path, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

const server = `
import { createServer } from 'node:http';
const server = createServer((request, response) => response.writeHead(201).end(request.method + ' ' + request.url));
server.listen(Number(process.env.PORT), process.env.HOST, () => {
  console.log('hello ' + process.argv.slice(2).join(' '));
  console.log(JSON.stringify({ msg: 'listening', url: 'http://0.0.0.0:' + server.address().port }));
});
process.on('SIGTERM', () => process.exit(7));
`;

test('a process is there once it listens, and answers', async () => {
  await using program = await script(server);
  await using started = await startProcess({ args: ['start', '--x'], script: program.path });
  expect(started.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(started.output()).toContain('hello start --x');
  expect(started.log()).toMatchObject([{ msg: 'listening' }]);
  expect(await started.request('/healthz', { method: 'POST' })).toEqual({ status: 201, body: 'POST /healthz' });
});

test('a process tells how it ended', async () => {
  await using program = await script(server);
  await using polite = await startProcess({ args: [], script: program.path });
  polite.kill('SIGTERM');
  expect(await polite.exited).toEqual({ code: 7, signal: null });
  await using killed = await startProcess({ args: [], script: program.path });
  killed.kill('SIGKILL');
  expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a process that ends before it listens fails with all it wrote', async () => {
  await using program = await script(`console.error('no such file'); process.exit(2);`);
  const starting = startProcess({ args: ['start'], script: program.path });
  await expect(starting).rejects.toThrow('octo-bots start did not start:\nno such file');
});

test('waiting in vain for a line shows what there was', async () => {
  await using program = await script(server);
  await using started = await startProcess({ args: ['here'], script: program.path });
  expect(await started.waitForLine(/hello/)).toBe('hello here');
  await expect(started.waitForLine(/goodbye/, { timeoutMs: 30 })).rejects.toThrow('hello here');
});

test('a disposed process is gone', async () => {
  await using program = await script(server);
  let pid = 0;
  {
    await using started = await startProcess({ args: [], script: program.path });
    pid = started.pid;
  }
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a command that ends gives its exit code and both outputs, and inherits no setting', async () => {
  await using program = await script(
    `console.log(process.env.LOG_LEVEL, process.env.GIVEN, process.env.UNRELATED); console.error('oops'); process.exit(1);`,
  );
  process.env.UNRELATED = 'leak';
  const outcome = await runOctoBots({ args: [], script: program.path, env: { GIVEN: 'yes' } });
  delete process.env.UNRELATED;
  expect(outcome).toEqual({ code: 1, signal: null, stdout: 'undefined yes undefined\n', stderr: 'oops\n' });
});

test('a command that does not end fails with all it wrote', async () => {
  await using program = await script(`console.log('thinking'); setInterval(() => {}, 1000);`);
  const running = runOctoBots({ args: ['validate'], script: program.path, timeoutMs: 500 });
  await expect(running).rejects.toThrow(/octo-bots validate did not end/);
});
