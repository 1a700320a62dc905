import { createServer } from 'node:http';
import { startGitHub } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { all, connect, eventOf, scopeOf } from './test-support/scripted-github.ts';

type Started = Awaited<ReturnType<typeof startGitHub>>;

const connectTo = (github: Started) => connect(github.url, { appId: github.app.id, privateKey: github.app.privateKey });

function installationIn(github: Started, account: string): number {
  return github.installations.find((installation) => installation.account === account)?.id ?? expect.unreachable();
}

describe('on an emulated GitHub', () => {
  it('an event is worked on as its own installation, and no other', async () => {
    await using github = await startGitHub();
    const { installation } = await connectTo(github);
    const [inOrg, byMona] = await Promise.all([
      installation(installationIn(github, 'octo-org')),
      installation(installationIn(github, 'mona')),
    ]);

    const reached = async (client: typeof inOrg) =>
      (await all(client.paginate.iterator('GET /installation/repositories'))).flatMap(({ data }) =>
        data.map(({ full_name }) => full_name),
      );
    expect(await reached(inOrg)).toEqual(['octo-org/hello-world']);
    expect(await reached(byMona)).toEqual(['mona/notes']);

    const issue = { title: 'Written by a bot', body: '' };
    const written = await inOrg.rest.issues.create({ owner: 'octo-org', repo: 'hello-world', ...issue });
    expect(written.data.user?.login).toBe(`${github.app.slug}[bot]`);
    await expect(inOrg.rest.issues.create({ owner: 'mona', repo: 'notes', ...issue })).rejects.toMatchObject({
      code: 'GITHUB_REQUEST_REFUSED',
    });
  });

  it('a background job reaches every repository of every installation that is not suspended', async () => {
    const repositories = Array.from({ length: 101 }, (_, index) => `repository-${index}`);
    await using github = await startGitHub({
      accounts: [
        { login: 'large', type: 'Organization', repositories },
        { login: 'small', type: 'User', repositories: ['one', 'two'], installation: { selected: ['two'] } },
        { login: 'suspended', type: 'Organization', repositories: ['hidden'] },
        { login: 'elsewhere', type: 'Organization', repositories: ['hidden'], installation: 'none' },
      ],
    });
    github.suspend(installationIn(github, 'suspended'));
    const everywhere = await (await connectTo(github)).everywhere();
    const reached: string[] = [];
    for (const installation of await all(everywhere.installations())) {
      const names = (await all(installation.repositories())).map(({ fullName }) => fullName);
      expect(names.every((name) => name.startsWith(`${installation.account}/`))).toBe(true);
      reached.push(...names);
    }
    expect(reached).toEqual([...repositories.map((name) => `large/${name}`), 'small/two']);
  });

  it('its webhooks are accepted, and refused when one byte is another', async () => {
    await using github = await startGitHub();
    const received = Promise.withResolvers<{ headers: Record<string, string | undefined>; body: Uint8Array }>();
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const signature = request.headers['x-hub-signature-256'];
      received.resolve({ headers: { 'x-hub-signature-256': String(signature) }, body: Buffer.concat(chunks) });
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    try {
      const address = receiver.address();
      github.setWebhookUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
      await github.createIssue({ owner: 'mona', repo: 'notes', title: 'Grüße 🐙' });
      const request = await received.promise;
      const { client } = await connect(github.url, { webhookSecret: github.app.webhookSecret });
      expect(await client.validateRequest(request)).toEqual({ accepted: true });
      const changed = { ...request, body: request.body.with(0, 0x20) };
      expect((await client.validateRequest(changed)).accepted).toBe(false);
    } finally {
      receiver.close();
    }
  });

  it('the client of an installation that is gone says so', async () => {
    await using github = await startGitHub();
    const { client, installation } = await connectTo(github);
    expect(await client.forEvent(eventOf(999_999), scopeOf())).toBeDefined();
    const gone = await installation(999_999);
    await expect(gone.rest.repos.get({ owner: 'mona', repo: 'notes' })).rejects.toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      retryable: false,
      status: undefined,
    });
  });

  it('another App’s key is refused', async () => {
    await using github = await startGitHub();
    const { installation } = await connect(github.url, { appId: github.app.id });
    const client = await installation(installationIn(github, 'mona'));
    await expect(client.rest.repos.get({ owner: 'mona', repo: 'notes' })).rejects.toMatchObject({
      code: 'CLIENT_AUTHENTICATION_FAILED',
      retryable: true,
    });
  });
});
