import type { CheckmarxRequest, PlannedCheckmarxAnswer, TlsFiles } from './fake-http.ts';

/** What both fakes give to a test, whichever product they are. */
export interface FakeCheckmarx extends AsyncDisposable {
  /** `api-url` of checkmarx-credentials. */
  readonly url: string;
  /** The keys of the credentials file that log in here. */
  readonly login: Readonly<Record<string, string>>;
  /** All requests so far, oldest first, those for tokens too. */
  requests(): readonly CheckmarxRequest[];
  projects(): readonly FakeProjectView[];
  /** All scans that were ever started, oldest first; those of deleted projects too. */
  scans(): readonly FakeScanView[];
  /** What scans find, from now on; or what one of them found. Default: nothing of any severity. */
  setCounts(counts: Partial<FakeCounts>, scanId?: string): void;
  /** Takes a scan one stage further. */
  advance(scanId: string): void;
  finish(scanId: string, how?: { partial?: boolean }): void;
  fail(scanId: string, reason?: string): void;
  /** As somebody (or a rule of the queue) on the server does it. */
  cancel(scanId: string, reason?: string): void;
  /** Answers in the server's stead. */
  answerWith(plan: PlannedCheckmarxAnswer): void;
  /** Tokens given so far stop working. */
  forgetTokens(): void;
}

export interface FakeCounts {
  critical: number;
  high: number;
  medium: number;
  low: number;
  info: number;
}

export const nothingFound: FakeCounts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };

export interface FakeProjectView {
  readonly id: string;
  readonly name: string;
  /** The id of the project that it was branched from. */
  readonly base: string | undefined;
}

export type ScannedSource =
  | {
      readonly kind: 'git';
      readonly url: string;
      /** As the server was told: `refs/heads/x` (CxSAST) or `x` (Checkmarx One). */
      readonly branch: string;
      readonly commit: string | undefined;
      /** The token that was to be used for the clone. */
      readonly token: string | undefined;
    }
  | { readonly kind: 'upload'; readonly archive: Uint8Array };

export interface FakeScanView {
  readonly id: string;
  readonly projectId: string;
  readonly projectName: string;
  /** What was really scanned: the project's source at that time. */
  readonly source: ScannedSource | undefined;
  readonly label: string | undefined;
  readonly incremental: boolean;
  /** In the product's own words: `Scanning`, `Finished`, `Running`, `Completed`, … */
  readonly status: string;
  readonly ended: boolean;
  /** The client asked for its end. */
  readonly cancelAsked: boolean;
}

export interface FakeCheckmarxOptions {
  /**
   * What takes a scan further. `by-polls`: each time that its progress is asked for, it goes one stage on, so that a client
   * that polls sees it end. `by-hand`: only `advance`, `finish`, `fail` and `cancel`. Default: `by-polls`.
   */
  readonly progress?: 'by-polls' | 'by-hand';
  /** Serves https. */
  readonly tls?: TlsFiles;
}
