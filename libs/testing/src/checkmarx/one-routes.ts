import { isObject, numberAt, objectsOf, textAt, textsOf, valueAt } from '../github/json.ts';
import type { FakeCounts, ScannedSource } from './fake-checkmarx.ts';
import type { Answer, Exchange } from './fake-http.ts';
import { hasEnded, OneRefusal, type OneScan, type OneSetting, type OneState } from './one-state.ts';

export interface OneRoute {
  readonly method: string;
  readonly pattern: RegExp;
  handle(exchange: Exchange, id: string): Answer;
}

const ok = (body: unknown): Answer => ({ status: 200, body });

/** All values of a parameter, which may be repeated or joined with commas. */
function valuesOf(query: URLSearchParams, name: string): string[] | undefined {
  const values = query.getAll(name).flatMap((value) => value.split(','));
  return values.length === 0 ? undefined : values;
}

function page<T>(items: readonly T[], query: URLSearchParams): T[] {
  const offset = Number(query.get('offset') ?? 0);
  return items.slice(offset, offset + Number(query.get('limit') ?? 20));
}

function tagsOf(value: unknown): Record<string, string> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)])) : {};
}

export function projectRoutes(state: OneState): OneRoute[] {
  return [
    {
      method: 'GET',
      pattern: /^\/api\/projects$/,
      handle({ url: { searchParams: query } }) {
        const names = valuesOf(query, 'names');
        const all = [...state.projects.values()];
        const found = all.filter(({ name }) => names?.includes(name) ?? true);
        return ok({
          totalCount: all.length,
          filteredTotalCount: found.length,
          projects: page(found, query).map(({ configuration: _, ...project }) => project),
        });
      },
    },
    {
      method: 'POST',
      pattern: /^\/api\/projects$/,
      handle({ data }) {
        const { configuration: _, ...project } = state.createProject({
          name: textAt(data, 'name') ?? '',
          groups: textsOf(valueAt(data, 'groups')),
          repoUrl: textAt(data, 'repoUrl') ?? '',
          mainBranch: textAt(data, 'mainBranch') ?? '',
          criticality: numberAt(data, 'criticality') ?? 3,
          tags: tagsOf(valueAt(data, 'tags')),
        });
        return { status: 201, body: project };
      },
    },
    {
      method: 'GET',
      pattern: /^\/api\/projects\/([^/]+)$/,
      handle(_, id) {
        const { configuration: __, ...project } = state.project(id);
        return ok(project);
      },
    },
    {
      method: 'DELETE',
      pattern: /^\/api\/projects\/([^/]+)$/,
      handle(_, id) {
        state.deleteProject(state.project(id));
        return { status: 204 };
      },
    },
    ...configurationRoutes(state),
  ];
}

function configurationRoutes(state: OneState): OneRoute[] {
  const projectOf = ({ url }: Exchange) => state.project(url.searchParams.get('project-id') ?? '');
  const pattern = /^\/api\/configuration\/project$/;
  return [
    { method: 'GET', pattern, handle: (exchange) => ok(projectOf(exchange).configuration) },
    {
      method: 'PATCH',
      pattern,
      handle(exchange) {
        const project = projectOf(exchange);
        const changes = objectsOf(exchange.data).map(settingOf);
        const kept = project.configuration.filter(({ key }) => !changes.some((change) => change.key === key));
        project.configuration = [...kept, ...changes];
        return { status: 204 };
      },
    },
  ];
}

function settingOf(data: unknown): OneSetting {
  const key = textAt(data, 'key') ?? '';
  return {
    key,
    name: textAt(data, 'name') ?? key,
    value: textAt(data, 'value') ?? '',
    originLevel: 'Project',
    allowOverride: valueAt(data, 'allowOverride') === true,
  };
}

