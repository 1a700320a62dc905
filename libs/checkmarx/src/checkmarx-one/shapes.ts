import { Type } from 'typebox';

/** The parts of the answers of Checkmarx One that the client reads. */

const Texts = Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()]));
const Tags = Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]));

export const Project = Type.Object({
  id: Type.String(),
  name: Type.String(),
  groups: Texts,
  repoUrl: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  criticality: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  tags: Tags,
});
export const ProjectPage = Type.Object({
  projects: Type.Optional(Type.Union([Type.Array(Project), Type.Null()])),
});

export const Scan = Type.Object({
  id: Type.String(),
  status: Type.String(),
  statusDetails: Type.Optional(
    Type.Union([
      Type.Array(
        Type.Object({
          name: Type.Optional(Type.String()),
          status: Type.Optional(Type.String()),
          details: Type.Optional(Type.String()),
        }),
      ),
      Type.Null(),
    ]),
  ),
  positionInQueue: Type.Optional(Type.Unknown()),
  createdAt: Type.Optional(Type.String()),
  tags: Tags,
});
export const ScanPage = Type.Object({
  filteredTotalCount: Type.Optional(Type.Integer()),
  scans: Type.Optional(Type.Union([Type.Array(Scan), Type.Null()])),
});

export const Upload = Type.Object({ url: Type.String() });

/** Settings of a project that scans go by, such as its preset. */
export const Configuration = Type.Array(
  Type.Object({ key: Type.String(), originLevel: Type.Optional(Type.String()) }, { additionalProperties: true }),
);

export const Summaries = Type.Object({
  scansSummaries: Type.Array(
    Type.Object({
      scanId: Type.String(),
      sastCounters: Type.Optional(
        Type.Object({
          severityCounters: Type.Optional(
            Type.Union([Type.Array(Type.Object({ severity: Type.String(), counter: Type.Integer() })), Type.Null()]),
          ),
          totalCounter: Type.Optional(Type.Integer()),
        }),
      ),
    }),
  ),
});
