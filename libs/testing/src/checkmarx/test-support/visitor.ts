import { expect } from 'vitest';
import type { FakeCxSast } from '../cxsast.ts';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly type: string | null;
}

/** A client as bare as can be: what comes back is what the server says. */
export async function visitor(server: FakeCxSast) {
  const token = await logIn(server);
  return async (method: string, path: string, body?: unknown, version?: string): Promise<Reply> => {
    const v = version === undefined ? '' : `;v=${version}`;
    const isForm = body instanceof FormData;
    return replyOf(
      await fetch(`${server.url}/cxrestapi${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: `application/json${v}`,
          ...(body === undefined || isForm ? {} : { 'content-type': `application/json${v}` }),
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      }),
    );
  };
}

export async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: type?.includes('json') && text !== '' ? JSON.parse(text) : text };
}

export async function askToken(server: FakeCxSast, changes: Record<string, string> = {}): Promise<Reply> {
  const { username = '', password = '', 'client-secret': secret = '' } = server.login;
  const body = new URLSearchParams({
    username,
    password,
    grant_type: 'password',
    scope: 'sast_rest_api',
    client_id: 'resource_owner_client',
    client_secret: secret,
    ...changes,
  });
  return replyOf(await fetch(`${server.url}/cxrestapi/auth/identity/connect/token`, { method: 'POST', body }));
}

export async function logIn(server: FakeCxSast): Promise<string> {
  const { body } = await askToken(server);
  return (body as { access_token: string }).access_token;
}

export const git = { url: 'https://github.test/octo/cat.git', branch: 'refs/heads/main', authentication: 'none' };
export const newScan = (projectId: number) => ({
  projectId,
  isIncremental: false,
  isPublic: true,
  forceScan: true,
  comment: 'a label',
});

/** A server with the project 101 (`cat`), whose source is set. */
export async function withProject(server: FakeCxSast) {
  const ask = await visitor(server);
  const made = await ask('POST', '/projects', { name: 'cat', owningTeam: '4', isPublic: true });
  expect(made.status).toBe(201);
  const { id } = made.body as { id: number };
  expect((await ask('POST', `/projects/${id}/sourceCode/remoteSettings/git`, git, '1.3')).status).toBe(204);
  return { ask, id };
}
