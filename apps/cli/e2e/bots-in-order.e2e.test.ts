import { waitFor } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';
import { deploy, endedRuns, mostAtOnce } from './deployment-processes.ts';

const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const botNames = ['First', 'Second, which fails', 'Third', 'Fourth'];

const bot = (name: string, operation: object) => ({
  name,
  queue: { attempts: 1 },
  filters: [{ 'events-filter': { events: [{ name: 'pull_request', actions: ['opened'] }] } }],
  operations: [operation],
});

const labels = { 'pull-request-labels': { scheme: 'branches' } };
const comments = { 'pull-request-naming-enforcer': { 'enforced-names': ['fix/*'] } };

describe('bots of one event with parallel-bots: false, over two worker processes', () => {
  it('run one after another in the order of the YAML, and a failed one does not stop the next', async () => {
    await using deployment = await deploy({
      settings: { 'parallel-bots': false },
      bots: botNames.map((name) => bot(name, name.includes('fails') ? comments : labels)),
    });
    const { github } = deployment;
    await Promise.all((['ingress', 'worker', 'worker'] as const).map((role) => deployment.start(role)));
    github.slowDown({ path: /\/labels/, ms: 100 });
    github.answerNext({
      method: 'POST',
      path: /\/comments/,
      status: 403,
      body: { message: 'Resource not accessible' },
    });

    await github.openPullRequest({ ...place, head: 'feature/in-order' });
    const runs = await waitFor(
      'all bots to have run',
      () => {
        const ended = endedRuns(deployment.workerLog());
        return ended.length === botNames.length && ended;
      },
      { timeoutMs: 30_000 },
    );
    expect(runs.map(({ name }) => name)).toEqual(botNames);
    expect(mostAtOnce(runs)).toBe(1);
    const endings = deployment.workerLog().filter(({ msg }) => msg === 'run ended');
    expect(endings.map(({ status }) => status)).toEqual(['done', 'failed', 'done', 'done']);
  });
});
