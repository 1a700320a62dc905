import { type FakeCheckmarx, waitFor } from '@octo-bots/testing';
import { type DeploymentProcesses, deploy } from './deployment-processes.ts';

export const place = { owner: 'octo-org', repo: 'hello-world' } as const;
const name = 'checkmarx-code-scan';

const bots = `
  bots:
    - name: Checkmarx scan
      filters:
        - events-filter:
            events:
              - name: pull_request
                actions: [opened, reopened, ready_for_review, synchronize, edited]
              - name: check_run
                actions: [rerequested]
        - branch-filter:
            head-branches: [feature/*]
      operations:
        - pull-request-checkmarx:
            risk-scheme:
              min-high-vuls: 1
            scan-poll-interval: 300 ms
      queue:
        coalesce: pull-request
    - name: Impatient scan
      filters:
        - events-filter:
            events:
              - name: pull_request
        - branch-filter:
            head-branches: [hang/*]
      operations:
        - pull-request-checkmarx:
            risk-scheme:
              min-high-vuls: 1
            scan-poll-interval: 300 ms
            scan-timeout: 3 seconds
    - name: Checkmarx cleanup
      filters:
        - events-filter:
            events:
              - name: delete
      operations:
        - branch-deleted-checkmarx-cleanup
`;

/** A check run, as far as these tests look at it. */
export interface ScanCheck {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly output: { readonly title: string; readonly summary: string };
}

/** Real processes between the emulated GitHub and a fake Checkmarx server. */
export class CheckmarxDeployment<Server extends FakeCheckmarx> implements AsyncDisposable {
  readonly processes: DeploymentProcesses;
  readonly server: Server;

  constructor(processes: DeploymentProcesses, server: Server) {
    this.processes = processes;
    this.server = server;
  }

  get github() {
    return this.processes.github;
  }

  /** Opens a pull request with a commit of its own. */
  open(head: string, base = 'main') {
    const files = { [`${head}.txt`]: `${head} ${Math.random()}\n` };
    return this.github.openPullRequest({ ...place, head, base, files });
  }

  push(branch: string): Promise<string> {
    return this.github.pushCommit({ ...place, branch, files: { 'pushed.txt': `${Math.random()}\n` } });
  }

  /** Oldest first. */
  async checks(sha: string): Promise<readonly ScanCheck[]> {
    const path = `/repos/${place.owner}/${place.repo}/commits/${sha}/check-runs?filter=all&check_name=${name}`;
    // What GitHub documents of a list of check runs.
    const { check_runs: all } = (await this.github.api(place.owner, 'GET', path)) as { check_runs: ScanCheck[] };
    return all.toSorted((one, other) => one.id - other.id);
  }

  /** The newest check run of a commit, once it has ended. */
  ended(sha: string, timeoutMs = 60_000): Promise<ScanCheck> {
    const newest = async () => (await this.checks(sha)).at(-1);
    return waitFor(
      'the check run to end',
      async () => {
        const check = await newest();
        return check?.status === 'completed' && check;
      },
      { timeoutMs },
    );
  }

  /** Scans of a branch's project, oldest first. */
  scansOf(branch: string) {
    const project = `${place.repo}@${branch.replaceAll('/', '_')}`;
    return this.server.scans().filter(({ projectName }) => projectName === project);
  }

  activeScan(branch: string, label?: string) {
    return waitFor(
      'a scan to be under way',
      () => this.scansOf(branch).find((scan) => !scan.ended && (label === undefined || scan.label?.includes(label))),
      { timeoutMs: 60_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

/** An ingress and one worker, with the server's credentials in the main file. */
export async function deployCheckmarx<Server extends FakeCheckmarx>(
  server: Server,
): Promise<CheckmarxDeployment<Server>> {
  const credentials = { 'checkmarx-credentials': { 'api-url': server.url, ...server.login } };
  const processes = await deploy({ bots, credentials });
  const deployment = new CheckmarxDeployment(processes, server);
  try {
    await processes.start('ingress');
    return deployment;
  } catch (error) {
    await deployment[Symbol.asyncDispose]();
    throw error;
  }
}
