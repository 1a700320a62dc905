import { answeredStatus, type ClientScope } from '@octo-bots/core';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import { FormData } from 'undici';
import type {
  CheckmarxProject,
  CheckmarxScan,
  ScanProgress,
  ScanRequest,
  ScanSource,
  SeverityCounts,
} from '../contract.ts';
import { saysIncrementalRefused } from '../incremental.ts';
import { readAs } from '../reading.ts';
import { isObject } from '../said.ts';
import { orNone } from './projects.ts';
import type { CxSastRequests } from './requests.ts';
import { Made, Queue, QueuedScan, Scan, Scans, Statistics, Status } from './shapes.ts';
import { nameOfStatus, type Stage, stageOf } from './stages.ts';

/** So many of the latest scans are looked through for a label. */
const lookedThrough = 20;

/** The scans of one CxSAST server. */
export class CxSastScans {
  readonly #requests: CxSastRequests;

  constructor(requests: CxSastRequests) {
    this.#requests = requests;
  }

  async hasFinished(project: CheckmarxProject, scope: ClientScope): Promise<boolean> {
    return (await this.#latestFinished(project, 1, scope)).length > 0;
  }

  async finished(project: CheckmarxProject, label: string, scope: ClientScope): Promise<CheckmarxScan | undefined> {
    const found = (await this.#latestFinished(project, lookedThrough, scope)).find(({ comment }) => comment === label);
    return found && { id: String(found.id), label };
  }

  async setSource(project: CheckmarxProject, source: ScanSource, scope: ClientScope): Promise<void> {
    const path = `/projects/${project.id}/sourceCode`;
    if (source.kind === 'upload') {
      const upload = new FormData();
      upload.set(
        'zippedSource',
        new Blob([Uint8Array.from(source.archive)], { type: 'application/zip' }),
        'source.zip',
      );
      await this.#requests.request(
        {
          method: 'POST',
          path: `${path}/attachments`,
          upload,
          repeatable: true,
          route: 'POST attachments',
          version: '4.0',
        },
        scope,
      );
      return;
    }
    const { url, credential } = source;
    const access = credential ? { authentication: 'PAT', pat: credential.token } : { authentication: 'none' };
    await this.#requests.request(
      {
        method: 'POST',
        path: `${path}/remoteSettings/git`,
        json: { url, branch: `refs/heads/${source.branch}`, ...access },
        repeatable: true,
        secrets: credential ? [credential.token] : [],
        route: 'POST remoteSettings/git',
        version: '1.3',
      },
      scope,
    );
  }

