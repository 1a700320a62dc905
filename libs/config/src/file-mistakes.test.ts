import { describe } from 'vitest';
import { head } from './test-support/deployment.ts';
import { expectMessages } from './test-support/mistakes.ts';

const withBots = `${head}bots: [bots.yml]\n`;

describe('files of bots and background jobs', () => {
  expectMessages([
    {
      title: 'are missing',
      main: `${head}bots: [bots/none.yml]\njobs: [jobs/none.yml]\n`,
      messages: [
        'octo-bots.yml:5:8 "bots/none.yml" in "bots" names a path that does not exist (looked at bots/none.yml); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
        'octo-bots.yml:6:8 "jobs/none.yml" in "jobs" names a path that does not exist (looked at jobs/none.yml); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'are a directory',
      main: `${head}bots: [keys]\n`,
      messages: [
        'octo-bots.yml:5:8 "keys" in "bots" names a path that is a directory (looked at keys); allowed: the path of a readable file, relative to the file that names it. Correct the path, or put the file there.',
      ],
    },
    {
      title: 'are no text',
      main: `${head}bots: [""]\n`,
      messages: [
        'octo-bots.yml:5:8 an item of "bots" is an empty text; allowed: the path of a YAML file. Write the path, relative to this file.',
      ],
    },
    {
      title: 'are empty',
      main: withBots,
      files: { 'bots.yml': '' },
      messages: ['bots.yml:1:1 the file is empty; allowed: a YAML map. Fill it, or no longer name it.'],
    },
    {
      title: 'are a list',
      main: withBots,
      files: { 'bots.yml': '- name: x\n' },
      messages: [
        'bots.yml:1:1 the file of bots is a list (listed at octo-bots.yml:5:8); needed: a map with the key bots. Put "bots:" above the list.',
      ],
    },
    {
      title: 'misspell their only key',
      main: withBots,
      files: { 'bots.yml': 'bot: []\n' },
      messages: [
        'bots.yml:1:1 the file of bots has no "bots" (listed at octo-bots.yml:5:8); needed: a map with the key bots. Did you mean bots?',
      ],
    },
    {
      title: 'are listed under the wrong key',
      main: withBots,
      files: { 'bots.yml': 'jobs: []\n' },
      messages: [
        'bots.yml:1:1 the file of bots has no "bots" (listed at octo-bots.yml:5:8); needed: a map with the key bots. List the file under "jobs".',
      ],
    },
    {
      title: 'have another key',
      main: withBots,
      files: { 'bots.yml': 'bots: []\njobs: []\n' },
      messages: ['bots.yml:2:1 unknown key "jobs" in the file of bots; known: bots. Remove it.'],
    },
    {
      title: 'are listed twice',
      main: `${head}bots: [bots.yml, ./bots.yml]\n`,
      files: { 'bots.yml': 'bots: []\n' },
      messages: [
        'octo-bots.yml:5:18 the file "./bots.yml" is listed a second time (first at octo-bots.yml:5:8); allowed: each file once. Remove one of them.',
      ],
    },
    {
      title: 'list themselves',
      main: withBots,
      files: { 'bots.yml': 'bots: [bots.yml, octo-bots.yml]\n' },
      messages: [
        'bots.yml:1:8 the file "bots.yml" is listed a second time (first at octo-bots.yml:5:8); allowed: each file once. Remove one of them.',
        'bots.yml:1:18 the file "octo-bots.yml" is listed a second time (first at octo-bots.yml:1:1); allowed: each file once. Remove one of them.',
      ],
    },
  ]);
});
