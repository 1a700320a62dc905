import { describe } from 'vitest';
import { head } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

describe('the main file', () => {
  expectMessages([
    {
      title: 'is empty',
      main: '# nothing yet\n',
      messages: ['octo-bots.yml:1:1 the file is empty; allowed: a YAML map. Fill it, or no longer name it.'],
    },
    {
      title: 'is a list',
      main: '- a\n',
      messages: [
        'octo-bots.yml:1:1 the main file is a list; allowed: a map with the keys settings, credentials, vaults, bots, jobs, background-jobs. Remove the "- ": write one line "key: value" for each key.',
      ],
    },
    {
      title: 'lacks what is required',
      main: 'bots: []\n',
      messages: [
        'octo-bots.yml:1:1 the main file has no "settings"; needed: a map with the keys parallel-background-jobs, bots-endpoint, client-validity-time-minutes, parallel-bots, recover-missed-deliveries, trust-proxy. Add "settings: …".',
        'octo-bots.yml:1:1 the main file has no "credentials"; needed: a map with one block for each kind of client. Add "credentials: …".',
      ],
    },
    {
      title: 'has an unknown key',
      main: `${head}bot: []\n`,
      messages: [
        'octo-bots.yml:5:1 unknown key "bot" in the main file; known: settings, credentials, vaults, bots, jobs, background-jobs. Did you mean bots?',
      ],
    },
    {
      title: 'misspells a required key',
      main: head.replace('settings', 'setings'),
      messages: [
        'octo-bots.yml:1:1 unknown key "setings" in the main file; known: settings, credentials, vaults, bots, jobs, background-jobs. Did you mean settings?',
      ],
    },
    {
      title: 'has a map of bots',
      main: `${head}bots: { name: x }\n`,
      messages: [
        'octo-bots.yml:5:7 "bots" is a map; allowed: a list, each item the path of a file with bots, or a bot itself. Write a list: one line "- …" for each item.',
      ],
    },
    {
      title: 'lists what is neither a path nor a bot',
      main: `${head}bots: [3, []]\n`,
      messages: [
        'octo-bots.yml:5:8 an item of "bots" is 3; allowed: the path of a file with bots, or a bot itself. Write "- path", or "- name: …" with the other keys below it.',
        'octo-bots.yml:5:11 an item of "bots" is an empty list; allowed: the path of a file with bots, or a bot itself. Write "- path", or "- name: …" with the other keys below it.',
      ],
    },
  ]);
});

describe('settings', () => {
  expectMessages([
    {
      title: 'are all wrong',
      main: head.replace(
        'settings: {}',
        `settings:
  parallel-background-jobs: 0
  bots-endpoint: events
  client-validity-time-minutes: -1
  parallel-bots: yes`,
      ),
      messages: [
        'octo-bots.yml:2:29 "parallel-background-jobs" is 0; allowed: a whole number of 1 or more. Write such a number.',
        'octo-bots.yml:3:18 "bots-endpoint" is "events"; allowed: a path that starts with "/", without spaces, "?" or "#", and none of /healthz, /readyz, /metrics. Write such a text.',
        'octo-bots.yml:4:33 "client-validity-time-minutes" is -1; allowed: a number above 0. Write such a number.',
        'octo-bots.yml:5:18 "parallel-bots" is "yes"; allowed: true or false. Write true.',
      ],
    },
    {
      title: 'have wrong types',
      main: head.replace(
        'settings: {}',
        `settings:
  parallel-background-jobs: "10"
  bots-endpoint: 80
  client-validity-time-minutes: 10 minutes
  parallel-bot: true`,
      ),
      messages: [
        'octo-bots.yml:2:29 "parallel-background-jobs" is "10"; allowed: a whole number of 1 or more. Write it without quotes: 10.',
        'octo-bots.yml:3:18 "bots-endpoint" is 80; allowed: a path that starts with "/", without spaces, "?" or "#", and none of /healthz, /readyz, /metrics. Write such a text.',
        'octo-bots.yml:4:33 "client-validity-time-minutes" is "10 minutes"; allowed: a number above 0. Write such a number.',
        'octo-bots.yml:5:3 unknown key "parallel-bot" in "settings"; known: parallel-background-jobs, bots-endpoint, client-validity-time-minutes, parallel-bots, recover-missed-deliveries, trust-proxy. Did you mean parallel-bots?',
      ],
    },
    {
      title: 'take a path that every process serves itself',
      main: head.replace('{}', '{ bots-endpoint: /metrics, parallel-background-jobs: 1.5 }'),
      messages: [
        'octo-bots.yml:1:28 "bots-endpoint" is "/metrics"; allowed: a path that starts with "/", without spaces, "?" or "#", and none of /healthz, /readyz, /metrics. Write such a text.',
        'octo-bots.yml:1:64 "parallel-background-jobs" is 1.5; allowed: a whole number of 1 or more. Write such a number.',
      ],
    },
    {
      title: 'trust a proxy that is none',
      main: head.replace(
        'settings: {}',
        'settings:\n  trust-proxy: [10.0.0.0/8, proxy.example.com, 10.0.0.0/33, 0.0.0.0/0]',
      ),
      messages: [
        'octo-bots.yml:2:29 an item of "trust-proxy" is "proxy.example.com"; allowed: an address or a network, such as "10.0.0.7" or "10.0.0.0/8". Write such a text.',
        'octo-bots.yml:2:48 an item of "trust-proxy" is "10.0.0.0/33"; allowed: an address or a network, such as "10.0.0.7" or "10.0.0.0/8". Write such a text.',
        'octo-bots.yml:2:61 an item of "trust-proxy" is "0.0.0.0/0"; allowed: an address or a network, such as "10.0.0.7" or "10.0.0.0/8". Write such a text.',
      ],
    },
    {
      title: 'are a list',
      main: head.replace('{}', '[a]'),
      messages: [
        'octo-bots.yml:1:11 "settings" is a list; allowed: a map with the keys parallel-background-jobs, bots-endpoint, client-validity-time-minutes, parallel-bots, recover-missed-deliveries, trust-proxy. Remove the "- ": write one line "key: value" for each key.',
      ],
    },
  ]);
});

