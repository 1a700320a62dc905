import { answeredStatus, type ClientScope, OctoError } from '@octo-bots/core';
import type { Static } from 'typebox';
import {
  type CheckmarxProject,
  type CheckmarxScan,
  type ScanProgress,
  type ScanRequest,
  type ScanSource,
  type ScanState,
  type Severity,
  type SeverityCounts,
  severities,
} from '../contract.ts';
import { saysIncrementalRefused } from '../incremental.ts';
import { readAs } from '../reading.ts';
import type { CheckmarxOneRequests } from './requests.ts';
import { Scan, ScanPage, Summaries, Upload } from './shapes.ts';

/** The tag of a scan that holds its label. */
const labelTag = 'octo-bots';
const pageSize = 100;

const states: Readonly<Record<string, ScanState>> = {
  queued: 'queued',
  running: 'running',
  completed: 'finished',
  failed: 'failed',
  partial: 'partial',
  canceled: 'canceled',
};

/** The scans of one tenant. */
export class CheckmarxOneScans {
  readonly #requests: CheckmarxOneRequests;

  constructor(requests: CheckmarxOneRequests) {
    this.#requests = requests;
  }

  async hasFinished(project: CheckmarxProject, scope: ClientScope): Promise<boolean> {
    const query = { 'project-id': project.id, statuses: 'Completed', limit: '1' };
    const { scans } = await this.#page(query, scope);
    return scans.some((scan) => stateOf(scan) === 'finished');
  }

  async finished(project: CheckmarxProject, label: string, scope: ClientScope): Promise<CheckmarxScan | undefined> {
    const ended = { 'project-id': project.id, statuses: ['Completed', 'Partial'] };
    const { scans } = await this.#page({ ...ended, 'tags-values': label, limit: String(pageSize) }, scope);
    const found = scans.find((scan) => scan.tags?.[labelTag] === label && !isUnderWay(stateOf(scan)));
    return found && { id: found.id, label };
  }

  async post(request: ScanRequest, scope: ClientScope): Promise<CheckmarxScan> {
    const { project, source, incremental, label } = request;
    const json = {
      ...(await this.#source(source, scope)),
      // With tags here, even none, the project would lose its own.
      project: { id: project.id },
      config: [{ type: 'sast', value: { incremental: String(incremental) } }],
      tags: { [labelTag]: label },
    };
    const secrets = source.kind === 'git' && source.credential ? [source.credential.token] : [];
    const { data } = await this.#requests.request({ method: 'POST', path: '/api/scans', json, secrets }, scope);
    return { id: readAs(Scan, data, 'POST /api/scans').id, label };
  }

  async active(project: CheckmarxProject, scope: ClientScope): Promise<readonly CheckmarxScan[]> {
    const found: Static<typeof Scan>[] = [];
    for (;;) {
      const { scans, total } = await this.#page(
        {
          'project-id': project.id,
          statuses: ['Queued', 'Running'],
          limit: String(pageSize),
          offset: String(found.length),
        },
        scope,
      );
      found.push(...scans);
      if (scans.length === 0 || found.length >= total) break;
    }
    return found
      .filter((scan) => isUnderWay(stateOf(scan)))
      .sort((a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? ''))
      .map(({ id, tags }) => ({ id, label: tags?.[labelTag] }));
  }

  async progress(id: string, scope: ClientScope): Promise<ScanProgress> {
    try {
      const { data } = await this.#requests.request({ method: 'GET', path: `/api/scans/${id}` }, scope);
      return progressOf(readAs(Scan, data, 'GET /api/scans/{id}'));
    } catch (error) {
      if (answeredStatus(error) !== 404) throw error;
      return { ...nothingKnown, id, state: 'gone', stage: 'Deleted' };
    }
  }

  async counts(id: string, scope: ClientScope): Promise<SeverityCounts> {
    const query = { 'scan-ids': id };
    const { data } = await this.#requests.request({ method: 'GET', path: '/api/scan-summary', query }, scope);
    const { scansSummaries } = readAs(Summaries, data, 'GET /api/scan-summary');
    const counters = scansSummaries.find(({ scanId }) => scanId === id)?.sastCounters;
    if (counters) return countsOf(counters);
    throw new OctoError('CHECKMARX_REQUEST_FAILED', `GET /api/scan-summary: no SAST results of the scan ${id} yet`);
  }