export function scanRoutes(state: OneState, byPolls: boolean): OneRoute[] {
  return [
    {
      method: 'GET',
      pattern: /^\/api\/scans$/,
      handle: ({ url }) => listScans(state, url.searchParams),
    },
    { method: 'POST', pattern: /^\/api\/scans$/, handle: (exchange) => startScan(state, exchange) },
    {
      method: 'GET',
      pattern: /^\/api\/scans\/([^/]+)$/,
      handle(_, id) {
        const scan = state.scan(id);
        const answer = ok(scanView(state, scan));
        if (byPolls) state.advance(scan);
        return answer;
      },
    },
    {
      method: 'PATCH',
      pattern: /^\/api\/scans\/([^/]+)$/,
      handle({ data }, id) {
        const scan = state.scan(id);
        if (textAt(data, 'status') !== 'Canceled') throw new OneRefusal(400, 'the status is invalid', 1);
        if (hasEnded(scan)) throw new OneRefusal(400, 'the scan has ended', 1);
        scan.cancelAsked = true;
        state.end(scan, 'Canceled', 'canceled by the user');
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      pattern: /^\/api\/scan-summary$/,
      handle: ({ url }) => summaries(state, valuesOf(url.searchParams, 'scan-ids') ?? []),
    },
  ];
}

/** Oldest first, as the server does unless it is told otherwise. */
function listScans(state: OneState, query: URLSearchParams): Answer {
  const project = query.get('project-id');
  const statuses = valuesOf(query, 'statuses')?.map((status) => status.toLowerCase());
  const tags = valuesOf(query, 'tags-values');
  const all = state.scans.filter(({ deleted }) => !deleted);
  const found = all
    .filter((scan) => tags === undefined || Object.values(scan.tags).some((tag) => tags.includes(tag)))
    .filter(({ projectId }) => project === null || projectId === project)
    .filter(({ status }) => statuses?.includes(status.toLowerCase()) ?? true);
  return ok({
    totalCount: all.length,
    filteredTotalCount: found.length,
    scans: page(found, query).map((scan) => scanView(state, scan)),
  });
}

function startScan(state: OneState, { data }: Exchange): Answer {
  const project = state.project(textAt(data, 'project', 'id') ?? '');
  const sast = objectsOf(valueAt(data, 'config')).find((config) => config.type === 'sast');
  const incremental = valueAt(sast, 'value', 'incremental') ?? 'false';
  if (typeof incremental !== 'string') throw new OneRefusal(400, 'config values must be strings', 1);
  const scan = state.startScan({
    project,
    source: sourceOf(state, data),
    incremental: incremental === 'true',
    tags: tagsOf(valueAt(data, 'tags')),
  });
  const tags = valueAt(data, 'project', 'tags');
  if (tags !== undefined) project.tags = tagsOf(tags);
  return { status: 201, body: scanView(state, scan) };
}

function sourceOf({ uploads }: OneState, data: unknown): ScannedSource {
  const handler = valueAt(data, 'handler');
  if (textAt(data, 'type') === 'upload') {
    const archive = uploads.get(textAt(handler, 'uploadUrl') ?? '');
    if (!archive) throw new OneRefusal(400, 'nothing was uploaded to uploadUrl', 1);
    return { kind: 'upload', archive };
  }
  if (textAt(data, 'type') !== 'git') throw new OneRefusal(400, 'type must be git or upload', 1);
  const url = textAt(handler, 'repoUrl');
  const branch = textAt(handler, 'branch');
  if (!url || !branch) throw new OneRefusal(400, 'repoUrl and branch are needed', 1);
  const token = textAt(handler, 'credentials', 'value');
  return { kind: 'git', url, branch, commit: textAt(handler, 'commit'), token };
}

function scanView({ scans }: OneState, scan: OneScan) {
  const place = scans.filter(({ status }) => status === 'Queued').indexOf(scan);
  const { status, details } = scan;
  return {
    id: scan.id,
    status,
    statusDetails: [
      { name: 'general', status, details },
      { name: 'sast', status, details: '' },
    ],
    ...(place < 0 ? {} : { positionInQueue: place + 1 }),
    projectId: scan.projectId,
    projectName: scan.projectName,
    createdAt: scan.createdAt,
    tags: scan.tags,
    engines: ['sast'],
  };
}

function summaries(state: OneState, ids: readonly string[]): Answer {
  if (state.quirks.lateSummaries > 0) {
    state.quirks.lateSummaries -= 1;
    return ok({ scansSummaries: [], totalCount: 0 });
  }
  const scansSummaries = ids.flatMap((id) => {
    const { counts } = state.scan(id);
    return counts ? [{ scanId: id, sastCounters: countersOf(state, counts) }] : [];
  });
  return ok({ scansSummaries, totalCount: scansSummaries.length });
}

/** Only what was found is listed. */
function countersOf({ quirks }: OneState, counts: FakeCounts) {
  const found = Object.entries(counts).filter(([, count]) => count > 0);
  return {
    severityCounters: found
      .filter(([severity]) => severity !== 'critical' || !quirks.hidesCritical)
      .map(([severity, counter]) => ({ severity: severity.toUpperCase(), counter })),
    ...(quirks.totalCounter ? { totalCounter: found.reduce((sum, [, count]) => sum + count, 0) } : {}),
  };
}
