import { Duration, defineOperation, Options, type Outcome, type Skipped, skipped } from '@octo-bots/core';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { closeAbandonedCheckRuns, openCheckRun, updateCheckRun } from '../check-run.ts';
import {
  type CheckedEvent,
  type CheckedPullRequest,
  checkedCommit,
  checkedEvents,
  checkedPullRequest,
} from '../checked-pull-request.ts';
import { cancelAbandonedScans } from './abandoned-scans.ts';
import { riskScheme } from './risk-scheme.ts';
import { type Waiting, waitingSchema, whyUnwanted } from './scan-decision.ts';
import { goOn } from './scan-run.ts';
import { preparing } from './scan-words.ts';

/** What people see, and what a branch protection rule may require. */
const checkName = 'checkmarx-code-scan';
/** The actions after which there is something new to scan; `edited` only when the base was changed. */
const scannedActions = ['opened', 'reopened', 'ready_for_review', 'synchronize', 'edited'];

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
    - pull-request-checkmarx:
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
    const { config, event, key, state, clients, signal, log } = context;
    const { github } = clients;
    const place = checkedCommit(event);
    const run = {
      ...clients,
      ...place,
      key,
      signal,
      log,
      riskScheme: config['risk-scheme'],
      onlyMainBranch: config['only-main-branch'],
      timeoutMs: config['scan-timeout'],
      pollMs: config['scan-poll-interval'],
      source: config.source,
    };
    if (Value.Check(waitingSchema, state)) return goOn(run, state);

    const pull = await pullRequestToScan(context.event, { ...run });
    if ('status' in pull) return pull;
    const opened = await openCheckRun(github, { ...place, name: checkName, externalId: key });
    // One that has ended is that of a run which is replayed: its time begins anew.
    const startedAt = opened.completed ? Date.now() : opened.startedAt;
    await updateCheckRun(github, opened, preparing, opened.completed ? { startedAt } : {});
    const waiting: Waiting = {
      number: pull.number,
      checkRun: opened.id,
      startedAt,
      shown: preparing.title,
      full: false,
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

type Wish = Parameters<typeof whyUnwanted>[1] & { github: Parameters<typeof openCheckRun>[0] };

/** The pull request as GitHub has it now: the event may be old. @returns why it is not scanned. */
async function pullRequestToScan(event: CheckedEvent, wish: Wish): Promise<CheckedPullRequest | Skipped> {
  const uninteresting = whyNothingNew(event);
  if (uninteresting !== undefined) return skipped(uninteresting);
  const { github } = wish;
  const found = await checkedPullRequest(event, { github, checkName });
  if ('status' in found) return found;
  const { owner, repo } = checkedCommit(event);
  const { data: pull } = await github.rest.pulls.get({ owner, repo, pull_number: found.number });
  // A scan takes long, and `ready_for_review` asks for it in time. Who presses Re-run on a draft wants it all the same.
  if (pull.draft && event.name === 'pull_request')
    return skipped(`#${pull.number} is a draft: it is scanned once it is ready`);
  if (pull.head.repo === null) return skipped(`the fork that #${pull.number} comes from is gone`);
  const unwanted = whyUnwanted(pull, wish);
  switch (unwanted?.why) {
    case undefined:
      return pull;
    case 'closed':
      return skipped(`#${pull.number} is closed`);
    case 'superseded':
      return skipped(
        `the head of #${pull.number} is ${unwanted.newest.slice(0, 7)} by now, not ${wish.headSha.slice(0, 7)}`,
      );
    case 'other-base':
      return skipped(`#${pull.number} goes into "${unwanted.base}", not into the default branch "${unwanted.main}"`);
  }
}

function whyNothingNew(event: CheckedEvent): string | undefined {
  if (event.name !== 'pull_request') return undefined;
  const { payload } = event;
  if (!scannedActions.includes(payload.action)) return `pull_request.${payload.action} brings nothing new to scan`;
  if (payload.action === 'edited' && payload.changes.base === undefined) {
    return 'the pull request was edited, but its base branch is the same';
  }
  return undefined;
}
