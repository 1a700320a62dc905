import type { FastifyInstance } from 'fastify';

export interface Health {
  readonly ok: boolean;
  /** A short text for people: what was looked at, and what is wrong. */
  readonly detail: string;
}

/**
 * A part of Octo Bots that a process runs: ingress, worker, scheduler, dashboard.
 *
 * `routes` is called once, before `start`. `start` returns as soon as the service works or will by itself; what it still
 * waits for (Redis, say) shows in `ready`. `stop` takes nothing new, finishes what is under way, frees every connection,
 * and returns; it is called once, after the process turned unready, and also when `start` never was or failed. `healthy`
 * false means: only a restart helps.
 */
export interface Service {
  readonly name: string;
  readonly routes?: (app: FastifyInstance) => Promise<void> | void;
  start(): Promise<void>;
  stop(): Promise<void>;
  ready(): Promise<Health>;
  healthy?(): Promise<Health>;
}
