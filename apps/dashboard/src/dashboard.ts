import type { Deployment } from '@octo-bots/core';
import { openQueues } from '@octo-bots/queue';
import type { Service } from '@octo-bots/server';
import type { Logger } from '@octo-bots/telemetry';
import type { FastifyInstance } from 'fastify';
import { addBoard } from './board.ts';
import { addGuards } from './guards.ts';
import { type Login, refuseWithoutLogin } from './login.ts';

export interface DashboardOptions {
  readonly deployment: Deployment;
  readonly redisUrl: string;
  /** Before every key in Redis; the default of libs/queue when left out. */
  readonly prefix?: string | undefined;
  /** May be left out only where `host` is this machine alone. */
  readonly login?: Login | undefined;
  /** Where the process listens. */
  readonly host: string;
  /** Where the board is, `/dashboard` by default. */
  readonly basePath?: string | undefined;
  /** Send `/` to the board: for a process that serves nothing else to people. */
  readonly redirectRoot?: boolean | undefined;
  readonly log: Logger;
}

export const defaultBasePath = '/dashboard';

/** Bull Board over every queue, behind a login. Throws DASHBOARD_UNPROTECTED when others could get in without one. */
export function createDashboard(options: DashboardOptions): Service {
  refuseWithoutLogin(options.host, options.login);
  const basePath = options.basePath ?? defaultBasePath;
  const open = openQueues({
    redisUrl: options.redisUrl,
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
    deployment: options.deployment,
    log: options.log,
  });
  return {
    name: 'dashboard',
    routes: async (app: FastifyInstance) => {
      await app.register(async (scope) => {
        await addGuards(scope, options.login);
        await addBoard(scope, open, basePath, options.log);
      });
      if (options.redirectRoot) {
        app.get('/', (_request, reply) => reply.redirect(`${app.prefix}${basePath}/`));
      }
    },
    start: async () => {},
    stop: () => open.close(),
    ready: async () => {
      const ok = await open.ping();
      return { ok, detail: ok ? 'Redis answers' : 'Redis does not answer: the board shows nothing' };
    },
  };
}
