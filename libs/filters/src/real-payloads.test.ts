import { createRequire } from 'node:module';
import { type PureFilter, silentLog } from '@octo-bots/core';
import { describe, expect, it } from 'vitest';
import { anyOf } from './any-of/any-of.ts';
import { authorFilter } from './author-filter/author-filter.ts';
import { branchFilter } from './branch-filter/branch-filter.ts';
import { draftFilter } from './draft-filter/draft-filter.ts';
import { eventsFilter } from './events-filter/events-filter.ts';
import { filesChangedFilter } from './files-changed-filter/files-changed-filter.ts';
import { labelFilter } from './label-filter/label-filter.ts';
import { not } from './not/not.ts';
import { repoFilter } from './repo-filter/repo-filter.ts';
import { senderFilter } from './sender-filter/sender-filter.ts';
import { create, createAsking, eventOf } from './test-support/harness.ts';
import { titleFilter } from './title-filter/title-filter.ts';

interface Conversation {
  readonly number: number;
  readonly title: string;
  readonly user: { readonly login: string };
  readonly labels?: readonly { readonly name: string }[];
  readonly draft?: boolean;
}

interface Payload {
  readonly action?: string;
  readonly repository?: { readonly full_name: string };
  readonly pull_request?: Conversation & { readonly head: { readonly ref: string } };
  readonly issue?: Conversation & { readonly pull_request?: object };
  readonly discussion?: Conversation;
  readonly sender?: { readonly login: string };
}

// The package is one JSON file; its own types claim a default export that it does not have.
const definitions: readonly { name: string; examples: readonly Payload[] }[] = createRequire(import.meta.url)(
  '@octokit/webhooks-examples',
);
const examples = definitions.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload) => ({ name, payload, event: eventOf(name, payload) })),
);

function conversationIn({ pull_request: pullRequest, issue, discussion }: Payload): Conversation | undefined {
  return pullRequest ?? issue ?? discussion;
}

function letThroughBy(filter: PureFilter) {
  return examples.filter(({ event }) => !filter.filter(event).filteredOut);
}

/** GitHub’s payloads as they were recorded, of every event that has one. */
describe('the filters on real payloads', () => {
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

  it('label-filter, title-filter and author-filter decide about those that have such a thing', () => {
    const others = examples.filter(({ payload }) => conversationIn(payload) === undefined);
    expect(others.length).toBeGreaterThan(200);
    const bug = examples.filter(({ payload }) => conversationIn(payload)?.labels?.some(({ name }) => name === 'bug'));
    expect(bug.length).toBeGreaterThan(5);
    const labels = letThroughBy(create(labelFilter, { 'any-of': ['BUG'] }));
    expect(new Set(labels)).toEqual(new Set([...bug, ...others]));

    const typo = examples.filter(({ payload }) => conversationIn(payload)?.title.startsWith('Spelling'));
    expect(typo.length).toBeGreaterThan(5);
    const titles = letThroughBy(create(titleFilter, { match: ['/^Spelling/'] }));
    expect(new Set(titles)).toEqual(new Set([...typo, ...others]));

    const authored = examples.filter(({ payload }) => conversationIn(payload)?.user.login === 'Codertocat');
    expect(authored.length).toBeGreaterThan(20);
    const authors = letThroughBy(create(authorFilter, { allow: ['codertocat'] }));
    expect(new Set(authors)).toEqual(new Set([...authored, ...others]));
  });

  it('draft-filter filters out drafts, and with "only" what says that it is none', () => {
    const drafts = examples.filter(({ payload }) => payload.pull_request?.draft === true);
    expect(drafts.length).toBeGreaterThan(0);
    expect(letThroughBy(create(draftFilter, {}))).toEqual(examples.filter((example) => !drafts.includes(example)));
    const ready = examples.filter(
      ({ payload }) => (payload.pull_request ?? (payload.issue?.pull_request && payload.issue))?.draft === false,
    );
    expect(ready.length).toBeGreaterThan(5);
    const only = letThroughBy(create(draftFilter, { drafts: 'only' }));
    expect(only).toEqual(examples.filter((example) => !ready.includes(example)));
  });

  it('sender-filter decides about all but those without a sender', () => {
    const expected = examples.filter(({ payload }) => (payload.sender?.login ?? 'Codertocat') === 'Codertocat');
    expect(letThroughBy(create(senderFilter, { allow: ['Codertocat'] }))).toEqual(expected);
  });

  it('not turns round what any-of says', () => {
    const either = create(anyOf, [create(repoFilter, { repos: ['Codertocat/*'] }), create(draftFilter, {})]);
    const letThrough = letThroughBy(either);
    expect(letThroughBy(create(not, either))).toEqual(examples.filter((example) => !letThrough.includes(example)));
  });

  it('files-changed-filter asks about those with a pull request alone', async () => {
    const filter = createAsking(filesChangedFilter, { 'any-of': ['no-such-file'] });
    for (const { name, payload, event } of examples) {
      const asked: unknown[] = [];
      async function* onePage(_route: unknown, { pull_number: number }: { pull_number: number }) {
        asked.push(number);
        yield { data: [] };
      }
      const github = { paginate: { iterator: onePage }, rest: { pulls: {} } };
      const signal = new AbortController().signal;
      const verdict = await filter.filter({ event, clients: { github }, signal, log: silentLog });
      const pullRequest = payload.pull_request ?? (payload.issue?.pull_request && payload.issue);
      expect(asked).toEqual(pullRequest ? [pullRequest.number] : []);
      expect(verdict.reason).not.toBe('');
      expect(verdict.filteredOut).toBe(pullRequest !== undefined || name === 'push');
    }
  });

  it('give a reason for each decision', () => {
    const filters = [
      create(eventsFilter, { events: [{ name: 'push' }] }),
      create(branchFilter, { 'head-branches': ['x'] }),
      create(repoFilter, { repos: ['x'] }),
      create(labelFilter, { 'all-of': ['x'], 'none-of': ['y'] }),
      create(authorFilter, { ignore: ['x'], bots: 'only' }),
      create(senderFilter, { ignore: ['x'], bots: 'ignore' }),
      create(titleFilter, { ignore: ['x'] }),
    ];
    for (const { event } of examples) {
      for (const filter of filters) expect(filter.filter(event).reason).not.toBe('');
    }
  });
});
