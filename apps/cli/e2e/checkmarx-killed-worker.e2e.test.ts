import { startCheckmarxOne, startCxSast, waitFor } from '@octo-bots/testing';
import { expect, it } from 'vitest';
import { deployCheckmarx } from './checkmarx-deployment.ts';

const cxSast = { progress: 'by-hand', quirks: { branching: { polls: 0 } } } as const;

/** When the scan ends: while another worker waits for it, or before there is one. */
type End = 'later' | 'before anybody looks';

const cases = [
  ['CxSAST', 'later', () => startCxSast(cxSast), /\/sast\/scans$/],
  ['Checkmarx One', 'later', () => startCheckmarxOne({ progress: 'by-hand' }), /\/api\/scans$/],
  ['CxSAST', 'before anybody looks', () => startCxSast(cxSast), /\/sast\/scans$/],
] as const satisfies readonly (readonly [string, End, ...unknown[]])[];

it.concurrent.each(cases)(
  'a scan on %s that ends %s is the only one after its worker was killed between its start and the next poll',
  { timeout: 240_000 },
  async (_product, end, start, startPath) => {
    await using deployment = await deployCheckmarx(await start());
    const doomed = await deployment.processes.start('worker');
    // The scan is made; the worker never gets to know it.
    deployment.server.answerWith({ method: 'POST', path: startPath, answer: 'hang', afterwards: true });
    const { head } = await deployment.open('feature/killed');
    const scan = await deployment.activeScan('feature/killed');
    doomed.kill('SIGKILL');
    if (end !== 'later') deployment.server.finish(scan.id);

    await deployment.processes.start('worker');
    // A lock of the dead worker, and a look for such locks, last half a minute each: about a minute together.
    await waitFor(
      'the other worker to look at the scan',
      async () => (await deployment.checks(head.sha)).at(-1)?.output.title !== 'Preparing the scan',
      { timeoutMs: 150_000 },
    );
    if (end === 'later') deployment.server.finish(scan.id);

    expect(await deployment.ended(head.sha)).toMatchObject({ conclusion: 'success' });
    expect(deployment.scansOf('feature/killed')).toHaveLength(1);
    expect(await deployment.checks(head.sha)).toHaveLength(1);
  },
);
