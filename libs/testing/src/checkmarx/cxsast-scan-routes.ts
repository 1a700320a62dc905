import { textAt, valueAt } from '../github/json.ts';
import { Refusal } from './cxsast-errors.ts';
import { type CxRoute, queueView } from './cxsast-routes.ts';
import { type CxSastState, type CxScan, hasEnded, stageIds } from './cxsast-state.ts';
import type { Answer } from './fake-http.ts';

const firstWithCritical = [9, 7] as const;

export function scanRoutes(state: CxSastState, byPolls: boolean): CxRoute[] {
  return [
    { method: 'POST', pattern: /^\/sast\/scans$/, version: 5, handle: ({ data }) => startScan(state, data) },
    {
      method: 'GET',
      pattern: /^\/sast\/scans$/,
      version: 1,
      handle: ({ url }) => ({ status: 200, body: listScans(state, url.searchParams) }),
    },
    {
      method: 'GET',
      pattern: /^\/sast\/scans\/(\d+)$/,
      version: 5,
      handle: (_, id) => ({ status: 200, body: scanView(state.scan(id)) }),
    },
    {
      method: 'GET',
      pattern: /^\/sast\/scansQueue$/,
      version: 1.2,
      handle({ url }) {
        const project = url.searchParams.get('projectId');
        const queue = state.queue(project === null ? undefined : Number(project));
        return { status: 200, body: queue.map((scan) => queueView(state, scan)) };
      },
    },
    {
      method: 'GET',
      pattern: /^\/sast\/scansQueue\/(\d+)$/,
      version: 1.2,
      handle: (_, id) => pollQueue(state, state.scan(id), byPolls),
    },
    {
      method: 'PATCH',
      pattern: /^\/sast\/scansQueue\/(\d+)$/,
      version: 1.2,
      handle: ({ data }, id) => cancelScan(state, state.scan(id), textAt(data, 'status')),
    },
    {
      method: 'GET',
      pattern: /^\/sast\/scans\/(\d+)\/resultsStatistics$/,
      version: 6,
      handle: ({ headers }, id) => statistics(state, state.scan(id), String(headers.accept)),
    },
  ];
}

function startScan(state: CxSastState, data: unknown): Answer {
  const project = state.projects.get(Number(valueAt(data, 'projectId')));
  if (!project) throw new Refusal(400, 'The project does not exist');
  const { id } = state.startScan(project, {
    incremental: valueAt(data, 'isIncremental') === true,
    force: valueAt(data, 'forceScan') === true,
    comment: textAt(data, 'comment') ?? '',
  });
  return { status: 201, body: { id, link: { rel: 'self', uri: `/sast/scans/${id}` } } };
}

/** Newest first. */
function listScans(state: CxSastState, query: URLSearchParams) {
  const [project, status] = [query.get('projectId'), query.get('scanStatus')];
  return state.scans
    .filter(({ deleted }) => !deleted)
    .filter(({ projectId }) => project === null || projectId === Number(project))
    .filter(({ stage }) => status === null || stage === status)
    .reverse()
    .slice(0, Number(query.get('last') ?? Number.MAX_SAFE_INTEGER))
    .map(scanView);
}

function scanView(scan: CxScan) {
  const finished = scan.stage === 'Finished';
  return {
    id: scan.id,
    project: { id: scan.projectId, name: scan.projectName },
    status: { id: stageIds[scan.stage], name: scan.stage, details: { stage: scan.details, step: '' } },
    comment: scan.comment,
    isIncremental: scan.incremental,
    finishedScanStatus: finished ? (scan.partial ? { id: 2, value: 'Partial' } : { id: 1, value: 'Completed' }) : null,
    partialScanReasons: finished && scan.partial ? 'Some files could not be parsed' : null,
  };
}

function pollQueue(state: CxSastState, scan: CxScan, byPolls: boolean): Answer {
  if (hasEnded(scan)) {
    const polls = scan.pollsAfterEnd++;
    if (polls >= state.quirks.endedStaysInQueue) throw new Refusal(404, `scan ${scan.id} is not in the queue`);
  }
  const answer = { status: 200, body: queueView(state, scan) };
  if (byPolls) state.advance(scan);
  return answer;
}

function cancelScan(state: CxSastState, scan: CxScan, status: string | undefined): Answer {
  if (status !== 'Canceled') throw new Refusal(400, 'The status is invalid');
  if (hasEnded(scan)) throw new Refusal(404, `scan ${scan.id} is not in the queue`);
  scan.cancelAsked = true;
  state.end(scan, 'Canceled', 'Scan was canceled by the user');
  return { status: 200 };
}

function statistics({ quirks }: CxSastState, scan: CxScan, accept: string): Answer {
  if (scan.stage !== 'Finished' || !scan.counts) throw new Refusal(400, 'The scan has not finished');
  const { critical, high, medium, low, info } = scan.counts;
  const hasCritical = knowsCritical(quirks.version) && /;\s*v=6(\.0)?$/.test(accept);
  return {
    status: 200,
    body: {
      ...(hasCritical ? { criticalSeverity: critical } : {}),
      highSeverity: high,
      mediumSeverity: medium,
      lowSeverity: low,
      infoSeverity: info,
    },
  };
}

export function knowsCritical(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [firstMajor, firstMinor] = firstWithCritical;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}
