import type { Bot, Filter } from '@octo-bots/core';
import { describe, expect, test } from 'vitest';
import { deploymentOf, head } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

const checkmarx = `  checkmarx-credentials: { api-url: "https://cx", tenant: octo, iam-url: "https://iam", api-key: some_key }\n`;

/** @param items indented by six, below `filters:`. */
function filters(items: string, credentials = '') {
  return {
    'octo-bots.yml': `${head}${credentials}bots: [bots.yml]\n`,
    'bots.yml': `bots:\n  - name: Labels\n    operations: [pull-request-labels]\n    filters:\n${items}`,
  };
}

/** @param options of post-to-chat, indented by ten. */
function operation(options: string, credentials = '') {
  return {
    'octo-bots.yml': `${head}${credentials}bots: [bots.yml]\n`,
    'bots.yml': `bots:\n  - name: Chat\n    operations:\n      - post-to-chat:\n          token: t\n          template: app.yml\n${options}`,
  };
}

/** @param list of `repo-filter:`, on one line. */
function sweep(list: string) {
  const options = `close-stale: { stale-expiration: 60 days, repo-filter: ${list} }`;
  return { 'octo-bots.yml': `${head}jobs: [{ name: x, every: 1 hour, operations: [{ ${options} }] }]\n` };
}

function reasonOf(filter: Filter | undefined): unknown {
  const event = { delivery: 'd', name: 'push', action: undefined, headers: {}, payload: {}, receivedAt: '' };
  return filter?.pure ? filter.filter(event).reason : `${filter?.type} asks ${filter?.clients.join(', ')}`;
}

async function firstBot(files: Readonly<Record<string, string>>): Promise<Bot | undefined> {
  return (await deploymentOf(files)).bots[0];
}

describe('filters in the options of a filter', () => {
  test('are built, however deep, by name or with options', async () => {
    const bot = await firstBot(
      filters(`      - any-of:
          - branch-filter: { head-branches: [release/*] }
          - repo-filter
          - not:
              any-of: [branch-filter]
`),
    );
    const branch = '{"head-branches":[],"base-branches":[]}';
    expect(bot?.filters.map(reasonOf)).toEqual([
      `branch-filter {"head-branches":["release/*"],"base-branches":[]}, repo-filter {"repos":[],"action":"allow-only"}, not any-of branch-filter ${branch}`,
    ]);
  });

  test('make it ask with the clients of all that ask', async () => {
    const items = '      - any-of: [file-filter, branch-filter, { not: scanned-filter }]\n';
    const bot = await firstBot(filters(items, checkmarx));
    expect(bot?.filters.map(reasonOf)).toEqual(['any-of asks github, checkmarx']);
  });
});

describe('filters in the options of an operation', () => {
  test.each([
    ['in a list', 'when: [branch-filter, scanned-filter]'],
    ['alone', 'when: { unless: scanned-filter }'],
    ['within another filter', 'when: { unless: { not: { any-of: [scanned-filter, file-filter] } } }'],
  ])('bring it the clients that they need: %s', async (_, option) => {
    const bot = await firstBot(operation(`          ${option}\n`, checkmarx));
    expect(bot?.operations[0]?.clients).toEqual(['github', 'checkmarx']);
  });

  test('leave its other shapes and its clients as they are', async () => {
    for (const option of ['when: always', 'when: []', 'when: [branch-filter]']) {
      const bot = await firstBot(operation(`          ${option}\n`));
      expect(bot?.operations[0]?.clients).toEqual(['github']);
    }
  });

  test('stand in a background job when a repository is enough for them', async () => {
    const { jobs } = await deploymentOf(sweep('[{ repo-filter: { repos: [a] } }, { not: { any-of: [file-filter] } }]'));
    expect(jobs[0]?.operations[0]?.clients).toEqual(['github']);
  });
});

