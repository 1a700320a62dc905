import { verify } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { type EmulatedGitHub, type GitHubOptions, startGitHub } from './emulated-github.ts';
import { type Received, receiveWebhooks, type WebhookReceiver } from './receiver.ts';

const place = { owner: 'octo-org', repo: 'hello-world' };

async function start(
  options: GitHubOptions = {},
): Promise<AsyncDisposable & { github: EmulatedGitHub; hook: WebhookReceiver }> {
  const hook = await receiveWebhooks();
  const github = await startGitHub({ webhookUrl: hook.url, ...options });
  return {
    github,
    hook,
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]();
      await hook[Symbol.asyncDispose]();
    },
  };
}

function arrival(hook: WebhookReceiver, event: string, action?: string): Promise<Received> {
  return waitFor(`a webhook ${event} ${action ?? ''}`, () =>
    hook.received.find((candidate) => candidate.event === event && candidate.action === action),
  );
}

test('an opened pull request arrives signed, with its number, its installation and a GUID', async () => {
  await using context = await start();
  const { github, hook } = context;
  const pull = await github.openPullRequest({ ...place, head: 'feature/one' });
  const opened = await arrival(hook, 'pull_request', 'opened');
  expect(opened.payload).toMatchObject({
    number: pull.number,
    installation: { id: github.installations[0]?.id },
    repository: { full_name: 'octo-org/hello-world' },
    pull_request: { number: pull.number, head: { ref: 'feature/one', sha: pull.head.sha }, base: { ref: 'main' } },
    sender: { login: 'octocat', type: 'User' },
  });
  expect(opened.delivery).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(await verify(github.app.webhookSecret, opened.body, String(opened.headers['x-hub-signature-256']))).toBe(true);
  expect(opened.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'GitHub-Hookshot/0000000' });
});

test('a push to the head of an open pull request makes it synchronize, and moves its head', async () => {
  await using context = await start();
  const { github, hook } = context;
  const before = await github.openPullRequest({ ...place, head: 'feature/one' });
  const sha = await github.pushCommit({ ...place, branch: 'feature/one' });
  expect((await github.pullRequest('octo-org', 'hello-world', before.number)).head.sha).toBe(sha);
  const synchronized = await arrival(hook, 'pull_request', 'synchronize');
  expect(synchronized.payload).toMatchObject({
    number: before.number,
    before: before.head.sha,
    after: sha,
    pull_request: { head: { sha, ref: 'feature/one' } },
    installation: { id: github.installations[0]?.id },
    sender: { login: 'octocat' },
  });
});

test('a push to any other branch synchronizes nothing', async () => {
  await using context = await start();
  const { github, hook } = context;
  await github.openPullRequest({ ...place, head: 'feature/one' });
  await github.createBranch({ ...place, branch: 'other' });
  const sha = await github.pushCommit({ ...place, branch: 'other' });
  await waitFor('the push', () => hook.received.some(({ payload }) => payload.after === sha));
  await github.closePullRequest('octo-org', 'hello-world', 1);
  await arrival(hook, 'pull_request', 'closed');
  expect(hook.received.filter(({ action }) => action === 'synchronize')).toEqual([]);
});

test('a closed pull request keeps its head when its branch moves on', async () => {
  await using context = await start();
  const { github } = context;
  const { number, head } = await github.openPullRequest({ ...place, head: 'feature/one' });
  await github.closePullRequest('octo-org', 'hello-world', number);
  await github.pushCommit({ ...place, branch: 'feature/one' });
  expect((await github.pullRequest('octo-org', 'hello-world', number)).head.sha).toBe(head.sha);
});

