import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

test('waitFor gives back the first truthy value', async () => {
  let calls = 0;
  expect(await waitFor('the third call', () => (++calls === 3 ? `call ${calls}` : undefined))).toBe('call 3');
});

test('waitFor takes an error as a no, and goes on', async () => {
  let calls = 0;
  const value = await waitFor('the second call', async () => {
    if (++calls === 1) throw new Error('not yet');
    return calls;
  });
  expect(value).toBe(2);
});

test('waitFor that ends in vain says what it waited for, how long, and the last value', async () => {
  const waiting = waitFor('a comment', () => 0, { timeoutMs: 30 });
  await expect(waiting).rejects.toThrow('waited 30 ms for a comment; the last value was 0');
});

test('waitFor that ends in vain says the last error, and carries it as the cause', async () => {
  const cause = new Error('connection refused');
  const waiting = waitFor('an answer', () => Promise.reject(cause), { timeoutMs: 30 });
  await expect(waiting).rejects.toThrow(expect.objectContaining({ cause }));
  await expect(waiting).rejects.toThrow('the last error was connection refused');
});

test('waitFor ends in time although the condition never answers', async () => {
  const waiting = waitFor('a word', () => new Promise<string>(() => {}), { timeoutMs: 30 });
  await expect(waiting).rejects.toThrow('the condition never answered');
});

test('a temporary directory goes with all that is in it', async () => {
  let path = '';
  {
    await using directory = await temporaryDirectory();
    path = directory.path;
    await writeFile(join(path, 'file'), 'content');
  }
  await expect(access(path)).rejects.toThrow();
});
