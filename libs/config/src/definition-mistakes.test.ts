import { describe } from 'vitest';
import { head } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

const labels = '    operations: [pull-request-labels]\n';
const stale = '    operations: [{ close-stale: { stale-expiration: 60 days } }]\n';

/** @param rest indented lines below the name of a bot. */
function bot(rest: string) {
  return { main: `${head}bots: [bots.yml]\n`, files: { 'bots.yml': `bots:\n  - name: Labels\n${rest}` } };
}

/** @param rest indented lines below the name of a background job. */
function job(rest: string) {
  return { main: `${head}jobs: [jobs.yml]\n`, files: { 'jobs.yml': `jobs:\n  - name: Stale\n${rest}` } };
}

describe('bots', () => {
  expectMessages([
    {
      title: 'have no name',
      main: `${head}bots: [{ operations: [pull-request-labels] }]\n`,
      messages: ['octo-bots.yml:5:8 a bot has no "name"; needed: a name with letters or digits. Add "name: …".'],
    },
    {
      title: 'have names that are none',
      main: `${head}bots:
  - { name: "", operations: [pull-request-labels] }
  - { name: "!?", operations: [pull-request-labels] }
  - { name: 3, operations: [pull-request-labels] }
  - { name: , operations: [pull-request-labels] }
`,
      messages: [
        'octo-bots.yml:6:13 "name" is an empty text; allowed: a name with letters or digits. Fill it in.',
        'octo-bots.yml:7:13 "name" is "!?"; allowed: a name with letters or digits. Write such a text.',
        'octo-bots.yml:8:13 "name" is 3; allowed: a name with letters or digits. Put it in quotes, so that it is a text: "3".',
        'octo-bots.yml:9:7 "name" is empty; allowed: a name with letters or digits. Write a value there.',
      ],
    },
    {
      title: 'share a name',
      main: `${head}bots: [bots.yml, { name: Labels, operations: [pull-request-labels] }]\n`,
      files: bot(labels).files,
      messages: [
        'octo-bots.yml:5:26 a second bot is named "Labels" (first at bots.yml:2:11); allowed: names of bots that differ in their letters and digits. Rename one of them.',
      ],
    },
    {
      title: 'share a slug',
      main: `${head}bots: [bots.yml, { name: labels!, operations: [pull-request-labels] }]\n`,
      files: bot(labels).files,
      messages: [
        'octo-bots.yml:5:26 the bots "Labels" and "labels!" are both "labels" in the names of queues and runs (first at bots.yml:2:11); allowed: names of bots that differ in their letters and digits. Rename one of them.',
      ],
    },
    {
      title: 'have no operations',
      ...bot(''),
      messages: [
        'bots.yml:2:5 the bot "Labels" has no "operations"; needed: a list that is not empty, each item the name of a known operation, or a map of it to its options. Add "operations: …".',
      ],
    },
    {
      title: 'have an empty list of operations',
      ...bot('    operations: []\n'),
      messages: [
        'bots.yml:3:17 "operations" is an empty list; allowed: a list that is not empty, each item the name of a known operation, or a map of it to its options. Add an item.',
      ],
    },
    {
      title: 'have one operation that is no list',
      ...bot('    operations: pull-request-labels\n'),
      messages: [
        'bots.yml:3:17 "operations" is "pull-request-labels"; allowed: a list that is not empty, each item the name of a known operation, or a map of it to its options. Write a list: one line "- …" for each item.',
      ],
    },
    {
      title: 'have unknown keys',
      ...bot(`${labels}    filtrs: []\n    every: 1 hour\n`),
      messages: [
        'bots.yml:4:5 unknown key "filtrs" in the bot "Labels"; known: name, parallel, queue, operations, filters. Did you mean filters?',
        'bots.yml:5:5 unknown key "every" in the bot "Labels"; known: name, parallel, queue, operations, filters. Remove it.',
      ],
    },
    {
      title: 'are parallel in other words',
      ...bot(`${labels}    parallel: yes\n`),
      messages: ['bots.yml:4:15 "parallel" is "yes"; allowed: true or false. Write true.'],
    },
    {
      title: 'have a wrong queue',
      ...bot(`${labels}    queue:
      attempts: 0
      backoff: { type: exponental, delay: 10, jitter: 2 }
      timeout: never
      priority: 0
      keep: { completed: 100, failed: { count: -1, ages: 1 day } }
      concurrency: 0
      rate-limit: { max: 0, per: 10, burst: 2 }
      retries: 3
`),
      messages: [
        'bots.yml:5:17 "queue.attempts" is 0; allowed: a whole number of 1 or more. Write such a number.',
        'bots.yml:6:24 "queue.backoff.type" is "exponental"; allowed: fixed or exponential. Did you mean exponential?',
        'bots.yml:6:43 "queue.backoff.delay" is 10; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write the unit too, such as "30 minutes".',
        'bots.yml:6:55 "queue.backoff.jitter" is 2; allowed: a number from 0 to 1. Write such a number.',
        'bots.yml:7:16 "queue.timeout" is "never"; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write a number above 0 and its unit.',
        'bots.yml:8:17 "queue.priority" is 0; allowed: a whole number from 1 to 2097151. Write such a number.',
        'bots.yml:9:26 "queue.keep.completed" is 100; allowed: a map with the keys count, age. Write a map: one line "key: value" for each key.',
        'bots.yml:9:48 "queue.keep.failed.count" is -1; allowed: a whole number of 0 or more. Write such a number.',
        'bots.yml:9:52 unknown key "ages" in "queue.keep.failed"; known: count, age. Did you mean age?',
        'bots.yml:10:20 "queue.concurrency" is 0; allowed: a whole number of 1 or more. Write such a number.',
        'bots.yml:11:26 "queue.rate-limit.max" is 0; allowed: a whole number of 1 or more. Write such a number.',
        'bots.yml:11:34 "queue.rate-limit.per" is 10; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write the unit too, such as "30 minutes".',
        'bots.yml:11:38 unknown key "burst" in "queue.rate-limit"; known: max, per. Remove it.',
        'bots.yml:12:7 unknown key "retries" in "queue"; known: attempts, backoff, timeout, priority, keep, coalesce, concurrency, rate-limit. Remove it.',
      ],
    },
    {
      title: 'have half a rate limit',
      ...bot(`${labels}    queue: { rate-limit: { max: 5 } }\n`),
      messages: [
        'bots.yml:4:26 "queue.rate-limit" has no "per"; needed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Add "per: …".',
      ],
    },
    {
      title: 'have a rate limit in another form',
      ...bot(`${labels}    queue: { rate-limit: 5 per minute }\n`),
      messages: [
        'bots.yml:4:26 "queue.rate-limit" is "5 per minute"; allowed: a map with the keys max, per. Write a map: one line "key: value" for each key.',
      ],
    },
    {
      title: 'coalesce by something else',
      ...bot(`${labels}    queue: { coalesce: branch }\n`),
      messages: ['bots.yml:4:24 "queue.coalesce" is "branch"; allowed: pull-request. Write pull-request.'],
    },
    {
      title: 'coalesce where bots run one after another',
      main: `${head.replace('{}', '{ parallel-bots: false }')}bots: [bots.yml]\n`,
      files: bot(`${labels}    queue: { coalesce: pull-request }\n`).files,
      messages: [
        'bots.yml:4:24 "queue.coalesce" stands in the bot "Labels", while "settings.parallel-bots" is false; allowed: "queue.coalesce" only where the bots of one event run in parallel. Remove it, or set "parallel-bots: true".',
      ],
    },
  ]);
});

