import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { startGitHub } from './emulated-github.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };

test('the archive of a commit is a zip below one folder, to which a redirect leads', async () => {
  await using github = await startGitHub();
  const { head } = await github.openPullRequest({ ...place, head: 'one', files: { 'src/a.txt': 'A text.\n' } });
  const headers = { authorization: `token ${github.tokenOf('octo-org')}` };
  const url = `${github.url}/repos/octo-org/hello-world/zipball/${head.sha}`;

  expect((await fetch(url, { headers, redirect: 'manual' })).status).toBe(302);
  const archive = unzipSync(new Uint8Array(await (await fetch(url, { headers })).arrayBuffer()));

  const folder = `octo-org-hello-world-${head.sha.slice(0, 7)}`;
  expect(Buffer.from(archive[`${folder}/src/a.txt`] ?? []).toString()).toBe('A text.\n');
});

test('a commit that only a fork has can have check runs', async () => {
  await using github = await startGitHub();
  await github.api('mona', 'POST', '/repos/octo-org/hello-world/forks', {});
  const sha = await github.pushCommit({
    owner: 'mona',
    repo: 'hello-world',
    branch: 'main',
    files: { 'a.txt': 'A\n' },
  });
  const pull = { title: 'From a fork', head: 'mona:main', base: 'main' };
  await github.api('octo-org', 'POST', '/repos/octo-org/hello-world/pulls', pull);
  const path = '/repos/octo-org/hello-world/check-runs';
  await github.api('octo-org', 'POST', path, { name: 'lint', head_sha: sha, status: 'in_progress' });

  const list = (name: string) =>
    github.api('octo-org', 'GET', `/repos/octo-org/hello-world/commits/${sha}/check-runs?check_name=${name}`);
  expect(await list('lint')).toMatchObject({ total_count: 1, check_runs: [{ name: 'lint', head_sha: sha }] });
  expect(await list('other')).toMatchObject({ total_count: 0 });
  expect(await github.api('octo-org', 'GET', `/repos/octo-org/hello-world/commits/${sha}/pulls`)).toEqual([]);
});
