import { defineOperation, done, failed, later, Options } from '@octo-bots/core';
// Types only: adds GitHub's payloads and client to what operations are given.
import type {} from '@octo-bots/github';

/** What a step does before it leaves its effect. */
type Trouble = 'none' | 'fails-once' | 'waits-once';

/** The name of one effect: of one operation, of one bot, on one delivery. */
export function effectName(effect: { delivery: string; bot: string; operation: string }): string {
  return [effect.delivery, effect.bot, effect.operation].map(encodeURIComponent).join('/');
}

/** How GitHub sees that an operation was called: a query that means nothing to it. */
export const calledParameter = 'chaos-call';
export const attemptParameter = 'chaos-attempt';

/**
 * An operation with one effect that can be counted: a comment that carries the effect's name. As the operations that come
 * with Octo Bots it looks before it writes, since a worker may die between an effect and its place in the ledger.
 */
function step(type: string, trouble: Trouble) {
  return defineOperation({
    type,
    summary: `Comments once (${trouble}).`,
    events: ['pull_request'],
    clients: ['github'],
    config: Options({}),
    async execute({ event, run, state, clients: { github } }) {
      const { repository, pull_request: pull } = event.payload;
      const place = { owner: repository.owner.login, repo: repository.name, issue_number: pull.number };
      // As GitHub named it, whatever was made of it since.
      const delivery = event.headers['x-github-delivery'] ?? '';
      const name = effectName({ delivery, bot: run.name, operation: type });
      const { data: comments } = await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...place,
        per_page: 100,
        [calledParameter]: name,
        [attemptParameter]: run.attempt,
      });
      if (trouble === 'fails-once' && run.attempt === 1) return failed('it fails once', { retryable: true });
      if (trouble === 'waits-once' && !isWaited(state)) {
        return later({ afterMs: 300 }, { state: { waited: true }, reason: 'it waits once' });
      }
      if (comments.some(({ body }) => body?.includes(name))) return done(foundOutcome);
      await github.rest.issues.createComment({ ...place, body: name });
      return done('left the effect');
    },
  });
}

/** The outcome of a call that had nothing left to do: the one before it was cut off between its effect and its record. */
export const foundOutcome = 'an earlier call left the effect';

function isWaited(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'waited' in state;
}

export const steady = step('chaos-steady', 'none');
export const failsOnce = step('chaos-fails-once', 'fails-once');
export const waitsOnce = step('chaos-waits-once', 'waits-once');

export const chaosOperations = [steady, failsOnce, waitsOnce];