test('editing, closing, reopening and making ready for review arrive as such, an edit with what it changed', async () => {
  await using context = await start();
  const { github, hook } = context;
  const { number } = await github.openPullRequest({ ...place, head: 'one', title: 'Old', draft: true });
  await github.markReadyForReview('octo-org', 'hello-world', number);
  expect((await arrival(hook, 'pull_request', 'ready_for_review')).payload).toMatchObject({
    number,
    pull_request: { draft: false },
    installation: { id: github.installations[0]?.id },
    sender: { login: 'octocat' },
  });
  await github.editPullRequest('octo-org', 'hello-world', number, { title: 'New' });
  const edited = await arrival(hook, 'pull_request', 'edited');
  expect(edited.payload).toMatchObject({ number, changes: { title: { from: 'Old' } }, pull_request: { title: 'New' } });
  await github.closePullRequest('octo-org', 'hello-world', number);
  expect((await arrival(hook, 'pull_request', 'closed')).payload).toMatchObject({ pull_request: { state: 'closed' } });
  await github.reopenPullRequest('octo-org', 'hello-world', number);
  expect((await arrival(hook, 'pull_request', 'reopened')).payload).toMatchObject({ pull_request: { state: 'open' } });
});

test('a new base of a pull request arrives as an edit', async () => {
  await using context = await start();
  const { github, hook } = context;
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  await github.createBranch({ ...place, branch: 'release' });
  await github.editPullRequest('octo-org', 'hello-world', number, { base: 'release' });
  expect((await arrival(hook, 'pull_request', 'edited')).payload).toMatchObject({
    changes: { base: { ref: { from: 'main' } } },
    pull_request: { base: { ref: 'release' } },
  });
});

test('a label on a pull request is an event of the pull request, one on an issue of the issue', async () => {
  await using context = await start();
  const { github, hook } = context;
  const pull = await github.openPullRequest({ ...place, head: 'one' });
  const issue = await github.createIssue(place);
  await github.addLabels('octo-org', 'hello-world', pull.number, ['bug']);
  await github.addLabels('octo-org', 'hello-world', issue.number, ['bug']);
  expect((await arrival(hook, 'pull_request', 'labeled')).payload).toMatchObject({
    number: pull.number,
    label: { name: 'bug', id: expect.any(Number) },
    pull_request: { labels: [{ name: 'bug' }] },
  });
  expect((await arrival(hook, 'issues', 'labeled')).payload).toMatchObject({ issue: { number: issue.number } });
});

test('a comment on a pull request says that the issue is a pull request', async () => {
  await using context = await start();
  const { github, hook } = context;
  const { number } = await github.openPullRequest({ ...place, head: 'one' });
  await github.comment('octo-org', 'hello-world', number, 'Nice.');
  expect((await arrival(hook, 'issue_comment', 'created')).payload).toMatchObject({
    comment: { body: 'Nice.' },
    issue: { number, comments: 1, pull_request: { url: `${github.url}/repos/octo-org/hello-world/pulls/${number}` } },
  });
});

test('only subscribed events are sent', async () => {
  await using context = await start({ events: ['issues'] });
  const { github, hook } = context;
  await github.openPullRequest({ ...place, head: 'one' });
  await github.createIssue(place);
  await arrival(hook, 'issues', 'opened');
  expect(hook.received.map(({ event }) => event)).toEqual(['issues']);
});

test('delivery ids may be digits, each another', async () => {
  await using context = await start({ deliveryIds: 'digits' });
  const { github, hook } = context;
  await Promise.all([github.deliver({ event: 'ping', payload: {} }), github.deliver({ event: 'ping', payload: {} })]);
  const ids = hook.received.map(({ delivery }) => delivery);
  expect(ids).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
  expect(new Set(ids).size).toBe(2);
});

test('each attempt is on record: what was answered, or why nothing was', async () => {
  await using context = await start();
  const { github, hook } = context;
  hook.answerWith(503);
  const refused = await github.deliver({ event: 'push', payload: { ref: 'refs/heads/main' } });
  expect(refused).toMatchObject({ event: 'push', status: 503, answer: 'taken', error: undefined });
  await hook[Symbol.asyncDispose]();
  const lost = await github.deliver({ event: 'issues', payload: { action: 'opened' } });
  expect(lost).toMatchObject({ event: 'issues', action: 'opened', status: undefined });
  expect(lost.error).toContain('ECONNREFUSED');
  github.setWebhookUrl(undefined);
  expect(await github.deliver({ event: 'ping', payload: {} })).toMatchObject({ error: 'no webhook URL is set' });
  expect(github.deliveries()).toHaveLength(3);
});

