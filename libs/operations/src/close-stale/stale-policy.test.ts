import { describe, expect, it } from 'vitest';
import { type Item, isExempt, type StalePolicy, selectStale } from './stale-policy.ts';

const cutoff = Date.parse('2026-01-01T00:00:00.000Z');
const day = 24 * 60 * 60 * 1000;

const everything: StalePolicy = { kinds: new Set(['issue', 'pull-request']), cutoff, exemptLabels: [] };

function item(number: number, daysBeforeCutoff: number, more: Partial<Item> = {}): Item {
  return { kind: 'issue', number, updatedAt: cutoff - daysBeforeCutoff * day, labels: [], ...more };
}

/** Pages that tell how many of them were read. */
function pagesOf(...pages: readonly Item[][]) {
  const read = { count: 0 };
  async function* iterate() {
    for (const page of pages) {
      read.count += 1;
      yield page;
    }
  }
  return { pages: iterate(), read };
}

async function numbersOf(pages: AsyncIterable<readonly Item[]>, policy: StalePolicy) {
  const { stale, exempt } = await selectStale(pages, policy);
  return { numbers: stale.map(({ number }) => number), exempt };
}

describe('the stale items of a repository', () => {
  it('are those that were not updated since the cutoff', async () => {
    const { pages } = pagesOf([item(1, 60), item(2, 1)], [item(3, 0), item(4, -1)]);
    expect(await numbersOf(pages, everything)).toEqual({ numbers: [1, 2, 3], exempt: 0 });
  });

  it('are read no further than the first fresh one', async () => {
    const { pages, read } = pagesOf([item(1, 1)], [item(2, -1), item(3, -2)], [item(4, -3)]);
    expect(await numbersOf(pages, everything)).toEqual({ numbers: [1], exempt: 0 });
    expect(read.count).toBe(2);
  });

  it('are of the kinds that are to be closed', async () => {
    const list = [item(1, 3), item(2, 2, { kind: 'pull-request' })];
    const issues: StalePolicy = { ...everything, kinds: new Set(['issue']) };
    const pullRequests: StalePolicy = { ...everything, kinds: new Set(['pull-request']) };
    expect((await numbersOf(pagesOf(list).pages, issues)).numbers).toEqual([1]);
    expect((await numbersOf(pagesOf(list).pages, pullRequests)).numbers).toEqual([2]);
  });

  it('have none of the exempt labels, and those that have one are counted', async () => {
    const policy: StalePolicy = { ...everything, kinds: new Set(['issue']), exemptLabels: ['hotfix', 'release'] };
    const { pages } = pagesOf([
      item(1, 5, { labels: ['bug', 'Hotfix'] }),
      item(2, 4, { labels: ['bug'] }),
      item(3, 3, { labels: ['release'], kind: 'pull-request' }),
      item(4, 2, { labels: ['release-notes'] }),
      item(5, -1, { labels: ['release'] }),
    ]);
    expect(await numbersOf(pages, policy)).toEqual({ numbers: [2, 4], exempt: 1 });
  });
});

describe('an exempt label', () => {
  it('is one whatever its case, as on GitHub', () => {
    const policy = { ...everything, exemptLabels: ['HotFix'] };
    expect(isExempt(item(1, 1, { labels: ['hotfix'] }), policy)).toBe(true);
    expect(isExempt(item(1, 1, { labels: ['hot'] }), policy)).toBe(false);
    expect(isExempt(item(1, 1), { ...everything, exemptLabels: [] })).toBe(false);
  });
});
