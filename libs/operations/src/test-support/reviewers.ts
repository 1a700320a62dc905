import { pullRequestReviewersAssign } from '../pull-request-reviewers-assign/pull-request-reviewers-assign.ts';
import { eventOperation, GitHubBench } from './harness.ts';

/** What the tests of `pull-request-reviewers-assign` share: who there is, what they did, and whom GitHub has as asked. */

export const place = { owner: 'octo-org', repo: 'hello-world' };
export const { owner, repo } = place;
export const repository = `/repos/${owner}/${repo}`;
export const people = ['ada', 'barbara', 'grace', 'linus', 'margaret'];
const users = people.map((login) => ({ login, type: 'User', installation: 'none' }) as const);

/** An organisation whose member `octocat` opens the pull requests; of the others those named may write. */
export async function start(writers: readonly string[] = people): Promise<GitHubBench> {
  const bench = await GitHubBench.start({
    accounts: [{ login: owner, type: 'Organization', repositories: [repo] }, ...users],
  });
  for (const login of writers) await allow(bench, login, 'push');
  return bench;
}

export const allow = (bench: GitHubBench, login: string, permission: string) =>
  bench.github.api(owner, 'PUT', `${repository}/collaborators/${login}`, { permission });

export async function commit(bench: GitHubBench, login: string, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    await bench.github.api(owner, 'PUT', `${repository}/contents/${encodeURIComponent(login)}-${count}.txt`, {
      message: 'A commit',
      content: Buffer.from(`${login} ${count}`).toString('base64'),
      author: { name: login, email: `${login}@example.com` },
    });
  }
}

/** A commit of the App itself. */
export async function commitAsApp(bench: GitHubBench): Promise<void> {
  const token = await bench.github.installationToken(bench.github.installations[0]?.id ?? 0);
  const response = await fetch(`${bench.github.url}${repository}/contents/by-app.txt`, {
    method: 'PUT',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'A commit', content: Buffer.from('App').toString('base64') }),
  });
  if (response.status !== 201) throw new Error(`GitHub answered ${response.status} to a commit of the App`);
}

export const run = async (bench: GitHubBench, config: object, number: number, action = 'opened') =>
  bench.runOnEvent(
    eventOperation(pullRequestReviewersAssign, config),
    await bench.pullRequestEvent(owner, repo, number, action),
  );

export async function asked(bench: GitHubBench, number: number): Promise<string[]> {
  const { json } = await bench.github.pullRequest(owner, repo, number);
  // What GitHub documents of a pull request.
  const { requested_reviewers: logins, requested_teams: teams } = json as {
    requested_reviewers: { login: string }[];
    requested_teams: { slug: string }[];
  };
  return [...logins.map(({ login }) => login), ...teams.map(({ slug }) => `@${slug}`)];
}
