import type { DeliveryAttempt, DeliverySource } from '@octo-bots/core';
import { silentLog } from '@octo-bots/core';
import { startGitHub, waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { connect, type Script, startScriptedGitHub } from './test-support/scripted-github.ts';

type Connecting = Parameters<typeof connect>[1];

async function sourceAt(url: string, options: Connecting = {}): Promise<DeliverySource> {
  const { client } = await connect(url, options);
  const scope = { log: silentLog, signal: new AbortController().signal };
  return client.deliveries?.(scope) ?? expect.unreachable('a GitHub App has deliveries');
}

async function allOf(source: DeliverySource): Promise<{ attempts: DeliveryAttempt[]; pages: number }> {
  const attempts: DeliveryAttempt[] = [];
  let cursor: string | undefined;
  for (let pages = 1; ; pages++) {
    const page = await source.attempts(cursor);
    attempts.push(...page.attempts);
    if (page.next === undefined) return { attempts, pages };
    cursor = page.next;
  }
}

describe('the deliveries of the App', () => {
  it('come newest first, over as many pages as there are', async () => {
    await using github = await startGitHub();
    const sent: string[] = [];
    for (let count = 0; count < 5; count++) {
      sent.push((await github.deliver({ event: 'push', payload: { ref: 'refs/heads/main' } })).delivery);
    }
    const { app } = github;
    const source = await sourceAt(github.url, { appId: app.id, privateKey: app.privateKey, limits: { pageSize: 2 } });
    const { attempts, pages } = await allOf(source);
    expect(pages).toBe(3);
    expect(attempts.map(({ delivery }) => delivery)).toEqual(sent.toReversed());
    expect(attempts[0]).toMatchObject({ event: 'push', redelivery: false, status: 0 });
    expect(Math.abs((attempts[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(source.name).toBe(`github-app-${app.id}`);
  });

  it('are delivered again when asked, as a new attempt of the same delivery', async () => {
    await using github = await startGitHub();
    const { delivery } = await github.deliver({ event: 'ping', payload: {} });
    const source = await sourceAt(github.url, { appId: github.app.id, privateKey: github.app.privateKey });
    const [missed] = (await source.attempts(undefined)).attempts;
    await source.redeliver(missed?.id ?? '');
    await waitFor('the new attempt', () => github.deliveries().length === 2);
    const { attempts } = await source.attempts(undefined);
    expect(attempts.map((attempt) => [attempt.delivery, attempt.redelivery])).toEqual([
      [delivery, true],
      [delivery, false],
    ]);
  });

  it('keep ids that are larger than a number holds', async () => {
    const id = '9007199254740993';
    const listed = `[{"id":${id},"guid":"g","delivered_at":"2026-01-01T00:00:00Z","redelivery":false,"duration":0.1,
      "status":"OK","status_code":502,"event":"push","action":null,"installation_id":${id},"repository_id":null}]`;
    const script: Script = ({ method }) =>
      method === 'POST' ? { status: 202, body: {} } : { status: 200, text: listed };
    await using github = await startScriptedGitHub(script);
    const source = await sourceAt(github.url);
    const [attempt] = (await source.attempts(undefined)).attempts;
    expect(attempt?.id).toBe(id);
    await source.redeliver(id);
    expect(github.requests.at(-1)?.path).toBe(`/app/hook/deliveries/${id}/attempts`);
  });

  it('tell of a cursor that is no longer taken by its status', async () => {
    await using github = await startGitHub();
    const source = await sourceAt(github.url, { appId: github.app.id, privateKey: github.app.privateKey });
    await expect(source.attempts('expired')).rejects.toMatchObject({ code: 'GITHUB_REQUEST_REFUSED', status: 422 });
  });

  it('are asked for as the App itself, without a run', async () => {
    await using github = await startScriptedGitHub(() => ({ status: 200, body: [] }));
    await (await sourceAt(github.url)).attempts(undefined);
    expect(github.requests[0]?.headers.authorization).toMatch(/^bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('are asked for once: a request that may have been carried out is not repeated', async () => {
    await using github = await startScriptedGitHub(() => ({ status: 502, body: { message: 'Bad Gateway' } }));
    await expect((await sourceAt(github.url)).redeliver('1')).rejects.toMatchObject({ code: 'GITHUB_REQUEST_FAILED' });
    expect(github.requests).toHaveLength(1);
  });
});