  async cancel(id: string, scope: ClientScope): Promise<void> {
    const json = { status: 'Canceled' };
    try {
      await this.#requests.request({ method: 'PATCH', path: `/api/scans/${id}`, json }, scope);
    } catch (error) {
      const status = answeredStatus(error);
      if (status === 404) return;
      // It may have ended in the meantime.
      if (status !== 400 || isUnderWay((await this.progress(id, scope)).state)) throw error;
    }
  }

  async #source(source: ScanSource, scope: ClientScope): Promise<object> {
    if (source.kind === 'upload')
      return { type: 'upload', handler: { uploadUrl: await this.#upload(source.archive, scope) } };
    const { url, branch, commit, credential } = source;
    const access = credential
      ? { credentials: { username: credential.username, type: 'apiKey', value: credential.token } }
      : {};
    return { type: 'git', handler: { repoUrl: url, branch, commit, ...access } };
  }

  async #upload(archive: Uint8Array, scope: ClientScope): Promise<string> {
    const { data } = await this.#requests.request({ method: 'POST', path: '/api/uploads', repeatable: true }, scope);
    const { url } = readAs(Upload, data, 'POST /api/uploads');
    const headers = { 'content-type': 'application/zip' };
    await this.#requests.request({ method: 'PUT', path: url, upload: archive, headers }, scope);
    return url;
  }

  async #page(query: Readonly<Record<string, string | readonly string[]>>, scope: ClientScope) {
    const { data } = await this.#requests.request({ method: 'GET', path: '/api/scans', query }, scope);
    const { scans, filteredTotalCount } = readAs(ScanPage, data, 'GET /api/scans');
    return { scans: scans ?? [], total: filteredTotalCount ?? 0 };
  }
}

/** A status that nobody has heard of is one on the way. */
function stateOf({ status }: Pick<Static<typeof Scan>, 'status'>): ScanState {
  return states[status.toLowerCase()] ?? 'running';
}

function isUnderWay(state: ScanState): boolean {
  return state === 'queued' || state === 'running';
}

const nothingKnown = {
  queuePosition: undefined,
  percent: undefined,
  reason: undefined,
  incrementalRefused: false,
} as const;

function progressOf(scan: Static<typeof Scan>): ScanProgress {
  const state = stateOf(scan);
  const parts = scan.statusDetails ?? [];
  const said = parts
    .filter(({ details = '' }) => details !== '')
    .map(({ name = '', details }) => (name === '' ? `${details}` : `${name}: ${details}`))
    .join('; ');
  const sast = parts.find(({ name }) => name === 'sast')?.status;
  const { positionInQueue } = scan;
  return {
    id: scan.id,
    state,
    stage: state === 'running' && sast ? `${scan.status}, sast ${sast}` : scan.status,
    queuePosition: state === 'queued' && typeof positionInQueue === 'number' ? positionInQueue : undefined,
    percent: undefined,
    reason: isUnderWay(state) || state === 'finished' || said === '' ? undefined : said,
    incrementalRefused: state === 'failed' && saysIncrementalRefused(said),
  };
}

type Counters = Exclude<Static<typeof Summaries>['scansSummaries'][number]['sastCounters'], undefined>;

/**
 * The server lists only the severities that it found something of, so one that is not listed is zero; unless the total says
 * that something is not listed.
 */
function countsOf({ severityCounters, totalCounter }: Counters): SeverityCounts {
  const counts: Partial<Record<Severity, number>> = {};
  let sum = 0;
  for (const { severity, counter } of severityCounters ?? []) {
    const known = severities.find((name) => name === severity.toLowerCase());
    if (known) counts[known] = (counts[known] ?? 0) + counter;
    if (known) sum += counter;
  }
  if (totalCounter !== undefined && totalCounter !== sum) return counts;
  return { critical: 0, high: 0, medium: 0, low: 0, info: 0, ...counts };
}
