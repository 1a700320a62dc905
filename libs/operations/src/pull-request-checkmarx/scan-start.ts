import type { CheckmarxClient, CheckmarxProject, CheckmarxScan } from '@octo-bots/checkmarx';
import type { GitHubClient } from '@octo-bots/github';
import type { CheckedPullRequest } from '../checked-pull-request.ts';
import { baseProjectName, branchProjectName, headBranchOf } from '../checkmarx-project.ts';
import { parseScanLabel, scanLabel } from './scan-label.ts';
import { type SourceKind, SourceTooLargeError, sourceOf } from './scan-source.ts';

export interface StartingRun {
  readonly github: GitHubClient;
  readonly checkmarx: CheckmarxClient;
  readonly owner: string;
  readonly repo: string;
  readonly headSha: string;
  readonly key: string;
  readonly source: SourceKind;
}

export type Prepared =
  | { readonly state: 'branching'; readonly project: CheckmarxProject }
  | { readonly state: 'branching-failed'; readonly project: CheckmarxProject; readonly reason: string | undefined }
  | { readonly state: 'not-wanted' }
  | { readonly state: 'too-large'; readonly reason: string }
  | {
      readonly state: 'scanning';
      readonly project: CheckmarxProject;
      readonly id: string;
      /** Undefined for one that was there. */
      readonly incremental: boolean | undefined;
      /** Another run started it, for the same commit. */
      readonly adopted: boolean;
    };

export interface StartOptions {
  readonly pull: CheckedPullRequest;
  /** No incremental scan. */
  readonly full: boolean;
  /** No scan that ended is taken for its result. */
  readonly anew: boolean;
  /** Whether the head is still the newest; asked right before anything of an older one is canceled. */
  stillWanted(): Promise<boolean>;
}

/**
 * Leads to one active scan of this head, and to none of an older one. To be called again until it says `scanning`; whatever of it was
 * done before, by this run or another, is found and not done again.
 */
export async function prepareScan(run: StartingRun, options: StartOptions): Promise<Prepared> {
  const { checkmarx, repo } = run;
  const branch = headBranchOf(options.pull);
  if (branch === undefined) return { state: 'not-wanted' };
  const baseName = baseProjectName(checkmarx, repo);
  const base = (await checkmarx.findProject(baseName)) ?? (await checkmarx.createProject(baseName));
  const name = branchProjectName(checkmarx, branch);
  const project = (await checkmarx.findProject(name)) ?? (await checkmarx.createBranchProject(base, name));

  const branching = await checkmarx.branching(project);
  if (branching.state === 'in-progress') return { state: 'branching', project };
  if (branching.state === 'failed') return undoBranching(checkmarx, project, branching.reason);

  const active = await checkmarx.activeScans(project);
  const known = scanOfHead(active, run);
  // In this order: what the list has is then of a head that was not the newest any more when the question was answered.
  if (!(await options.stillWanted())) return { state: 'not-wanted' };
  for (const scan of active) if (isOlder(scan, run)) await checkmarx.cancel(scan.id);
  if (known !== undefined) return { state: 'scanning', project, incremental: undefined, ...known };
  // It may have ended while nobody looked: its worker was killed before it could note it.
  const ended = options.anew ? undefined : await checkmarx.finishedScan(project, scanLabel(run));
  if (ended) return { state: 'scanning', project, id: ended.id, incremental: undefined, adopted: false };
  return start(run, { project, base, ...options });
}

async function start(
  run: StartingRun,
  { project, base, pull, full }: StartOptions & { project: CheckmarxProject; base: CheckmarxProject },
): Promise<Prepared> {
  const { checkmarx, github, owner } = run;
  const incremental = !full && ((await checkmarx.hasFinishedScan(base)) || (await checkmarx.hasFinishedScan(project)));
  try {
    const source = await sourceOf(github, run.source, { pull, owner });
    const label = scanLabel(run);
    const started = await checkmarx.startScan({ project, source, incremental, label });
    // Two runs of one commit may have started theirs at the same moment: both keep the older one.
    const first = scanOfHead(await checkmarx.activeScans(project), run);
    if (first === undefined || first.id === started.id) {
      return { state: 'scanning', project, id: started.id, incremental, adopted: false };
    }
    await checkmarx.cancel(started.id);
    return { state: 'scanning', project, incremental: undefined, ...first };
  } catch (error) {
    if (error instanceof SourceTooLargeError) return { state: 'too-large', reason: error.message };
    throw error;
  }
}

/** The scan of this head that is under way, whichever run started it. */
function scanOfHead(active: readonly CheckmarxScan[], run: StartingRun): { id: string; adopted: boolean } | undefined {
  const own = scanLabel(run);
  const oldest = active.find(({ label }) => parseScanLabel(label)?.headSha === run.headSha);
  return oldest && { id: oldest.id, adopted: oldest.label !== own };
}

/** Scans that people started are left alone, as are those of another repository of the same name. */
function isOlder({ label }: CheckmarxScan, run: StartingRun): boolean {
  const [scan, own] = [parseScanLabel(label), parseScanLabel(scanLabel(run))];
  return scan !== undefined && scan.repository === own?.repository && scan.headSha !== run.headSha;
}

/** A project whose branching failed stays as it is on the server, so no later run could use it: it is made anew by the next one. */
async function undoBranching(
  checkmarx: CheckmarxClient,
  project: CheckmarxProject,
  reason: string | undefined,
): Promise<Prepared> {
  if (!(await checkmarx.hasFinishedScan(project))) await checkmarx.deleteProject(project);
  return { state: 'branching-failed', project, reason };
}
