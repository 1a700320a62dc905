/**
 * What an operation gets of Checkmarx, whichever product answers: CxSAST 9.x or Checkmarx One. Every call rejects with an
 * OctoError (CHECKMARX_REQUEST_FAILED, CHECKMARX_REQUEST_REFUSED, CLIENT_AUTHENTICATION_FAILED), or with the signal's reason
 * once the run has ended.
 */
export interface CheckmarxClient {
  readonly product: 'CxSAST' | 'Checkmarx One';
  /** The name as every product takes it: each character that is not one of `A-Za-z0-9-_.@` becomes `_`. */
  projectName(name: string): string;
  /** The project of exactly this name (as `projectName` gives it). */
  findProject(name: string): Promise<CheckmarxProject | undefined>;
  /** Makes the project, or gives the one that somebody else made in the meantime. */
  createProject(name: string): Promise<CheckmarxProject>;
  /** Makes a project that begins with the settings of `base`, or gives the one that is there. It may take a while: see `branching`. */
  createBranchProject(base: CheckmarxProject, name: string): Promise<CheckmarxProject>;
  /** How far the making of a branch project is. One that was never branched is `ready`. */
  branching(project: CheckmarxProject): Promise<Branching>;
  /** Whether a scan of this project ever finished, so that an incremental one has something to build on. */
  hasFinishedScan(project: CheckmarxProject): Promise<boolean>;
  /**
   * Gives the project its source and starts a scan of it.
   * @throws OctoError CHECKMARX_QUEUE_FULL (retryable, maybe with `resumeAt`) when the server takes no more scans now.
   */
  startScan(request: ScanRequest): Promise<CheckmarxScan>;
  /** The scans of a project that have not ended, oldest first. */
  activeScans(project: CheckmarxProject): Promise<readonly CheckmarxScan[]>;
  /** The scan of this label, if it is among the latest that finished, in part or in full. */
  finishedScan(project: CheckmarxProject, label: string): Promise<CheckmarxScan | undefined>;
  scan(scanId: string): Promise<ScanProgress>;
  /** Of a scan that finished. A severity that the server does not report is missing, which is not zero. */
  counts(scanId: string): Promise<SeverityCounts>;
  /** Cancels a scan on the server. One that has ended or is gone stays as it is. */
  cancel(scanId: string): Promise<void>;
  /** Deletes a project with all its scans, also those that run. One that is gone already is no error. */
  deleteProject(project: CheckmarxProject): Promise<void>;
  /** Where people see the scan, in a browser. */
  scanUrl(project: CheckmarxProject, scanId: string): string;
}

export interface CheckmarxProject {
  readonly id: string;
  readonly name: string;
}

export interface Branching {
  readonly state: 'ready' | 'in-progress' | 'failed';
  /** Why it failed, in the server's words. */
  readonly reason: string | undefined;
}

export type ScanSource =
  | {
      readonly kind: 'git';
      /** `https://…/repo.git`, without a credential in it. */
      readonly url: string;
      /** The short name, such as `feature/x`; the server reads its newest commit. */
      readonly branch: string;
      /** For servers that can scan a commit. */
      readonly commit: string;
      /** For a private repository. */
      readonly credential: { readonly username: string; readonly token: string } | undefined;
    }
  /** A zip archive of the source. */
  | { readonly kind: 'upload'; readonly archive: Uint8Array };

export interface ScanRequest {
  readonly project: CheckmarxProject;
  readonly source: ScanSource;
  readonly incremental: boolean;
  /** Comes back as `label` of the scan: by it, a scan that was started before a crash is found again. At most 128 characters. */
  readonly label: string;
}

export interface CheckmarxScan {
  readonly id: string;
  readonly label: string | undefined;
}

/**
 * `partial` ended without having scanned all, so it is no clean pass. `canceled` may come from the server's own settings.
 * `gone` was deleted.
 */
export type ScanState = 'queued' | 'running' | 'finished' | 'partial' | 'canceled' | 'failed' | 'gone';

export interface ScanProgress {
  readonly id: string;
  readonly state: ScanState;
  /** What it does now, in the server's words, such as `SourcePullingAndDeployment` or `Scanning`. */
  readonly stage: string;
  /** 1 is next; undefined when it does not wait or the server does not tell. */
  readonly queuePosition: number | undefined;
  readonly percent: number | undefined;
  /** Why it ended as it did, in the server's words. */
  readonly reason: string | undefined;
  /** An incremental scan was refused because too much changed: a full one is needed. */
  readonly incrementalRefused: boolean;
}

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof severities)[number];
export type SeverityCounts = Readonly<Partial<Record<Severity, number>>>;

declare module '@octo-bots/core' {
  interface EventClients {
    readonly checkmarx: CheckmarxClient;
  }
  interface JobClients {
    readonly checkmarx: CheckmarxClient;
  }
}
