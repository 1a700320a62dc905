import { randomUUID } from 'node:crypto';
import { type FakeCounts, type FakeScanView, nothingFound, type ScannedSource } from './fake-checkmarx.ts';
import type { Answer } from './fake-http.ts';

/** What differs between tenants of Checkmarx One, and between days. */
export interface CheckmarxOneQuirks {
  /** So many scans are refused with the code 142, as the queue is full. */
  queueFull: number;
  tokenLifeSeconds: number;
  /** Tokens end after this part of the life that was told. */
  tokensEndEarly: number;
  /** Scans that finish are partial. */
  partial: boolean;
  /** The summary has its total, beside the severities that something was found of. */
  totalCounter: boolean;
  /** Something was found of a severity that the summary does not list. */
  hidesCritical: boolean;
  /** The results of a finished scan are not there for so many questions. */
  lateSummaries: number;
}

export const usualOneQuirks: CheckmarxOneQuirks = {
  queueFull: 0,
  tokenLifeSeconds: 1800,
  tokensEndEarly: 1,
  partial: false,
  totalCounter: true,
  hidesCritical: false,
  lateSummaries: 0,
};

export interface OneProject {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly repoUrl: string;
  readonly mainBranch: string;
  readonly criticality: number;
  tags: Readonly<Record<string, string>>;
  configuration: readonly OneSetting[];
}

export interface OneSetting {
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly originLevel: string;
  readonly allowOverride: boolean;
}

export type OneStatus = 'Queued' | 'Running' | 'Completed' | 'Failed' | 'Partial' | 'Canceled';

export interface OneScan {
  readonly id: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly source: ScannedSource;
  readonly incremental: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: string;
  status: OneStatus;
  details: string;
  cancelAsked: boolean;
  deleted: boolean;
  counts: FakeCounts | undefined;
}

export class OneRefusal extends Error {
  override readonly name = 'OneRefusal';
  readonly status: number;
  readonly code: number;

  constructor(status: number, message: string, code: number) {
    super(message);
    this.status = status;
    this.code = code;
  }

  answer(): Answer {
    return { status: this.status, body: { message: this.message, type: 'ERROR', code: this.code } };
  }
}

export const hasEnded = ({ status }: OneScan): boolean => status !== 'Queued' && status !== 'Running';

/** The preset of a tenant, as every project has it until it sets its own. */
const tenantPreset: OneSetting = {
  key: 'scan.config.sast.presetName',
  name: 'presetName',
  value: 'ASA Premium',
  originLevel: 'Tenant',
  allowOverride: true,
};

/** Projects and scans of one tenant. */
export class OneState {
  readonly quirks: CheckmarxOneQuirks;
  readonly projects = new Map<string, OneProject>();
  readonly scans: OneScan[] = [];
  readonly uploads = new Map<string, Uint8Array | undefined>();
  counts: FakeCounts = nothingFound;

  constructor(quirks: CheckmarxOneQuirks) {
    this.quirks = quirks;
  }

  createProject(asked: Omit<OneProject, 'id' | 'configuration'>): OneProject {
    if (asked.name === '' || /[/[\]]/.test(asked.name)) throw new OneRefusal(400, 'the project name is invalid', 1);
    for (const { name } of this.projects.values()) {
      if (name === asked.name) throw new OneRefusal(400, 'a project of this name exists', 208);
    }
    const project = { ...asked, id: randomUUID(), configuration: [tenantPreset] };
    this.projects.set(project.id, project);
    return project;
  }

  project(id: string): OneProject {
    const project = this.projects.get(id);
    if (!project) throw new OneRefusal(404, 'the project was not found', 6);
    return project;
  }

  deleteProject(project: OneProject): void {
    for (const scan of this.scans.filter(({ projectId }) => projectId === project.id)) {
      this.end(scan, 'Canceled', 'the project was deleted');
      scan.deleted = true;
    }
    this.projects.delete(project.id);
  }

  startScan(asked: Pick<OneScan, 'source' | 'incremental' | 'tags'> & { project: OneProject }): OneScan {
    if (this.quirks.queueFull > 0) {
      this.quirks.queueFull -= 1;
      throw new OneRefusal(400, 'the maximum number of queued scans was reached', 142);
    }
    const { project, source, incremental, tags } = asked;
    const scan: OneScan = {
      id: randomUUID(),
      projectId: project.id,
      projectName: project.name,
      source,
      incremental,
      tags,
      createdAt: new Date(Date.now() + this.scans.length).toISOString(),
      status: 'Queued',
      details: '',
      cancelAsked: false,
      deleted: false,
      counts: undefined,
    };
    this.scans.push(scan);
    return scan;
  }

  scan(id: string): OneScan {
    const scan = this.scans.find((candidate) => candidate.id === id && !candidate.deleted);
    if (!scan) throw new OneRefusal(404, 'the scan was not found', 6);
    return scan;
  }

  advance(scan: OneScan): void {
    if (scan.status === 'Running') this.finish(scan, this.quirks.partial);
    else if (scan.status === 'Queued') scan.status = 'Running';
  }

  finish(scan: OneScan, partial: boolean): void {
    scan.counts ??= this.counts;
    this.end(scan, partial ? 'Partial' : 'Completed', partial ? 'some files could not be parsed' : '');
  }

  end(scan: OneScan, status: OneStatus, details: string): void {
    if (hasEnded(scan)) return;
    scan.status = status;
    scan.details = details;
  }

  view(scan: OneScan): FakeScanView {
    return {
      id: scan.id,
      projectId: scan.projectId,
      projectName: scan.projectName,
      source: scan.source,
      label: Object.values(scan.tags)[0],
      incremental: scan.incremental,
      status: scan.status,
      ended: hasEnded(scan),
      cancelAsked: scan.cancelAsked,
    };
  }
}
