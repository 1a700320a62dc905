import type { OctoError } from '@octo-bots/core';
import { expect, test } from 'vitest';
import { packBody, readBotRun, readJobRun } from './run-data.ts';

const event = {
  delivery: 'd-1',
  name: 'issues',
  headers: { 'x-github-event': 'issues' },
  receivedAt: '2026-01-01T00:00:00.000Z',
};

test('an event comes out as it went in, with its action', async () => {
  const payload = { action: 'opened', text: 'Grüße ✓', list: Array.from({ length: 500 }, (_, index) => index) };
  const raw = Buffer.from(JSON.stringify(payload));

  const body = await packBody(raw);

  expect(body.length).toBeLessThan(raw.length);
  expect(await readBotRun({ v: 1, event, body })).toEqual({ ...event, action: 'opened', payload });
});

test('a payload without an action has none', async () => {
  const body = await packBody(Buffer.from('{"ref":"main"}'));

  expect(await readBotRun({ v: 1, event, body })).toMatchObject({ action: undefined });
});

test.each([
  ['nothing', undefined],
  ['another version', { v: 2, event, body: '' }],
  ['no event', { v: 1, body: '' }],
  ['a body that is not packed', { v: 1, event, body: 'e30=' }],
])('data that cannot be read is told: %s', async (_name, data) => {
  const error = await readBotRun(data).catch((thrown: unknown) => thrown);

  // Only OctoErrors are thrown there.
  expect((error as OctoError).code).toBe('RUN_UNREADABLE');
});

test('a run of a background job carries its tick', () => {
  const data = { v: 1, slug: 'sweep', tick: { job: 'Sweep', dueAt: '2026-01-01T00:00:00.000Z' } };

  expect(readJobRun(data)).toEqual(data);
  expect(() => readJobRun({ v: 1, slug: 'sweep' })).toThrow('cannot be read');
});
