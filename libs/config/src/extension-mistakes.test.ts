import { describe } from 'vitest';
import { head } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

/** @param rest indented lines below the name of a bot. */
function bot(rest: string) {
  return { main: `${head}bots: [bots.yml]\n`, files: { 'bots.yml': `bots:\n  - name: Labels\n${rest}` } };
}

function operations(items: string) {
  return bot(`    operations:\n${items}`);
}

function filters(items: string) {
  return bot(`    operations: [pull-request-labels]\n    filters:\n${items}`);
}

describe('operations', () => {
  expectMessages([
    {
      title: 'are unknown',
      ...operations('      - pull-request-lables\n      - deploy: {}\n      - close_stale\n'),
      messages: [
        'bots.yml:4:9 unknown operation "pull-request-lables"; known: post-to-chat, pull-request-checkmarx, pull-request-labels, pull-request-naming-enforcer, pull-request-reviewers-assign. Did you mean pull-request-labels?',
        'bots.yml:5:9 unknown operation "deploy"; known: post-to-chat, pull-request-checkmarx, pull-request-labels, pull-request-naming-enforcer, pull-request-reviewers-assign. Use one of these, or remove it.',
        'bots.yml:6:9 unknown operation "close_stale"; known: post-to-chat, pull-request-checkmarx, pull-request-labels, pull-request-naming-enforcer, pull-request-reviewers-assign. Use one of these, or remove it.',
      ],
    },
    {
      title: 'are those of background jobs',
      ...operations('      - close-stale: { stale-expiration: 60 days }\n'),
      messages: [
        'bots.yml:4:9 the operation "close-stale" works on a schedule, and a bot has none; operations of bots: post-to-chat, pull-request-checkmarx, pull-request-labels, pull-request-naming-enforcer, pull-request-reviewers-assign. Move it to a background job.',
      ],
    },
    {
      title: 'are filters',
      ...operations('      - events-filter\n'),
      messages: [
        'bots.yml:4:9 unknown operation "events-filter"; known: post-to-chat, pull-request-checkmarx, pull-request-labels, pull-request-naming-enforcer, pull-request-reviewers-assign. It is a filter: move it to "filters".',
      ],
    },
    {
      title: 'are not indented enough',
      ...operations('      - pull-request-labels:\n        scheme: branches\n'),
      messages: [
        'bots.yml:4:9 an operation is a map with 2 keys (pull-request-labels, scheme); allowed: the name of an operation, or a map with that name as its only key. If the other keys are options of "pull-request-labels", indent them deeper than it; else start each with "- ".',
      ],
    },
    {
      title: 'are two in one item',
      ...operations('      - pull-request-labels: {}\n        pull-request-naming-enforcer: {}\n'),
      messages: [
        'bots.yml:4:9 an operation is a map with 2 keys (pull-request-labels, pull-request-naming-enforcer); allowed: the name of an operation, or a map with that name as its only key. Write one item, "- name" or "- name:", for each operation.',
      ],
    },
    {
      title: 'are none',
      ...operations('      - 3\n      - {}\n      - []\n      -\n'),
      messages: [
        'bots.yml:4:7 an operation is empty; allowed: the name of an operation, or a map with that name as its only key. Write one item, "- name" or "- name:", for each operation.',
        'bots.yml:4:9 an operation is 3; allowed: the name of an operation, or a map with that name as its only key. Write one item, "- name" or "- name:", for each operation.',
        'bots.yml:5:9 an operation is an empty map; allowed: the name of an operation, or a map with that name as its only key. Write one item, "- name" or "- name:", for each operation.',
        'bots.yml:6:9 an operation is an empty list; allowed: the name of an operation, or a map with that name as its only key. Write one item, "- name" or "- name:", for each operation.',
      ],
    },
    {
      title: 'have options that are none',
      ...operations(`      - pull-request-naming-enforcer
      - pull-request-naming-enforcer:
      - pull-request-naming-enforcer: closed
      - pull-request-naming-enforcer: [a]
`),
      messages: [
        'bots.yml:4:9 "pull-request-naming-enforcer" has no "enforced-names"; needed: a list that is not empty, each item a shell glob, such as "release/*". Add "enforced-names: …".',
        'bots.yml:5:9 "pull-request-naming-enforcer" has no "enforced-names"; needed: a list that is not empty, each item a shell glob, such as "release/*". Add "enforced-names: …".',
        'bots.yml:6:39 "pull-request-naming-enforcer" is "closed"; allowed: a map with the keys enforced-names, enforcing-comment, enforcing-action. Write a map: one line "key: value" for each key.',
        'bots.yml:7:39 "pull-request-naming-enforcer" is a list; allowed: a map with the keys enforced-names, enforcing-comment, enforcing-action. Remove the "- ": write one line "key: value" for each key.',
      ],
    },
    {
      title: 'have wrong options',
      ...operations(`      - pull-request-naming-enforcer:
          enforced-names: [feature/*, 3, ""]
          enforcing-comment: ""
          enforcing-action: close
          enforcingAction: closed
`),
      messages: [
        'bots.yml:5:39 an item of "enforced-names" is 3; allowed: a shell glob, such as "release/*". Put it in quotes, so that it is a text: "3".',
        'bots.yml:5:42 an item of "enforced-names" is an empty text; allowed: a shell glob, such as "release/*". Fill it in.',
        'bots.yml:6:30 "enforcing-comment" is an empty text; allowed: a text that is not empty. Fill it in.',
        'bots.yml:7:29 "enforcing-action" is "close"; allowed: closed or open. Did you mean closed?',
        'bots.yml:8:11 unknown key "enforcingAction" in "pull-request-naming-enforcer"; known: enforced-names, enforcing-comment, enforcing-action. Did you mean enforcing-action?',
      ],
    },
    {
      title: 'have an option of several shapes that fits none',
      ...operations(`      - pull-request-labels: { scheme: branch }
      - pull-request-labels: { scheme: [branches] }
      - pull-request-labels: { scheme: { rules: [{ head: a, lables: [b] }] } }
      - pull-request-reviewers-assign: { scheme: { name: top-contributers, top: 4 } }
      - pull-request-reviewers-assign: { scheme: { name: top-contributors, top: 0 } }
      - pull-request-reviewers-assign: { scheme: { name: codeowners, top: 4 } }
      - pull-request-reviewers-assign: { scheme: { name: [x] } }
`),
      messages: [
        'bots.yml:4:40 "scheme" is "branch"; allowed: branches or a map with the keys rules, remove-unmatched. Did you mean branches?',
        'bots.yml:5:40 "scheme" is a list; allowed: branches or a map with the keys rules, remove-unmatched. Remove the "- ": write one line "key: value" for each key.',
        'bots.yml:6:61 unknown key "lables" in an item of "scheme.rules"; known: head, labels. Did you mean labels?',
        'bots.yml:7:58 "scheme.name" is "top-contributers"; allowed: top-contributors or codeowners. Did you mean top-contributors?',
        'bots.yml:8:81 "scheme.top" is 0; allowed: a whole number of 1 or more. Write such a number.',
        'bots.yml:9:70 unknown key "top" in "scheme"; known: name. Remove it.',
        'bots.yml:10:58 "scheme.name" is a list; allowed: top-contributors or codeowners. Write one of these.',
      ],
    },
    {
      title: 'have wrong secrets and files',
      ...operations(`      - post-to-chat: { token: [hush], template: none.txt }
      - post-to-chat: { token: 1234, template: keys }
`),
      messages: [
        'bots.yml:4:32 "token" is a list; allowed: a secret string. Write such a text.',
        'bots.yml:4:50 "template" names a path that does not exist (looked at none.txt); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
        'bots.yml:5:32 "token" is a number; allowed: a secret string. Put it in quotes, so that it is a text.',
        'bots.yml:5:48 "template" names a path that is no regular file (looked at keys); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'need a client that no credentials make',
      main: `${head}jobs: [{ name: x, every: 1 hour, operations: [checkmarx-cleanup] }]\n`,
      messages: [
        'octo-bots.yml:5:47 "checkmarx-cleanup" needs the client "checkmarx", and no credentials make it; credentials that make it: checkmarx-credentials. Add "checkmarx-credentials" under "credentials" of the main file, or remove "checkmarx-cleanup".',
      ],
    },
  ]);
});

describe('filters', () => {
  expectMessages([
    {
      title: 'are unknown',
      ...filters('      - brnch-filter\n      - pull-request-labels\n'),
      messages: [
        'bots.yml:5:9 unknown filter "brnch-filter"; known: any-of, branch-filter, events-filter, file-filter, not, repo-filter, scanned-filter. Did you mean branch-filter?',
        'bots.yml:6:9 unknown filter "pull-request-labels"; known: any-of, branch-filter, events-filter, file-filter, not, repo-filter, scanned-filter. It is an operation: move it to "operations".',
      ],
    },
    {
      title: 'have wrong options',
      ...filters(`      - events-filter:
      - events-filter: { events: [] }
      - events-filter: { events: [pull_request, { actions: opened }] }
      - repo-filter: { action: allow_only, repos: octo-repo }
`),
      messages: [
        'bots.yml:5:9 "events-filter" has no "events"; needed: a list that is not empty, each item a map with the keys name, actions. Add "events: …".',
        'bots.yml:6:34 "events" is an empty list; allowed: a list that is not empty, each item a map with the keys name, actions. Add an item.',
        'bots.yml:7:35 an item of "events" is "pull_request"; allowed: a map with the keys name, actions. Write a map: one line "key: value" for each key.',
        'bots.yml:7:49 an item of "events" has no "name"; needed: a text that is not empty. Add "name: …".',
        'bots.yml:7:60 "events.actions" is "opened"; allowed: a list, each item a text. Write a list: one line "- …" for each item.',
        'bots.yml:8:32 "action" is "allow_only"; allowed: allow-only or ignore-only. Did you mean allow-only?',
        'bots.yml:8:51 "repos" is "octo-repo"; allowed: a list, each item a shell glob, such as "release/*". Write a list: one line "- …" for each item.',
      ],
    },
  ]);
});
