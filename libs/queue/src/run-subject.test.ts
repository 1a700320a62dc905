import { expect, test } from 'vitest';
import { parsePayload, subjectOf } from './run-subject.ts';

const repository = { id: 7, full_name: 'octo/hub', owner: { login: 'octo' } };

test('an event belongs to its installation, else to the owner of its repository, else to nobody', () => {
  expect(subjectOf({ installation: { id: 3 }, repository }).account).toBe('3');
  expect(subjectOf({ repository }).account).toBe('octo');
  for (const payload of [undefined, null, 'x', [], {}, { installation: null }]) {
    expect(subjectOf(payload)).toEqual({ account: 'nobody', pullRequest: undefined });
  }
});

test('a pull request is named by its repository and number, with when it was updated', () => {
  const pull_request = { number: 12, updated_at: '2026-01-01T00:00:01Z' };
  expect(subjectOf({ repository, pull_request }).pullRequest).toEqual({
    key: '7.12',
    updatedAt: Date.parse('2026-01-01T00:00:01Z'),
  });
  expect(subjectOf({ repository, pull_request: { number: 12, updated_at: 'soon' } }).pullRequest).toEqual({
    key: '7.12',
    updatedAt: undefined,
  });
  expect(subjectOf({ repository, pull_request: {} }).pullRequest).toBeUndefined();
});

test('a body that is no JSON says nothing', () => {
  expect(parsePayload(Buffer.from('{"a":1}'))).toEqual({ a: 1 });
  expect(parsePayload(Buffer.from('{"a":'))).toBeUndefined();
});
