import { describe, expect, it } from 'vitest';
import { decideAll, defineCompositeFilter } from './composite-filter.ts';
import type { WebhookEvent } from './event.ts';
import type { AskingFilter, Filter, PureFilter } from './extension.ts';
import { silentLog } from './log.ts';
import { repositoryEvent } from './repository-event.ts';
import { Filters } from './schemas.ts';
import { filterOut, letThrough } from './verdict.ts';

const event: WebhookEvent<unknown> = repositoryEvent(
  { owner: 'octo-org', name: 'hello-world', fullName: 'octo-org/hello-world' },
  { installation: 7, delivery: 'd', at: '2026-01-01T00:00:00.000Z' },
);
const never = new AbortController().signal;

/** Filters that write down that they were asked. */
function filtersWith(asked: string[]) {
  const verdict = (type: string, lets: boolean) => {
    asked.push(type);
    return lets ? letThrough(`${type} likes it`) : filterOut(`${type} does not like it`);
  };
  const pure = (type: string, lets: boolean, onlyEvents?: readonly string[]): PureFilter => ({
    type,
    pure: true,
    onlyEvents,
    filter: () => verdict(type, lets),
  });
  const asking = (type: string, lets: boolean, ...clients: string[]): AskingFilter => ({
    type,
    pure: false,
    clients,
    filter: async () => verdict(type, lets),
  });
  return { pure, asking };
}

/** Lets through what one of its filters lets through. */
const either = defineCompositeFilter({
  type: 'either',
  summary: 'For tests.',
  config: Filters(),
  filters: (filters) => filters,
  onlyEvents: (filters) => filters.flatMap(({ onlyEvents }) => onlyEvents ?? []),
  settledBy: ({ filteredOut }) => !filteredOut,
  combine: (verdicts) => {
    const reason = verdicts.map((verdict) => `${verdict.type}: ${verdict.reason}`).join('; ');
    return verdicts.some(({ filteredOut }) => !filteredOut) ? letThrough(reason) : filterOut(reason);
  },
});

describe('a composite filter', () => {
  it('is pure when all its filters are, and stops at the one that settles it', () => {
    const asked: string[] = [];
    const { pure } = filtersWith(asked);
    const filter = either.create([pure('a', false, ['push']), pure('b', true, ['issues']), pure('c', true)]);
    if (!filter.pure) throw new Error('it asks');
    expect(filter.onlyEvents).toEqual(['push', 'issues']);
    expect(filter.filter(event)).toEqual(letThrough('a: a does not like it; b: b likes it'));
    expect(asked).toEqual(['a', 'b']);
  });

  it('asks with the clients of all its filters, the pure ones first', async () => {
    const asked: string[] = [];
    const { pure, asking } = filtersWith(asked);
    const nested = either.create([asking('c', false, 'checkmarx', 'github')]);
    const filter = either.create([asking('a', false, 'github'), nested, pure('b', false)]);
    if (filter.pure) throw new Error('it is pure');
    expect(filter.clients).toEqual(['github', 'checkmarx']);
    const verdict = await filter.filter({ event, clients: {}, signal: never, log: silentLog });
    expect(verdict.filteredOut).toBe(true);
    expect(asked).toEqual(['b', 'a', 'c']);
  });

  it('asks nobody when a pure one settles it', async () => {
    const asked: string[] = [];
    const { pure, asking } = filtersWith(asked);
    const filter = either.create([asking('a', true, 'github'), pure('b', true)]);
    if (filter.pure) throw new Error('it is pure');
    const verdict = await filter.filter({ event, clients: {}, signal: never, log: silentLog });
    expect(verdict).toEqual(letThrough('b: b likes it'));
    expect(asked).toEqual(['b']);
  });

  it('stops between two that ask when the run is to stop', async () => {
    const asked: string[] = [];
    const { asking } = filtersWith(asked);
    const stop = new AbortController();
    const stopping: AskingFilter = {
      ...asking('a', false),
      filter: async () => {
        stop.abort(new Error('stopped'));
        return filterOut('too late');
      },
    };
    const filter = either.create([stopping, asking('b', true)]);
    if (filter.pure) throw new Error('it is pure');
    await expect(filter.filter({ event, clients: {}, signal: stop.signal, log: silentLog })).rejects.toThrow('stopped');
    expect(asked).toEqual([]);
  });
});

describe('the filters in the options of an operation', () => {
  const decided = (filters: readonly Filter[], clients = {}) =>
    decideAll(filters, { event, clients, signal: never, log: silentLog });

  it('let through what none of them filters out', async () => {
    const { pure, asking } = filtersWith([]);
    expect(await decided([pure('a', true), asking('b', true, 'github')], { github: {} })).toEqual(
      letThrough('a: a likes it; b: b likes it'),
    );
    expect(await decided([])).toEqual(letThrough('there are no filters'));
  });

  it('filter out with the reason of the first that does so', async () => {
    const asked: string[] = [];
    const { pure } = filtersWith(asked);
    const verdict = await decided([pure('a', true), pure('b', false), pure('c', false)]);
    expect(verdict).toEqual(filterOut('b: b does not like it'));
    expect(asked).toEqual(['a', 'b']);
  });

  it('say which client they miss', async () => {
    const { asking } = filtersWith([]);
    await expect(decided([asking('a', true, 'checkmarx')], { github: {} })).rejects.toMatchObject({
      code: 'CLIENT_NOT_CONFIGURED',
      message: expect.stringContaining('a needs the client "checkmarx"'),
    });
  });
});

it('the event of a repository holds what filters about a repository look at', () => {
  expect(event.payload).toEqual({
    installation: { id: 7 },
    repository: { name: 'hello-world', full_name: 'octo-org/hello-world', owner: { login: 'octo-org' } },
  });
});