  async post({ project, incremental, label }: ScanRequest, scope: ClientScope): Promise<CheckmarxScan> {
    const call = {
      method: 'POST',
      path: '/sast/scans',
      json: {
        projectId: Number(project.id),
        isIncremental: incremental,
        isPublic: true,
        // Without it, a source that did not change is skipped.
        forceScan: true,
        comment: label,
      },
      route: 'POST /sast/scans',
      version: '5.0',
    } as const;
    const { id } = readAs(Made, (await this.#requests.request(call, scope)).data, call.route);
    return { id: String(id), label };
  }

  /** The queue does not tell the comments, so each scan in it is asked for its own. */
  async active(project: CheckmarxProject, scope: ClientScope): Promise<readonly CheckmarxScan[]> {
    const query = { projectId: project.id };
    const call = { method: 'GET', path: '/sast/scansQueue', query, route: 'GET queue', version: '1.2' } as const;
    const reply = await orNone(this.#requests.request(call, scope));
    if (reply === undefined) return [];
    const waiting = readAs(Queue, reply.data, call.route)
      .filter(({ stage }) => isUnderWay(stageOf(stage)))
      .sort((a, b) => a.id - b.id);
    const scans: CheckmarxScan[] = [];
    for (const { id } of waiting) {
      const scan = await this.#details(String(id), scope);
      const comment = scan?.comment;
      scans.push({ id: String(id), label: typeof comment === 'string' && comment !== '' ? comment : undefined });
    }
    return scans;
  }

  async progress(id: string, scope: ClientScope): Promise<ScanProgress> {
    const path = `/sast/scansQueue/${id}`;
    const call = { method: 'GET', path, route: 'GET queue/{id}', version: '1.2' } as const;
    const reply = await orNone(this.#requests.request(call, scope));
    if (reply !== undefined) {
      const queued = readAs(QueuedScan, reply.data, call.route);
      // What a finished scan is worth, only the scan itself tells.
      if (stageOf(queued.stage).state !== 'finished') return progressInQueue(id, queued);
    }
    const scan = await this.#details(id, scope);
    return scan === undefined ? progressOf(id, { name: 'Deleted', state: 'gone' }, '') : progressOfScan(id, scan);
  }

  async counts(id: string, scope: ClientScope): Promise<SeverityCounts> {
    const path = `/sast/scans/${id}/resultsStatistics`;
    const call = { method: 'GET', path, route: 'GET resultsStatistics', version: '6.0' } as const;
    const { data } = await this.#requests.request(call, scope);
    const found = readAs(Statistics, data, call.route);
    const counts = {
      critical: found.criticalSeverity,
      high: found.highSeverity,
      medium: found.mediumSeverity,
      low: found.lowSeverity,
      info: found.infoSeverity,
    };
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => typeof count === 'number'));
  }

  async cancel(id: string, scope: ClientScope): Promise<void> {
    const call = {
      method: 'PATCH',
      path: `/sast/scansQueue/${id}`,
      json: { status: 'Canceled' },
      route: 'PATCH queue/{id}',
      version: '1.2',
    } as const;
    try {
      await orNone(this.#requests.request(call, scope));
    } catch (error) {
      // It may have ended in the meantime.
      if (answeredStatus(error) !== 400 || isUnderWay(await this.progress(id, scope))) throw error;
    }
  }

  async #latestFinished(project: CheckmarxProject, last: number, scope: ClientScope) {
    const query = { projectId: project.id, scanStatus: 'Finished', last: String(last) };
    const call = { method: 'GET', path: '/sast/scans', query, route: 'GET /sast/scans', version: '1.0' } as const;
    const reply = await orNone(this.#requests.request(call, scope));
    if (reply === undefined) return [];
    return readAs(Scans, reply.data, call.route).filter(({ status }) => stageOf(status).state === 'finished');
  }

  async #details(id: string, scope: ClientScope): Promise<Static<typeof Scan> | undefined> {
    const call = { method: 'GET', path: `/sast/scans/${id}`, route: 'GET /sast/scans/{id}', version: '5.0' } as const;
    const reply = await orNone(this.#requests.request(call, scope));
    return reply && readAs(Scan, reply.data, call.route);
  }
}

function isUnderWay({ state }: Pick<Stage, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

function progressInQueue(id: string, queued: Static<typeof QueuedScan>): ScanProgress {
  const stage = stageOf(queued.stage);
  const { queuePosition, totalPercent, stageDetails } = queued;
  return {
    ...progressOf(id, stage, typeof stageDetails === 'string' ? stageDetails : ''),
    queuePosition: stage.state === 'queued' && typeof queuePosition === 'number' ? queuePosition : undefined,
    percent: typeof totalPercent === 'number' ? totalPercent : undefined,
  };
}

function progressOfScan(id: string, scan: Static<typeof Scan>): ScanProgress {
  const stage = stageOf(scan.status);
  const details = detailsOf(scan.status);
  if (stage.state !== 'finished' || !isPartial(scan.finishedScanStatus)) return progressOf(id, stage, details);
  const reasons = scan.partialScanReasons;
  const said = Array.isArray(reasons) ? reasons.map(String).join('; ') : typeof reasons === 'string' ? reasons : '';
  return progressOf(id, { name: 'Finished, partial', state: 'partial' }, said === '' ? details : said);
}

/** `{id, value}` or a text. */
function isPartial(finished: unknown): boolean {
  return Value.Check(Status, finished) && nameOfStatus(finished)?.toLowerCase() === 'partial';
}

function detailsOf(status: Static<typeof Scan>['status']): string {
  const details = typeof status === 'object' && isObject(status.details) ? status.details : {};
  return [details.stage, details.step].filter((text) => typeof text === 'string' && text !== '').join(': ');
}

function progressOf(id: string, { name, state }: Stage, details: string): ScanProgress {
  const ended = !isUnderWay({ state });
  return {
    id,
    state,
    stage: name,
    queuePosition: undefined,
    percent: undefined,
    reason: ended && state !== 'finished' && details !== '' ? details : undefined,
    incrementalRefused: state === 'failed' && saysIncrementalRefused(details),
  };
}