describe('background jobs', () => {
  expectMessages([
    {
      title: 'have no time',
      ...job(stale),
      messages: [
        'jobs.yml:2:5 the background job "Stale" has no "every"; needed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Add "every: …".',
      ],
    },
    {
      title: 'have a time that is none',
      ...job(`${stale}    every: soon\n`),
      messages: [
        'jobs.yml:4:12 "every" is "soon"; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write a number above 0 and its unit.',
      ],
    },
    {
      title: 'have a time without unit',
      ...job(`${stale}    every: 30\n`),
      messages: [
        'jobs.yml:4:12 "every" is 30; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write the unit too, such as "30 minutes".',
      ],
    },
    {
      title: 'have no time between ticks',
      ...job(`${stale}    every: 0 minutes\n`),
      messages: [
        'jobs.yml:4:12 "every" is "0 minutes"; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write a number above 0 and its unit.',
      ],
    },
    {
      title: 'have a negative time',
      ...job(`${stale}    every: -30 minutes\n`),
      messages: [
        'jobs.yml:4:12 "every" is "-30 minutes"; allowed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Write a number above 0 and its unit.',
      ],
    },
    {
      title: 'misspell their time',
      ...job(`${stale}    evry: 30 minutes\n`),
      messages: [
        'jobs.yml:4:5 unknown key "evry" in the background job "Stale"; known: name, parallel, queue, operations, every. Did you mean every?',
      ],
    },
    {
      title: 'coalesce',
      ...job(`${stale}    every: 1 day\n    queue: { coalesce: pull-request }\n`),
      messages: [
        'jobs.yml:5:14 unknown key "coalesce" in "queue"; known: attempts, backoff, timeout, priority, keep. Remove it.',
      ],
    },
    {
      title: 'have filters',
      ...job(`${stale}    every: 1 day\n    filters: []\n`),
      messages: [
        'jobs.yml:5:5 unknown key "filters" in the background job "Stale"; known: name, parallel, queue, operations, every. Remove it.',
      ],
    },
    {
      title: 'have a limit that only bots have',
      ...job(`${stale}    every: 1 day\n    queue: { concurrency: 2 }\n`),
      messages: [
        'jobs.yml:5:14 unknown key "concurrency" in "queue"; known: attempts, backoff, timeout, priority, keep. Remove it.',
      ],
    },
    {
      title: 'have an operation of bots',
      ...job(`${labels}    every: 1 day\n`),
      messages: [
        'jobs.yml:3:18 the operation "pull-request-labels" works on events, and a background job has none; operations of background jobs: checkmarx-cleanup, close-stale. Move it to a bot.',
      ],
    },
    {
      title: 'share a name under both keys',
      main: `${head}jobs: [jobs.yml]\nbackground-jobs: [{ name: Stale, every: 1 day, operations: [close-stale] }]\n`,
      files: job(`${stale}    every: 1 day\n`).files,
      messages: [
        'octo-bots.yml:6:27 a second background job is named "Stale" (first at jobs.yml:2:11); allowed: names of background jobs that differ in their letters and digits. Rename one of them.',
        'octo-bots.yml:6:61 "close-stale" has no "stale-expiration"; needed: a duration with a unit, such as "30 minutes", "12 hours" or "60 days". Add "stale-expiration: …".',
      ],
    },
  ]);
});
