import type { CheckmarxClient } from '@octo-bots/checkmarx';
import { Duration, defineOperation, Options, type Outcome, skipped } from '@octo-bots/core';
import type { GitHubClient } from '@octo-bots/github';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import {
  closeAbandonedCheckRuns,
  concludeCheckRun,
  openCheckRun,
  unfinishedCheckRuns,
  updateCheckRun,
} from '../check-run.ts';
import { type CheckedEvent, checkedCommit, checkedEvents } from '../checked-pull-request.ts';
import { cancelAbandonedScans } from './abandoned-scans.ts';
import { pullRequestToScan, whyNothingNew } from './pull-request-to-scan.ts';
import { riskScheme } from './risk-scheme.ts';
import { type Waiting, waitingSchema } from './scan-decision.ts';
import { goOn } from './scan-run.ts';
import { leftOver, preparing } from './scan-words.ts';

/** What people see, and what a branch protection rule may require. */
const checkName = 'checkmarx-code-scan';

/**
 * One scan for each head of a pull request, reported as a check run. It is a durable run: between two looks at the scan it waits in
 * Redis (`later`), and what it needs to go on is in its state, or is found again on GitHub (the check run, by `key`) and on the
 * server (the scan, by its label).
 */
export const pullRequestCheckmarx = defineOperation({
  type: 'pull-request-checkmarx',
  summary:
    'Scans the head of a pull request with Checkmarx, and fails a check run when too many vulnerabilities are found.',
  example: `
pull-request-checkmarx:
  risk-scheme:
    min-high-vuls: 1
    min-medium-vuls: 20
  scan-timeout: 30 minutes
`,
  events: checkedEvents,
  clients: ['github', 'checkmarx'],
  config: Options({
    'risk-scheme': riskScheme,
    'only-main-branch': Type.Boolean({
      default: true,
      description: 'Scan only pull requests into the default branch of the repository.',
    }),
    'scan-timeout': Duration({
      default: '30 minutes',
      description: 'From the opening of the check run on. A scan without a result by then is canceled on the server.',
    }),
    'scan-poll-interval': Duration({ default: '5 seconds', description: 'How often to look how far the scan is.' }),
    source: Type.Union([Type.Literal('git'), Type.Literal('upload')], {
      default: 'git',
      description:
        'git: the Checkmarx server clones the branch, so it must reach GitHub; for a private repository it gets a token that may read that repository for an hour. upload: the worker downloads the head as a zip archive, and uploads it.',
    }),
  }),
  async execute(context): Promise<Outcome> {
    const { config, event, key, state, clients, log } = context;
    const { github } = clients;
    const place = checkedCommit(event);
    const run = {
      ...clients,
      ...place,
      key,
      log,
      riskScheme: config['risk-scheme'],
      onlyMainBranch: config['only-main-branch'],
      timeoutMs: config['scan-timeout'],
      pollMs: config['scan-poll-interval'],
      source: config.source,
    };
    if (Value.Check(waitingSchema, state)) return goOn(run, state);
    const nothingNew = whyNothingNew(event);
    if (nothingNew !== undefined) return skipped(nothingNew);

    const pull = await pullRequestToScan(event, { ...run, checkName });
    if ('status' in pull) {
      await closeLeftovers(clients, event, { key, reason: pull.reason });
      return pull;
    }
    const opened = await openCheckRun(github, { ...place, name: checkName, externalId: key }, preparing);
    // One that has ended is that of a run which is replayed: its time begins anew.
    const startedAt = opened.completed ? Date.now() : opened.startedAt;
    if (opened.completed) await updateCheckRun(github, opened, preparing, { startedAt });
    const waiting: Waiting = {
      number: pull.number,
      checkRun: opened.id,
      startedAt,
      shown: preparing.title,
      shownAt: Date.now(),
      full: false,
      anew: opened.completed,
    };
    return goOn(run, waiting);
  },
  async abandon({ event, key, run, failure, clients: { github, checkmarx } }) {
    const place = checkedCommit(event);
    const about = { code: failure.code, runId: run.id };
    const closed = await Promise.allSettled([
      closeAbandonedCheckRuns(github, { ...place, name: checkName, externalId: key }, about),
      cancelAbandonedScans({ github, checkmarx }, event, key),
    ]);
    // Both are tried; what did not work is tried again.
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  },
});

/** An attempt that was lost may have begun what is not wanted any more. */
async function closeLeftovers(
  { github, checkmarx }: { github: GitHubClient; checkmarx: CheckmarxClient },
  event: CheckedEvent,
  { key, reason }: { key: string; reason: string },
): Promise<void> {
  const open = await unfinishedCheckRuns(github, { ...checkedCommit(event), name: checkName, externalId: key });
  if (open.length === 0) return;
  await cancelAbandonedScans({ github, checkmarx }, event, key);
  for (const checkRun of open) await concludeCheckRun(github, checkRun, leftOver(reason));
}
