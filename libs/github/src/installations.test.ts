import { describe, expect, it } from 'vitest';
import {
  all,
  connect,
  eventOf,
  type ScriptedAnswer,
  type SeenRequest,
  scopeOf,
  startScriptedGitHub,
} from './test-support/scripted-github.ts';

/** Cuts a page out of a list, with GitHub's `Link` header. */
function paged<T>({ path, headers }: SeenRequest, all: readonly T[], wrap: (items: T[]) => unknown): ScriptedAnswer {
  const url = new URL(path, `http://${headers.host}`);
  const size = Number(url.searchParams.get('per_page') ?? 30);
  const page = Number(url.searchParams.get('page') ?? 1);
  const next = new URL(url);
  next.searchParams.set('page', String(page + 1));
  return {
    status: 200,
    body: wrap(all.slice((page - 1) * size, page * size)),
    headers: page * size < all.length ? { link: `<${next}>; rel="next"` } : {},
  };
}

const count = <T>(length: number, make: (index: number) => T) => Array.from({ length }, (_, index) => make(index));

/** An App with so many installations, each with so many repositories: `r0`, … of the account `a<installation>`. */
function appWith(installations: number, repositories: number, options: { suspended?: readonly number[] } = {}) {
  const list = count(installations, (index) => ({
    id: index + 1,
    account: { login: `a${index + 1}` },
    suspended_at: options.suspended?.includes(index + 1) ? '2026-01-01T00:00:00Z' : null,
  }));
  return startScriptedGitHub((request) => {
    if (request.path.startsWith('/app/installations?')) return paged(request, list, (items) => items);
    if (!request.path.startsWith('/installation/repositories')) return undefined;
    const login = `a${/token-(\d+)$/.exec(request.headers.authorization ?? '')?.[1]}`;
    const owned = count(repositories, (index) => ({
      name: `r${index}`,
      full_name: `${login}/r${index}`,
      owner: { login },
      archived: index === 1,
    }));
    return paged(request, owned, (items) => ({ total_count: repositories, repositories: items }));
  });
}

describe('a background job goes over', () => {
  it('every installation, page by page, without those that are suspended', async () => {
    await using github = await appWith(103, 0, { suspended: [2, 103] });
    const everywhere = await (await connect(github.url)).everywhere();
    const seen = await all(everywhere.installations());
    expect(seen.map(({ id }) => id)).toEqual(count(103, (index) => index + 1).filter((id) => id !== 2 && id !== 103));
    expect(seen[0]?.account).toBe('a1');
    expect(github.requests.map(({ path }) => path)).toEqual([
      '/app/installations?per_page=100',
      '/app/installations?per_page=100&page=2',
    ]);
  });

  it('every repository of each installation, acting as that installation', async () => {
    await using github = await appWith(2, 203);
    const everywhere = await (await connect(github.url)).everywhere();
    const names: string[] = [];
    for await (const installation of everywhere.installations()) {
      for await (const repository of installation.repositories()) names.push(repository.fullName);
    }
    expect(names).toEqual([...count(203, (index) => `a1/r${index}`), ...count(203, (index) => `a2/r${index}`)]);
  });

  it('what it needs to know of a repository', async () => {
    await using github = await appWith(1, 2);
    const everywhere = await (await connect(github.url)).everywhere();
    for await (const installation of everywhere.installations()) {
      expect(await all(installation.repositories())).toEqual([
        { owner: 'a1', name: 'r0', fullName: 'a1/r0', archived: false },
        { owner: 'a1', name: 'r1', fullName: 'a1/r1', archived: true },
      ]);
    }
  });

  it('no further page than it asked for', async () => {
    await using github = await appWith(300, 0);
    const everywhere = await (await connect(github.url)).everywhere();
    for await (const _installation of everywhere.installations()) break;
    expect(github.requests).toHaveLength(1);
  });

  it('nothing once its run has ended', async () => {
    await using github = await appWith(3, 3);
    const run = new AbortController();
    const everywhere = await (await connect(github.url)).everywhere(scopeOf({ signal: run.signal }));
    const seen: number[] = [];
    const sweep = async () => {
      for await (const installation of everywhere.installations()) {
        seen.push(installation.id);
        run.abort(new Error('the run took too long'));
        await all(installation.repositories());
      }
    };
    await expect(sweep()).rejects.toThrow('the run took too long');
    expect(seen).toEqual([1]);
  });
});

describe('an event', () => {
  it('without an installation has no client', async () => {
    const { client } = await connect('http://127.0.0.1:9');
    await expect(client.forEvent(eventOf(undefined), scopeOf())).rejects.toMatchObject({
      code: 'EVENT_WITHOUT_INSTALLATION',
      retryable: false,
    });
    for (const payload of [
      null,
      'text',
      { installation: null },
      { installation: { id: 'one' } },
      { installation: {} },
    ]) {
      const made = client.forEvent({ ...eventOf(undefined), payload }, scopeOf());
      await expect(made).rejects.toMatchObject({ code: 'EVENT_WITHOUT_INSTALLATION' });
    }
  });
});