describe('YAML', () => {
  expectMessages([
    {
      title: 'indented with a tab',
      main: `${head}bots:\n\t- bots.yml\n`,
      messages: [
        'octo-bots.yml:6:1 the line is indented with a tab; allowed: spaces. Replace the tab by spaces, two for each level.',
      ],
    },
    {
      title: 'with doubled keys',
      main: `${head}settings: { bots-endpoint: x, bots-endpoint: y }\n`,
      messages: [
        'octo-bots.yml:5:1 the key "settings" stands twice in the same map; allowed: each key once. Remove one of them, or join their values.',
        'octo-bots.yml:5:31 the key "bots-endpoint" stands twice in the same map; allowed: each key once. Remove one of them, or join their values.',
      ],
    },
    {
      title: 'with an open bracket',
      main: `${head}bots: [bots.yml\njobs: []\n`,
      messages: [
        'octo-bots.yml:6:1 the indentation does not fit, or a bracket above is not closed; allowed: the same indentation for all keys (or items) of one level. Align the line with its neighbours and close every bracket.',
      ],
    },
    {
      title: 'with an open quote',
      main: `${head}bots: ["bots.yml]\n`,
      messages: [
        'octo-bots.yml:6:1 a character is missing: the colon after a key, or a closing quote or bracket; allowed: "key: value", with a space after the colon. Add the colon and the space, or close what is open.',
      ],
    },
    {
      title: 'without a space after a colon',
      main: `${head}bots:[]\n`,
      messages: [
        'octo-bots.yml:5:1 a character is missing: the colon after a key, or a closing quote or bracket; allowed: "key: value", with a space after the colon. Add the colon and the space, or close what is open.',
      ],
    },
    {
      title: 'with two colons',
      main: `${head}bots: a: b\n`,
      messages: [
        'octo-bots.yml:5:7 a second ": " or "- " stands on the line; allowed: one key and its value on a line. Put the value in quotes, or the second key on a line of its own.',
      ],
    },
    {
      title: 'with a reserved character',
      main: `${head}bots: @x\n`,
      messages: [
        'octo-bots.yml:5:7 a value starts with a character that YAML reserves (@, ` or %); allowed: such a value in quotes. Put the value in quotes.',
      ],
    },
    {
      title: 'with a second document',
      main: `${head}---\na: 1\n`,
      messages: [
        'octo-bots.yml:5:1 a second document starts ("---"); allowed: one document in a file. Move the second document to a file of its own.',
      ],
    },
    {
      title: 'with an unknown tag',
      main: `${head}bots: !include bots.yml\n`,
      messages: [
        'octo-bots.yml:5:7 a value has a tag ("!…") that is not known here; allowed: values without a tag. Remove the tag, or put the value in quotes if it starts with "!".',
      ],
    },
    {
      title: 'with an alias that has no anchor',
      main: `${head}bots: *bots\n`,
      messages: [
        'octo-bots.yml:5:7 the alias "*bots" has no anchor; allowed: an alias of an anchor that stands above it. Define "&bots" above, or put the text in quotes if it is no alias.',
      ],
    },
    {
      title: 'with an alias inside its own anchor',
      main: `${head}bots: &bots [*bots]\n`,
      messages: [
        'octo-bots.yml:5:14 the alias "*bots" stands inside its own anchor; allowed: an alias of a value that is complete. Write the value out.',
      ],
    },
    {
      title: 'with a merge of a text',
      main: `${head}<<: text\n`,
      messages: [
        'octo-bots.yml:5:5 the merge key "<<" merges something that is no map; allowed: an alias of a map, or a list of such aliases. Point it at a map, as in "<<: *name".',
      ],
    },
    {
      title: 'with a key that is a map',
      main: `${head}? { a: 1 }\n: 2\n`,
      messages: [
        'octo-bots.yml:5:3 a key is a map; allowed: a text. Put the key in quotes if it is a text, such as one with braces.',
      ],
    },
    {
      title: 'that is something else',
      main: `${head}- bots.yml\n`,
      messages: [
        'octo-bots.yml:5:1 a second ": " or "- " stands on the line; allowed: one key and its value on a line. Put the value in quotes, or the second key on a line of its own.',
      ],
    },
  ]);
});
