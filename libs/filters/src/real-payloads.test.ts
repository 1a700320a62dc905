import { createRequire } from 'node:module';
import type { PureFilter } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { branchFilter } from './branch-filter/branch-filter.ts';
import { eventsFilter } from './events-filter/events-filter.ts';
import { repoFilter } from './repo-filter/repo-filter.ts';
import { create, eventOf } from './test-support/harness.ts';

interface Payload {
  readonly action?: string;
  readonly repository?: { readonly full_name: string };
  readonly pull_request?: { readonly head: { readonly ref: string } };
}

// The package is one JSON file; its own types claim a default export that it does not have.
const definitions: readonly { name: string; examples: readonly Payload[] }[] = createRequire(import.meta.url)(
  '@octokit/webhooks-examples',
);
const examples = definitions.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload) => ({ name, payload, event: eventOf(name, payload) })),
);

function letThroughBy(filter: PureFilter) {
  return examples.filter(({ event }) => !filter.filter(event).filteredOut);
}

/** GitHub’s payloads as they were recorded, of every event that has one. */
describe('the pure filters on real payloads', () => {
  it('have many to look at', () => {
    expect(examples.length).toBeGreaterThan(300);
  });

  it('events-filter lets exactly the listed actions of the listed events through', () => {
    const filter = create(eventsFilter, {
      events: [{ name: 'pull_request', actions: ['opened', 'synchronize'] }, { name: 'push' }, { name: 'issues' }],
    });
    const expected = examples.filter(
      ({ name, payload }) =>
        name === 'push' ||
        name === 'issues' ||
        (name === 'pull_request' && ['opened', 'synchronize'].includes(payload.action ?? '')),
    );
    expect(expected.length).toBeGreaterThan(30);
    expect(letThroughBy(filter)).toEqual(expected);
  });

  it('branch-filter decides about those with a pull request and lets all others through', () => {
    const heads = new Set(
      examples.map(({ payload }) => payload.pull_request?.head.ref).filter((head) => head !== undefined),
    );
    expect(heads.size).toBeGreaterThan(1);
    for (const head of heads) {
      const expected = examples.filter(({ payload }) => (payload.pull_request?.head.ref ?? head) === head);
      expect(letThroughBy(create(branchFilter, { 'head-branches': [head] }))).toEqual(expected);
    }
    const none = create(branchFilter, { 'base-branches': ['no-such-branch'] });
    expect(letThroughBy(none)).toEqual(examples.filter(({ payload }) => payload.pull_request === undefined));
  });

  it('repo-filter lets through or ignores by the repository, and takes those without one for no match', () => {
    const repos = ['Codertocat/*'];
    const matching = examples.filter(({ payload }) => payload.repository?.full_name.startsWith('Codertocat/'));
    const others = examples.filter((example) => !matching.includes(example));
    expect(matching.length).toBeGreaterThan(50);
    expect(others.some(({ payload }) => payload.repository?.full_name === undefined)).toBe(true);
    expect(letThroughBy(create(repoFilter, { repos }))).toEqual(matching);
    expect(letThroughBy(create(repoFilter, { repos, action: 'ignore-only' }))).toEqual(others);
  });

  it('give a reason for each decision', () => {
    const filters = [
      create(eventsFilter, { events: [{ name: 'push' }] }),
      create(branchFilter, { 'head-branches': ['x'] }),
      create(repoFilter, { repos: ['x'] }),
    ];
    for (const { event } of examples) {
      for (const filter of filters) expect(filter.filter(event).reason).not.toBe('');
    }
  });
});
