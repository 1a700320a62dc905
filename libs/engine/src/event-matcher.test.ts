import { filterOut, letThrough, skipped } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { EventMatcher } from './event-matcher.ts';
import { askingFilter, bot, event, operation, pureFilter } from './test-support/harness.ts';

const onPush = operation('on-push', () => skipped('test'), { events: ['push'] });
const onIssues = operation('on-issues', () => skipped('test'), { events: ['issues'] });

test('bots match an event that their operations work on, in the order of the YAML', () => {
  const matcher = new EventMatcher([bot('B', [onPush]), bot('C', [onIssues]), bot('A', [onIssues, onPush])]);

  expect(matcher.match(event('push')).matched.map(({ name }) => name)).toEqual(['B', 'A']);
  expect(matcher.match(event('release')).matched).toEqual([]);
});

test('a bot that a pure filter keeps from the event is passed over with the filter and its reason', () => {
  const shut = bot('Shut', [onPush], { filters: [pureFilter('shut', () => filterOut('never'))] });

  const result = new EventMatcher([shut, bot('Open', [onPush])]).match(event('push'));

  expect(result.matched.map(({ name }) => name)).toEqual(['Open']);
  expect(result.passedOver).toEqual([{ bot: shut, filter: 'shut', reason: 'never' }]);
});

test('a filter that only lets other events through is not even asked', () => {
  let asked = 0;
  const filter = pureFilter('issues-only', () => {
    asked++;
    return letThrough('yes');
  }, ['issues']);
  const matcher = new EventMatcher([bot('A', [onPush, onIssues], { filters: [filter] })]);

  expect(matcher.match(event('push'))).toEqual({ matched: [], passedOver: [] });
  expect(asked).toBe(0);
  expect(matcher.match(event('issues')).matched).toHaveLength(1);
  expect(asked).toBe(1);
});

test('a filter that asks a client is left to the worker', () => {
  const filter = askingFilter('asks', async () => filterOut('no'));

  const { matched } = new EventMatcher([bot('A', [onPush], { filters: [filter] })]).match(event('push'));

  expect(matched).toHaveLength(1);
});

test('a filter that throws does not lose the event', () => {
  const filter = pureFilter('broken', () => {
    throw new Error('broken');
  });

  const { matched } = new EventMatcher([bot('A', [onPush], { filters: [filter] })]).match(event('push'));

  expect(matched).toHaveLength(1);
});
