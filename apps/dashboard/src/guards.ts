import basicAuth from '@fastify/basic-auth';
import { answerError } from '@octo-bots/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback, type Login, matchesLogin } from './login.ts';

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Everything that stands between a request and the board: who asks, and whether a page of ours made them ask. */
export async function addGuards(scope: FastifyInstance, login: Login | undefined): Promise<void> {
  scope.addHook('onSend', async (_request, reply) => {
    // No other page may show the board in a frame and lend it clicks, and nobody learns its addresses.
    void reply.headers({
      'content-security-policy': "frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    });
  });
  if (login === undefined) refuseForeignHosts(scope);
  else await askForLogin(scope, login);
  refuseOtherSites(scope);
}

async function askForLogin(scope: FastifyInstance, login: Login): Promise<void> {
  await scope.register(basicAuth, {
    authenticate: { realm: 'Octo Bots' },
    validate(user, password, _request, _reply, done) {
      done(matchesLogin(login, user, password) ? undefined : new Error('wrong login'));
    },
  });
  scope.addHook('onRequest', (request, reply, done) => {
    scope.basicAuth.call(scope, request, reply, (error) => {
      if (error === undefined) return done();
      answerError(
        reply,
        401,
        'LOGIN_REQUIRED',
        'The login is missing or wrong. Log in with the user and the password that DASHBOARD_USER and DASHBOARD_PASSWORD name.',
      );
    });
  });
}

/** Without a login, a page elsewhere whose name was pointed at this machine (DNS rebinding) must not get in. */
function refuseForeignHosts(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (isLoopback(request.hostname)) return;
    return answerError(
      reply,
      403,
      'REQUEST_INVALID',
      'Without a password, the dashboard is open to this machine alone. Open it by localhost or 127.0.0.1, or set DASHBOARD_PASSWORD.',
    );
  });
}

/** Browsers send the login along with whatever another site makes them send. */
function refuseOtherSites(scope: FastifyInstance): void {
  scope.addHook('onRequest', async (request, reply) => {
    if (readingMethods.has(request.method) || !comesFromOtherSite(request)) return;
    return answerError(
      reply,
      403,
      'REQUEST_INVALID',
      'Another site sent this request. What the dashboard does must be asked for on its own pages.',
    );
  });
}

function comesFromOtherSite(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (typeof site === 'string') return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  // No browser: those send at least one of the two with every request that changes something.
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== request.host;
}