test('a redelivery is the same bytes under the same id', async () => {
  await using context = await start();
  const { github, hook } = context;
  const { delivery } = await github.deliver({ event: 'ping', payload: { zen: 'Ünïcode ✓' } });
  const again = await github.redeliver(delivery);
  expect(again).toMatchObject({ delivery, redelivery: true, status: 202 });
  const [first, second] = hook.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['x-hub-signature-256']).toBe(first?.headers['x-hub-signature-256']);
});

test('a delivery may carry another signature, another id, or lack a header', async () => {
  await using context = await start();
  const { github, hook } = context;
  await github.deliver({
    event: 'ping',
    payload: 'not json',
    delivery: 'mine',
    headers: { 'X-Hub-Signature-256': 'sha256=0', 'x-github-event': undefined },
  });
  expect(hook.received[0]).toMatchObject({ delivery: 'mine', body: 'not json', event: 'undefined' });
  expect(hook.received[0]?.headers['x-hub-signature-256']).toBe('sha256=0');
});

test('the App lists its deliveries page by page, and asks for a failed one again', async () => {
  await using context = await start();
  const { github, hook } = context;
  hook.answerWith(500);
  const failed = await github.deliver({ event: 'ping', payload: {} });
  hook.answerWith(202);
  await github.deliver({ event: 'ping', payload: {} });
  const api = (path: string, method = 'GET') =>
    fetch(`${github.url}${path}`, { method, headers: { authorization: `Bearer ${github.appToken()}` } });
  const page = await api('/app/hook/deliveries?per_page=1');
  expect(await page.json()).toMatchObject([{ status_code: 202 }]);
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  const second = await api(new URL(next).pathname + new URL(next).search);
  expect(await second.json()).toMatchObject([{ id: failed.id, guid: failed.delivery, status_code: 500 }]);
  expect((await api(`/app/hook/deliveries/${failed.id}/attempts`, 'POST')).status).toBe(202);
  await waitFor('the redelivery', () => github.deliveries().find(({ redelivery }) => redelivery));
  expect(hook.received).toHaveLength(3);
  expect((await fetch(`${github.url}/app/hook/deliveries`)).status).toBe(401);
});

test('the button Re-run sends check_run.rerequested with the pull request, and leaves the check run as it is', async () => {
  await using context = await start();
  const { github, hook } = context;
  const pull = await github.openPullRequest({ ...place, head: 'feature/one' });
  const ofCommit = `/repos/octo-org/hello-world/commits/${pull.head.sha}`;
  const checkRun = { name: 'lint', head_sha: pull.head.sha, status: 'completed', conclusion: 'failure' };
  const made = await github.api('octo-org', 'POST', '/repos/octo-org/hello-world/check-runs', checkRun);

  await github.rerunCheck('octo-org', 'hello-world', Number(Object(made).id));

  const { payload } = await arrival(hook, 'check_run', 'rerequested');
  expect(payload).toMatchObject({
    check_run: {
      ...checkRun,
      pull_requests: [{ number: pull.number, head: { sha: pull.head.sha }, base: { ref: 'main' } }],
    },
    installation: { id: github.installations[0]?.id },
  });
  expect(await github.api('octo-org', 'GET', `${ofCommit}/check-runs`)).toMatchObject({ check_runs: [checkRun] });
  expect(await github.api('octo-org', 'GET', `${ofCommit}/pulls`)).toMatchObject([{ number: pull.number }]);
});

test('a deleted branch sends delete with its short name', async () => {
  await using context = await start();
  const { github, hook } = context;
  await github.createBranch({ ...place, branch: 'feature/gone' });
  await github.deleteBranch({ ...place, branch: 'feature/gone' });
  const { payload } = await arrival(hook, 'delete');
  expect(payload).toMatchObject({ ref: 'feature/gone', ref_type: 'branch', installation: { id: expect.any(Number) } });
});
