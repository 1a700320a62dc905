import { fileURLToPath } from 'node:url';
import { startProcess } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('test-support/process-script.ts', import.meta.url));

describe('a process', { timeout: 60_000 }, () => {
  it('ends with 0 on SIGTERM', async () => {
    await using running = await startProcess({ script, args: [] });
    running.kill('SIGTERM');
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it('ends with 0 on a SIGTERM that comes while it starts', async () => {
    await using running = await startProcess({ script, args: ['signal-while-starting'] });
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it('ends with 1 when it could not stop in time', async () => {
    await using running = await startProcess({ script, args: ['stuck'] });
    running.kill('SIGTERM');
    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(running.output()).toContain('not everything stopped in time');
  });

  it.each([
    ['/throw', 'uncaught exception'],
    ['/reject', 'unhandled rejection'],
  ])('logs an error that nobody caught as fatal and ends with 1: %s', async (path, message) => {
    await using running = await startProcess({ script, args: [] });
    await running.request(path).catch(() => undefined);
    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(running.log()).toContainEqual(
      expect.objectContaining({
        level: 'fatal',
        msg: message,
        err: expect.objectContaining({ message: 'nobody caught this' }),
      }),
    );
  });
});
