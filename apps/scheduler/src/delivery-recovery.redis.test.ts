import { silentLog } from '@octo-bots/core';
import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { counted, moreRounds, recoveryBench } from './test-support/recovery-bench.ts';

describe('what GitHub could not deliver', () => {
  it('arrives once the ingress is back, each event once', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const missed = await bench.deliver(8);
    const recovering = bench.start({ firstDelayMs: 100, longestDelayMs: 100 });
    // It is asked for while nobody is there, too.
    await waitFor('an asking that fails', () => bench.github.deliveries().some(({ redelivery }) => redelivery));
    bench.ingressBack();
    await waitFor('all to arrive', async () => (await counted(recovering)).recovered === missed.length);
    await moreRounds(recovering);
    for (const delivery of missed) expect(bench.arrivals(delivery)).toHaveLength(1);
    expect(await counted(recovering)).toMatchObject({ found: 8, recovered: 8 });
  });

  it.each([503, 500, 401, 404])('is asked for when it was answered %d', async (status) => {
    await using bench = await recoveryBench();
    bench.hook.answerWith(status);
    const [delivery = ''] = await bench.deliver(1);
    bench.hook.answerWith(202);
    bench.start();
    await waitFor('it to arrive', () => bench.arrivals(delivery).length === 1);
  });

  it.each([400, 413, 415])('is left alone when the ingress refused it for good with %d', async (status) => {
    await using bench = await recoveryBench();
    bench.hook.answerWith(status);
    await bench.deliver(1);
    bench.hook.answerWith(202);
    const recovering = bench.start();
    await moreRounds(recovering);
    expect(bench.askings).toEqual([]);
    expect(await counted(recovering)).toEqual({});
  });

  it('is left alone when a later attempt arrived', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const [delivery = ''] = await bench.deliver(1);
    bench.ingressBack();
    await bench.github.redeliver(delivery);
    const recovering = bench.start();
    await moreRounds(recovering);
    expect(bench.askings).toEqual([]);
  });

  it('is found behind more deliveries than a page holds', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const missed = await bench.deliver(3);
    bench.ingressBack();
    await bench.deliver(210);
    const recovering = bench.start({ pagesPerRound: 1 });
    await waitFor('all to arrive', async () => (await counted(recovering)).recovered === 3);
    for (const delivery of missed) expect(bench.arrivals(delivery)).toHaveLength(1);
    expect(bench.listings.slice(0, 3)).toEqual([
      expect.not.stringContaining('cursor'),
      expect.stringContaining('cursor'),
      expect.stringContaining('cursor'),
    ]);
  });

  it('is asked for no more than so often in one round', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    await bench.deliver(5);
    const recovering = bench.start({ asksPerRound: 2 });
    await waitFor('all to be asked for', () => bench.askings.length === 5);
    expect(recovering.rounds()).toBeGreaterThanOrEqual(3);
  });

  it('is given up once GitHub keeps it no longer', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    await bench.deliver(1);
    const recovering = bench.start({ windowMs: 1500, settleMs: 60_000 });
    await waitFor('it to be found', async () => (await counted(recovering)).found === 1);
    await waitFor('it to be given up', async () => (await counted(recovering))['given-up'] === 1);
    await moreRounds(recovering);
    expect(await counted(recovering)).toEqual({ found: 1, 'given-up': 1 });
    expect(bench.askings).toEqual([]);
  });
});

describe('two schedulers', () => {
  it('ask for each delivery once', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const missed = await bench.deliver(10);
    bench.ingressBack();
    const both = [bench.start(), bench.start()];
    await waitFor('all to arrive', () => missed.every((delivery) => bench.arrivals(delivery).length > 0));
    await Promise.all(both.map((one) => moreRounds(one)));
    expect(bench.askings.toSorted()).toEqual([...new Set(bench.askings)].toSorted());
    expect(bench.askings).toHaveLength(10);
  });

  it('relieve each other: one goes on as soon as the other stops', async () => {
    await using bench = await recoveryBench();
    const first = bench.start({ everyMs: 60_000 });
    await waitFor('the first to look', () => bench.listings.length === 1);
    await first.stop();
    bench.ingressAway();
    const [delivery = ''] = await bench.deliver(1);
    bench.ingressBack();
    // It would have kept the others out for nearly a minute.
    bench.start();
    await waitFor('it to arrive', () => bench.arrivals(delivery).length === 1);
  });
});