describe('mistakes in filters within options', () => {
  expectMessages(
    [
      {
        title: 'are reported each at its own place',
        files: filters(`      - any-of:
          - brnch-filter
          - branch-filter: { head: [a] }
          - not: { repo-filter: { repos: a } }
          - pull-request-labels
          - []
      - not: [branch-filter]
      - any-of: []
      - any-of
      - not
      - not:
          branch-filter:
          repo-filter: { repos: [a] }
      - any-of: [{ branch-filter: , repos: [a] }]
`),
        messages: [
          'bots.yml:6:13 unknown filter "brnch-filter"; known: any-of, branch-filter, events-filter, file-filter, not, repo-filter, scanned-filter. Did you mean branch-filter?',
          'bots.yml:7:30 unknown key "head" in "branch-filter"; known: head-branches, base-branches. Remove it.',
          'bots.yml:8:42 "repos" is "a"; allowed: a list, each item a shell glob, such as "release/*". Write a list: one line "- …" for each item.',
          'bots.yml:9:13 unknown filter "pull-request-labels"; known: any-of, branch-filter, events-filter, file-filter, not, repo-filter, scanned-filter. It is an operation: move it to "operations".',
          'bots.yml:10:13 a filter is an empty list; allowed: the name of a filter, or a map with that name as its only key. Write one item, "- name" or "- name:", for each filter.',
          'bots.yml:11:14 a filter is a list; allowed: the name of a filter, or a map with that name as its only key. Write one filter there, without "- ", and its options below it.',
          'bots.yml:12:17 "any-of" is an empty list; allowed: a list that is not empty, each item the name of a known filter, or a map of it to its options. Add an item.',
          'bots.yml:13:9 "any-of" is empty; allowed: a list that is not empty, each item the name of a known filter, or a map of it to its options. Write a list below it.',
          'bots.yml:14:9 a filter is empty; allowed: the name of a filter, or a map with that name as its only key. Write one filter there, without "- ", and its options below it.',
          'bots.yml:16:11 a filter is a map with 2 keys (branch-filter, repo-filter); allowed: the name of a filter, or a map with that name as its only key. Write one filter there, without "- ", and its options below it.',
          'bots.yml:18:18 a filter is a map with 2 keys (branch-filter, repos); allowed: the name of a filter, or a map with that name as its only key. If the other keys are options of "branch-filter", indent them deeper than it; else start each with "- ".',
        ],
      },
      {
        title: 'are found in an option of several shapes',
        files: operation('          when: { unless: { any-of: [brnch-filter] } }\n'),
        messages: [
          'bots.yml:7:38 unknown filter "brnch-filter"; known: any-of, branch-filter, events-filter, file-filter, not, repo-filter, scanned-filter. Did you mean branch-filter?',
        ],
      },
      {
        title: 'are a client that no credentials make',
        files: operation('          when: [{ not: scanned-filter }]\n'),
        messages: [
          'bots.yml:7:25 "scanned-filter" needs the client "checkmarx", and no credentials make it; credentials that make it: checkmarx-credentials. Add "checkmarx-credentials" under "credentials" of the main file, or remove "scanned-filter".',
        ],
      },
      {
        title: 'are filters about an event where only a repository is',
        files: sweep('[branch-filter, { not: { any-of: [repo-filter, events-filter] } }, brnch-filter]'),
        messages: [
          'octo-bots.yml:5:105 the filter "branch-filter" decides about an event, and here is only a repository; filters that decide about a repository: any-of, file-filter, not, repo-filter, scanned-filter. Use one of these, or remove it.',
          'octo-bots.yml:5:151 the filter "events-filter" decides about an event, and here is only a repository; filters that decide about a repository: any-of, file-filter, not, repo-filter, scanned-filter. Use one of these, or remove it.',
          'octo-bots.yml:5:171 unknown filter "brnch-filter"; known: any-of, file-filter, not, repo-filter, scanned-filter. Use one of these, or remove it.',
        ],
      },
    ].map(({ files, ...rest }) => ({ ...rest, main: files['octo-bots.yml'], files })),
  );
});
