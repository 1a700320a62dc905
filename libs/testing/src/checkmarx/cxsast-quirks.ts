import type { ErrorShape } from './cxsast-errors.ts';

/** What differs between CxSAST servers and their versions. */
export interface CxSastQuirks {
  /** Branching is `InProgress` for so many polls; then it is `Completed`, or `Failed` with the text of `fails`. */
  branching: { polls: number; fails?: string };
  /** 404 (HTML) for `GET /projects/branch/{id}`. */
  noBranchingStatus: boolean;
  /** The status of a branching as `{"id", "value"}`, not as a text. */
  statusAsObject: boolean;
  /** `expires_in` of new tokens. */
  tokenLifeSeconds: number;
  /** Tokens end after this part of the life that was told. */
  tokensEndEarly: number;
  /** Higher versions are refused everywhere. Default: 6. A server below 9.7 takes no version 6.0. */
  highestApiVersion: number;
  /** What `GET /system/version` says; before 9.7 there is no critical severity. */
  version: string;
  refusesIncremental: boolean;
  /** Scans that finish are partial. */
  partial: boolean;
  /** A scan that ended stays in the queue for so many polls. */
  endedStaysInQueue: number;
  /** How a project that is not there is answered; the list of projects is apart. */
  missingProject: 400 | 404;
  /** How refusals look that have no code of their own. */
  errorShape: ErrorShape;
  /** A list of projects that matches none is `[]`, not 404. */
  emptyListFor404: boolean;
}

export const usualQuirks: CxSastQuirks = {
  branching: { polls: 1 },
  noBranchingStatus: false,
  statusAsObject: false,
  tokenLifeSeconds: 3600,
  tokensEndEarly: 1,
  highestApiVersion: 6,
  version: '9.7.0.1001',
  refusesIncremental: false,
  partial: false,
  endedStaysInQueue: 0,
  missingProject: 400,
  errorShape: 'message-code',
  emptyListFor404: false,
};
