import { isDeepStrictEqual } from 'node:util';
import { Refusal } from './cxsast-errors.ts';
import type { CxSastQuirks } from './cxsast-quirks.ts';
import { type FakeCounts, type FakeScanView, nothingFound, type ScannedSource } from './fake-checkmarx.ts';

export interface CxProject {
  readonly id: number;
  readonly name: string;
  readonly owningTeam: string;
  readonly isPublic: boolean;
  readonly base: number | undefined;
  branching: { status: 'InProgress' | 'Completed' | 'Failed'; polls: number; errorMessage: string };
  source: ScannedSource | undefined;
  settings: ScanSettings;
}

export interface ScanSettings {
  presetId: number;
  engineConfigurationId: number;
  postScanActionId: number | null;
  emailNotifications: { failedScan: string[]; beforeScan: string[]; afterScan: string[] };
}

export interface CxScan {
  readonly id: number;
  readonly projectId: number;
  readonly projectName: string;
  readonly source: ScannedSource | undefined;
  readonly incremental: boolean;
  readonly comment: string;
  stage: CxStage;
  details: string;
  partial: boolean;
  cancelAsked: boolean;
  deleted: boolean;
  pollsAfterEnd: number;
  counts: FakeCounts | undefined;
}

/** Names and ids of CxSAST. */
export const stageIds = {
  New: 1,
  PreScan: 2,
  Queued: 3,
  Scanning: 4,
  PostScan: 6,
  Finished: 7,
  Canceled: 8,
  Failed: 9,
  SourcePullingAndDeployment: 10,
  None: 1001,
  Deleted: 1002,
} as const;
export type CxStage = keyof typeof stageIds;

const life: readonly CxStage[] = [
  'New',
  'SourcePullingAndDeployment',
  'PreScan',
  'Queued',
  'Scanning',
  'PostScan',
  'Finished',
];
const ends: ReadonlySet<CxStage> = new Set(['Finished', 'Canceled', 'Failed', 'Deleted']);
const refusedIncremental =
  'Changes exceeded the threshold limit - 7%. Incremental scan was not performed. A full scan should be submitted.';

export const hasEnded = ({ stage }: CxScan): boolean => ends.has(stage);

/** Projects and scans of one CxSAST server. */
export class CxSastState {
  readonly quirks: CxSastQuirks;
  readonly projects = new Map<number, CxProject>();
  readonly scans: CxScan[] = [];
  counts: FakeCounts = nothingFound;
  #lastId = 100;

  constructor(quirks: CxSastQuirks) {
    this.quirks = quirks;
  }

  createProject(name: string, owningTeam: string, isPublic: boolean, base?: CxProject): CxProject {
    if (name === '' || /[/[\\:*?"<>|\]]/.test(name)) throw new Refusal(400, 'Project name contains illegal characters');
    for (const project of this.projects.values()) {
      if (project.name === name) throw new Refusal(400, 'Project name already exists', 12_108);
    }
    const { branching } = this.quirks;
    const project: CxProject = {
      id: ++this.#lastId,
      name,
      owningTeam,
      isPublic,
      base: base?.id,
      branching: base ? { status: 'InProgress', polls: branching.polls, errorMessage: '' } : completed(),
      source: base?.source,
      settings: structuredClone(base?.settings ?? usualSettings),
    };
    if (base && branching.polls === 0) this.#endBranching(project);
    this.projects.set(project.id, project);
    return project;
  }

  /** Looks at how far the branching is, and takes it one poll further. */
  pollBranching(project: CxProject): CxProject['branching'] {
    const now = { ...project.branching };
    if (project.branching.status === 'InProgress' && --project.branching.polls <= 0) this.#endBranching(project);
    return now;
  }

  #endBranching(project: CxProject): void {
    const { fails } = this.quirks.branching;
    project.branching = fails === undefined ? completed() : { status: 'Failed', polls: 0, errorMessage: fails };
  }

  project(id: string): CxProject {
    const project = this.projects.get(Number(id));
    if (!project) throw new Refusal(this.quirks.missingProject, `project ${id} does not exist`);
    return project;
  }

  deleteProject(project: CxProject, deleteRunningScans: boolean): void {
    const scans = this.scans.filter(({ projectId, deleted }) => projectId === project.id && !deleted);
    if (!deleteRunningScans && scans.some((scan) => !hasEnded(scan))) {
      throw new Refusal(400, 'The project has running scans', 12_200);
    }
    for (const scan of scans) {
      if (!hasEnded(scan)) scan.stage = 'Deleted';
      scan.deleted = true;
    }
    this.projects.delete(project.id);
  }

  startScan(project: CxProject, asked: { incremental: boolean; force: boolean; comment: string }): CxScan {
    if (!project.source) throw new Refusal(400, 'The project has no source code location');
    if (project.branching.status !== 'Completed') throw new Refusal(400, 'The project is being branched');
    const unchanged = this.scans.some(
      (scan) =>
        scan.projectId === project.id && scan.stage === 'Finished' && isDeepStrictEqual(scan.source, project.source),
    );
    const scan: CxScan = {
      id: ++this.#lastId,
      projectId: project.id,
      projectName: project.name,
      source: project.source,
      incremental: asked.incremental,
      comment: asked.comment,
      stage: 'New',
      details: '',
      partial: false,
      cancelAsked: false,
      deleted: false,
      pollsAfterEnd: 0,
      counts: undefined,
    };
    if (unchanged && !asked.force) {
      scan.stage = 'Canceled';
      scan.details = 'No code changes were detected since the last scan; the scan was skipped';
    }
    this.scans.push(scan);
    return scan;
  }

  /** @throws Refusal 404 when it never was, or was deleted with its project. */
  scan(id: string): CxScan {
    const scan = this.scans.find((candidate) => candidate.id === Number(id) && !candidate.deleted);
    if (!scan) throw new Refusal(404, `scan ${id} does not exist`);
    return scan;
  }

  advance(scan: CxScan): void {
    const next = life[life.indexOf(scan.stage) + 1];
    if (hasEnded(scan) || next === undefined) return;
    if (next === 'Scanning' && scan.incremental && this.quirks.refusesIncremental) {
      this.end(scan, 'Failed', refusedIncremental);
    } else if (next === 'Finished') {
      this.finish(scan, this.quirks.partial);
    } else {
      scan.stage = next;
    }
  }

  finish(scan: CxScan, partial: boolean): void {
    scan.partial = partial;
    scan.counts ??= this.counts;
    this.end(scan, 'Finished', partial ? 'Scan completed partially' : 'Scan completed');
  }

  end(scan: CxScan, stage: CxStage, details: string): void {
    if (hasEnded(scan)) return;
    scan.stage = stage;
    scan.details = details;
  }

  queue(projectId?: number): CxScan[] {
    return this.scans.filter(
      (scan) => !scan.deleted && !hasEnded(scan) && (projectId === undefined || scan.projectId === projectId),
    );
  }

  view(scan: CxScan): FakeScanView {
    return {
      id: String(scan.id),
      projectId: String(scan.projectId),
      projectName: scan.projectName,
      source: scan.source,
      label: scan.comment === '' ? undefined : scan.comment,
      incremental: scan.incremental,
      status: scan.stage,
      ended: hasEnded(scan),
      cancelAsked: scan.cancelAsked,
    };
  }
}

function completed(): CxProject['branching'] {
  return { status: 'Completed', polls: 0, errorMessage: '' };
}

const usualSettings: ScanSettings = {
  presetId: 36,
  engineConfigurationId: 1,
  postScanActionId: null,
  emailNotifications: { failedScan: [], beforeScan: [], afterScan: [] },
};
