import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { waitFor } from './wait-for.ts';

const guard = fileURLToPath(new URL('./guard.ts', import.meta.url));

/** A process that starts another one under guard, says its number, and then goes on as `then` says. */
function parentThat(then: string) {
  const source = `
    import { spawn } from 'node:child_process';
    import { endWithThisProcess } from ${JSON.stringify(guard)};
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: ['ignore', 'inherit', 'ignore'] });
    endWithThisProcess(child);
    console.log(child.pid);
    ${then}
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('a guarded process goes when its parent is killed', async () => {
  const parent = parentThat('');
  await once(parent.stdout, 'data');
  let closed = false;
  parent.stdout.once('close', () => {
    closed = true;
  });
  parent.kill('SIGKILL');
  // The guarded process holds the other end of this output too, and would for ever.
  await waitFor('the guarded process to go', () => closed);
});

test('the guard does not keep its parent from ending', async () => {
  const parent = parentThat('child.kill(); child.unref();');
  const [code] = await once(parent, 'exit');
  expect(code).toBe(0);
});
