import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { byHand, clientOf, failureOf, products, scanRequest, startedScan } from './test-support/harness.ts';

describe.each(products)('the projects of $product', ({ product, start }) => {
  it('says which product it is', async () => {
    await using server = await start();
    expect((await clientOf(server)).product).toBe(product);
  });

  it('have names that the server takes', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    expect(checkmarx.projectName('octo/cat@feature/[x] ü')).toBe('octo_cat@feature__x___');
    const made = await checkmarx.createProject('octo/cat@feature/[x] ü');
    expect(made.name).toBe('octo_cat@feature__x___');
    expect(await checkmarx.findProject('octo/cat@feature/[x] ü')).toEqual(made);
  });

  it('are found by exactly their name', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    expect(await checkmarx.findProject('c_t')).toBeUndefined();
    await checkmarx.createProject('cat');
    await checkmarx.createProject('Cat.food');
    // A wildcard, another case, a part of it.
    for (const other of ['c_t', 'CAT', 'ca', 'cat.food']) {
      expect(await checkmarx.findProject(other), other).toBeUndefined();
    }
    expect(await checkmarx.findProject('cat')).toMatchObject({ name: 'cat' });
  });

  it('are made once, also when somebody else was faster', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const both = await Promise.all([checkmarx.createProject('cat'), checkmarx.createProject('cat')]);
    expect(both[0]).toEqual(both[1]);
    const branches = await Promise.all([1, 2].map(() => checkmarx.createBranchProject(both[0], 'cat@x')));
    expect(branches[0]).toEqual(branches[1]);
    expect(server.projects().map(({ name }) => name)).toEqual(['cat', 'cat@x']);
  });

  it('that were never branched are ready', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    expect(await checkmarx.branching(await checkmarx.createProject('cat'))).toEqual({
      state: 'ready',
      reason: undefined,
    });
  });

  it('become ready as branches', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const branch = await checkmarx.createBranchProject(await checkmarx.createProject('cat'), 'cat@x');
    await waitFor('the branch', async () => (await checkmarx.branching(branch)).state === 'ready');
    expect((await checkmarx.startScan(scanRequest(branch))).label).toBe('run 1');
    expect(server.scans()).toMatchObject([{ projectName: 'cat@x' }]);
  });

  it('are not branched from one that is gone', async () => {
    await using server = await start();
    const checkmarx = await clientOf(server);
    const base = await checkmarx.createProject('cat');
    await checkmarx.deleteProject(base);
    expect(await failureOf(checkmarx.createBranchProject(base, 'cat@x'))).toMatchObject({
      code: 'CHECKMARX_REQUEST_REFUSED',
      retryable: false,
    });
  });

  it('are deleted with their scans, and once', async () => {
    await using server = await start(byHand);
    const checkmarx = await clientOf(server);
    const { project, scan } = await startedScan(checkmarx);
    await checkmarx.deleteProject(project);
    expect(server.projects()).toEqual([]);
    expect(server.scans()).toMatchObject([{ ended: true }]);
    expect(await checkmarx.scan(scan.id)).toMatchObject({ state: 'gone', reason: undefined });
    expect(await checkmarx.findProject('cat')).toBeUndefined();
    await checkmarx.deleteProject(project);
  });
});
