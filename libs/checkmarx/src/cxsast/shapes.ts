import { Type } from 'typebox';

/** The parts of the answers of CxSAST 9.x that the client reads. */

const Id = Type.Integer();
export const Made = Type.Object({ id: Id });
export const Teams = Type.Array(Type.Object({ id: Type.Union([Id, Type.String()]), fullName: Type.String() }));
export const Projects = Type.Array(Type.Object({ id: Id, name: Type.String() }));

/** Servers disagree: a text, `{id, value}`, or `{id, name, details}`. */
export const Status = Type.Union([
  Type.String(),
  Type.Object({
    id: Type.Optional(Type.Union([Id, Type.Null()])),
    value: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    details: Type.Optional(Type.Unknown()),
  }),
]);

const Maybe = Type.Optional(Type.Unknown());

export const BranchingStatus = Type.Object({ status: Status, errorMessage: Maybe });

export const QueuedScan = Type.Object({
  id: Id,
  stage: Status,
  stageDetails: Maybe,
  queuePosition: Maybe,
  totalPercent: Maybe,
});
export const Queue = Type.Array(QueuedScan);

export const Scan = Type.Object({
  id: Id,
  status: Status,
  comment: Maybe,
  finishedScanStatus: Maybe,
  partialScanReasons: Maybe,
});
export const Scans = Type.Array(Scan);

const Count = Type.Optional(Type.Union([Type.Integer(), Type.Null()]));
export const Statistics = Type.Object({
  criticalSeverity: Count,
  highSeverity: Count,
  mediumSeverity: Count,
  lowSeverity: Count,
  infoSeverity: Count,
});
