import {
  type AskingFilter,
  type FilterDeclaration,
  type FilterVerdict,
  type PureFilter,
  silentLog,
  type WebhookEvent,
} from '@octo-bots/core';
import { githubAppCredentials } from '@octo-bots/github';
import type { EmulatedGitHub } from '@octo-bots/testing';
import { Value } from 'typebox/value';

/** What the tests of all filters share. Not part of the library: index.ts does not export it. */

function build(declaration: FilterDeclaration, config: unknown): PureFilter | AskingFilter {
  const filled = Value.Default(declaration.config, Value.Clone(config));
  return declaration.create(Value.Decode(declaration.config, filled));
}

/** The filter of a config as it stands in YAML. */
export function create(declaration: FilterDeclaration, config: unknown): PureFilter {
  const filter = build(declaration, config);
  if (!filter.pure) throw new Error(`${filter.type} is not pure`);
  return filter;
}

export function createAsking(declaration: FilterDeclaration, config: unknown): AskingFilter {
  const filter = build(declaration, config);
  if (filter.pure) throw new Error(`${filter.type} is pure`);
  return filter;
}

/** @returns what is wrong with a config; empty when it is right. */
export function problemsOf(declaration: FilterDeclaration, config: unknown): readonly string[] {
  const filled = Value.Default(declaration.config, Value.Clone(config));
  return Value.Errors(declaration.config, filled).map(({ message }) => message);
}

export function eventOf(name: string, payload: object): WebhookEvent<unknown> {
  return {
    delivery: '5f3c0000-0000-11ee-8000-000000000001',
    name,
    action: 'action' in payload && typeof payload.action === 'string' ? payload.action : undefined,
    headers: { 'x-github-event': name },
    payload,
    receivedAt: '2026-01-01T00:00:00.000Z',
  };
}

/** What the filter decides with the real client of the App. */
export async function decideWith(
  github: EmulatedGitHub,
  filter: AskingFilter,
  event: WebhookEvent<unknown>,
): Promise<FilterVerdict> {
  const { id, clientId, clientSecret, privateKey, webhookSecret } = github.app;
  const credentials = githubAppCredentials.create({
    config: { 'api-url': github.url },
    secrets: {
      'app-id': id,
      'client-id': clientId,
      'client-secret': clientSecret,
      'private-key': privateKey,
      'webhook-secret': webhookSecret,
    },
    log: silentLog,
  });
  const app = await credentials.createAuthenticatedClient(600_000);
  const run = { id: 'a-run', kind: 'bot', name: 'A bot', attempt: 1, delivery: event.delivery } as const;
  const scope = { run, log: silentLog, signal: new AbortController().signal };
  return filter.filter({ ...scope, event, clients: { github: await app.forEvent(event, scope) } });
}

export const helloWorld = {
  name: 'hello-world',
  full_name: 'octo-org/hello-world',
  default_branch: 'main',
  owner: { login: 'octo-org' },
};

export function pullRequestOf(head: string, base: string) {
  return {
    action: 'opened',
    repository: helloWorld,
    pull_request: {
      number: 1,
      head: { ref: head, sha: 'a'.repeat(40) },
      base: { ref: base, sha: 'b'.repeat(40) },
    },
  };
}

/** The payload of an event about an issue, a pull request or a discussion. */
export function about(kind: 'issue' | 'pull_request' | 'discussion', fields: object): object {
  return { action: 'opened', repository: helloWorld, [kind]: { number: 7, ...fields } };
}