describe('after a restart', () => {
  it('only what is new is looked at', async () => {
    await using bench = await recoveryBench();
    await bench.deliver(110);
    const first = bench.start();
    await waitFor('the whole history to be looked at', () => bench.listings.some((path) => path.includes('cursor')));
    await moreRounds(first);
    await first.stop();
    const before = bench.listings.length;
    await moreRounds(bench.start());
    expect(bench.listings.slice(before).filter((path) => path.includes('cursor'))).toEqual([]);
  });

  it('a scan that was broken off goes on where it was', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const [oldest = ''] = await bench.deliver(1);
    bench.ingressBack();
    await bench.deliver(110);
    bench.ingressAway();
    await bench.deliver(1);
    bench.ingressBack();
    const first = bench.start({ pagesPerRound: 1, everyMs: 60_000 });
    await waitFor('the first page to be looked at', async () => (await counted(first)).found === 1);
    await first.stop();
    const seen = bench.listings.length;
    bench.start();
    await waitFor('it to arrive', () => bench.arrivals(oldest).length === 1);
    expect(bench.listings[seen]).toContain('cursor');
  });

  it('a cursor that GitHub takes no more costs a scan, and no delivery', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const [oldest = ''] = await bench.deliver(1);
    bench.ingressBack();
    await bench.deliver(110);
    bench.github.answerNext({ path: /cursor=/, status: 422, body: { message: 'Invalid cursor' } });
    bench.start();
    await waitFor('it to arrive', () => bench.arrivals(oldest).length === 1);
  });

  it('what was asked for is not asked for again before its time', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    await bench.deliver(3);
    const first = bench.start();
    await waitFor('all to be asked for', () => bench.askings.length === 3);
    await first.stop();
    await moreRounds(bench.start());
    expect(bench.askings).toHaveLength(3);
  });
});

describe('while GitHub or Redis are not as they should be', () => {
  it('a rate limit is waited for, by every scheduler, and no turn is lost', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    await bench.deliver(2);
    bench.github.answerNext({
      method: 'POST',
      path: /attempts$/,
      status: 403,
      headers: { 'retry-after': '3600' },
      body: { message: 'You have exceeded a secondary rate limit' },
    });
    const lines: string[] = [];
    const first = bench.start({}, { ...silentLog, warn: (_fields, message) => lines.push(message) });
    await waitFor('the limit', () => lines.includes('missed deliveries wait for a rate limit'));
    await moreRounds(first);
    const before = bench.github.requests().length;
    const second = bench.start();
    await moreRounds(second);
    expect(bench.github.requests()).toHaveLength(before);
    expect(bench.askings).toHaveLength(1);
    expect(await counted(first)).toEqual({ found: 2 });
    await Promise.all([first.stop(), second.stop()]);
    const { progress, missed } = await bench.kept();
    expect([...missed.values()].map(({ asked }) => asked)).toEqual([0, 0]);
    expect(Math.abs((progress.notBefore ?? 0) - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it('a list that GitHub does not give is asked for again later', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const [delivery = ''] = await bench.deliver(1);
    bench.ingressBack();
    bench.github.answerNext({ path: /deliveries/, status: 404, body: { message: 'Not Found' }, times: 2 });
    bench.start();
    await waitFor('it to arrive', () => bench.arrivals(delivery).length === 1);
  });

  it('a delivery that GitHub refuses to send again does not keep the others from it', async () => {
    await using bench = await recoveryBench();
    bench.ingressAway();
    const [refused = '', other = ''] = await bench.deliver(2);
    bench.ingressBack();
    bench.github.answerNext({ method: 'POST', path: /attempts$/, status: 422, body: { message: 'Spammed' } });
    bench.start({ firstDelayMs: 300 });
    await waitFor('the other to arrive', () => bench.arrivals(other).length === 1);
    await waitFor('this one to arrive in the end', () => bench.arrivals(refused).length === 1);
  });

  it('an outage of Redis is waited for', async () => {
    await using bench = await recoveryBench();
    await bench.redis.stop();
    bench.ingressAway();
    const [delivery = ''] = await bench.deliver(1);
    bench.ingressBack();
    bench.start();
    await bench.redis.start();
    await waitFor('it to arrive', () => bench.arrivals(delivery).length === 1);
  });

  it('stopping takes no longer than a moment, Redis or not', async () => {
    await using bench = await recoveryBench();
    await bench.redis.stop();
    const recovering = bench.start();
    await waitFor('a round', () => recovering.rounds() === 1);
    const startedAt = performance.now();
    await recovering.stop();
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});
