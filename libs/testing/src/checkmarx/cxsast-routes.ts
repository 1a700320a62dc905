import { isObject, textAt, valueAt } from '../github/json.ts';
import { Refusal } from './cxsast-errors.ts';
import { type CxProject, type CxSastState, type CxScan, hasEnded, stageIds } from './cxsast-state.ts';
import type { Answer, Exchange } from './fake-http.ts';

export interface CxRoute {
  readonly method: string;
  readonly pattern: RegExp;
  /** The highest version that the newest server has. */
  readonly version: number;
  handle(exchange: Exchange, id: string): Answer | Promise<Answer>;
}

export const team = { id: 4, name: 'Octo', fullName: '/CxServer/Octo', parentId: 1 };
const presets = [
  { id: 1, name: 'All' },
  { id: 36, name: 'Checkmarx Default' },
];
const engineConfigurations = [
  { id: 1, name: 'Default Configuration' },
  { id: 5, name: 'Multi-language Scan' },
];

const ok = (body: unknown): Answer => ({ status: 200, body });
const link = (path: string) => ({ rel: 'self', uri: path });

export function serverRoutes({ quirks }: CxSastState): CxRoute[] {
  return [
    { method: 'GET', pattern: /^\/auth\/teams$/, version: 1, handle: () => ok([{ ...team, parentId: 1 }]) },
    { method: 'GET', pattern: /^\/sast\/presets$/, version: 1, handle: () => ok(presets) },
    { method: 'GET', pattern: /^\/sast\/engineConfigurations$/, version: 1, handle: () => ok(engineConfigurations) },
    {
      method: 'GET',
      pattern: /^\/system\/version$/,
      version: 1.1,
      handle: () => ok({ version: quirks.version, hotFix: '0', engineVersion: quirks.version }),
    },
  ];
}

export function projectRoutes(state: CxSastState): CxRoute[] {
  return [
    {
      method: 'GET',
      pattern: /^\/projects$/,
      version: 5.3,
      handle: ({ url }) => listProjects(state, url.searchParams),
    },
    {
      method: 'POST',
      pattern: /^\/projects$/,
      version: 5,
      handle({ data }) {
        const owner = valueAt(data, 'owningTeam');
        if (String(owner) !== String(team.id)) throw new Refusal(400, 'The team does not exist', 12_101);
        const name = textAt(data, 'name') ?? '';
        const { id } = state.createProject(name, String(owner), valueAt(data, 'isPublic') === true);
        return { status: 201, body: { id, link: link(`/projects/${id}`) } };
      },
    },
    {
      method: 'GET',
      pattern: /^\/projects\/(\d+)$/,
      version: 5.3,
      handle: (_, id) => ok(projectView(state.project(id))),
    },
    {
      method: 'POST',
      pattern: /^\/projects\/(\d+)\/branch$/,
      version: 1,
      handle({ data }, id) {
        const base = state.projects.get(Number(id));
        if (!base) throw new Refusal(400, 'The original project does not exist', 47_102);
        const made = state.createProject(textAt(data, 'name') ?? '', base.owningTeam, base.isPublic, base);
        return { status: 201, body: { id: made.id, link: link(`/projects/${made.id}`) } };
      },
    },
    {
      method: 'DELETE',
      pattern: /^\/projects\/(\d+)$/,
      version: 5,
      handle({ data }, id) {
        state.deleteProject(state.project(id), valueAt(data, 'deleteRunningScans') === true);
        return { status: 202 };
      },
    },
    {
      method: 'GET',
      pattern: /^\/projects\/branch\/(\d+)$/,
      version: 4,
      handle: (_, id) => ok(branchingView(state, id)),
    },
  ];
}

function listProjects({ projects, quirks }: CxSastState, query: URLSearchParams): Answer {
  const name = query.get('projectName');
  const teamId = query.get('teamId');
  const offset = Number(query.get('offset') ?? 0);
  const found = [...projects.values()]
    .filter((project) => name === null || likes(name).test(project.name))
    .filter((project) => teamId === null || project.owningTeam === teamId)
    .slice(offset, offset + Number(query.get('limit') ?? Number.MAX_SAFE_INTEGER));
  if (found.length === 0 && !quirks.emptyListFor404) throw new Refusal(404, 'No projects were found');
  return ok(found.map(projectView));
}

/** `%` and `_` are wildcards, as in SQL, and case does not count. */
function likes(pattern: string): RegExp {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${source.replaceAll('%', '.*').replaceAll('_', '.')}$`, 'i');
}

function projectView({ id, name, owningTeam, isPublic, base }: CxProject) {
  return {
    id,
    teamId: Number(owningTeam),
    name,
    isPublic,
    isBranched: base !== undefined,
    originalProjectId: base === undefined ? '' : String(base),
    links: [link(`/projects/${id}`)],
  };
}

function branchingView(state: CxSastState, id: string) {
  const project = state.projects.get(Number(id));
  if (project?.base === undefined) throw new Refusal(404, 'The project is not a branched project');
  const { status, errorMessage } = state.pollBranching(project);
  const ids = { InProgress: 1, Completed: 2, Failed: 3 };
  return {
    id: project.id,
    originalProjectId: project.base,
    branchedProjectId: project.id,
    status: state.quirks.statusAsObject ? { id: ids[status], value: status } : status,
    errorMessage,
  };
}

export function sourceRoutes(state: CxSastState): CxRoute[] {
  return [
    {
      method: 'POST',
      pattern: /^\/projects\/(\d+)\/sourceCode\/remoteSettings\/git$/,
      version: 1.3,
      handle({ data }, id) {
        const project = state.project(id);
        const [url, branch] = [textAt(data, 'url'), textAt(data, 'branch')];
        if (!url || !branch?.startsWith('refs/')) throw new Refusal(400, 'The git url or branch is invalid');
        const authentication = textAt(data, 'authentication');
        const pat = textAt(data, 'pat');
        if (authentication === 'PAT' && !pat) throw new Refusal(400, 'The personal access token is missing');
        const token = authentication === 'PAT' ? pat : undefined;
        project.source = { kind: 'git', url, branch, commit: undefined, token };
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      pattern: /^\/projects\/(\d+)\/sourceCode\/attachments$/,
      version: 4,
      async handle(exchange, id) {
        const project = state.project(id);
        const archive = await zippedSource(exchange);
        if (!archive) throw new Refusal(400, 'zippedSource is missing');
        project.source = { kind: 'upload', archive };
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      pattern: /^\/sast\/scanSettings\/(\d+)$/,
      version: 4,
      handle: (_, id) => ok(settingsView(state.project(id))),
    },
    { method: 'POST', pattern: /^\/sast\/scanSettings$/, version: 4, handle: ({ data }) => setSettings(state, data) },
  ];
}

async function zippedSource({ headers, body }: Exchange): Promise<Uint8Array | undefined> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } })
    .formData()
    .catch(() => undefined);
  const file = form?.get('zippedSource');
  return file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : undefined;
}

function settingsView({ id, settings }: CxProject) {
  const { presetId, engineConfigurationId, postScanActionId, emailNotifications } = settings;
  return {
    project: { id },
    preset: { id: presetId },
    engineConfiguration: { id: engineConfigurationId },
    postScanAction: postScanActionId === null ? null : { id: postScanActionId },
    emailNotifications,
  };
}

/** What is left out is gone afterwards. */
function setSettings(state: CxSastState, data: unknown): Answer {
  const project = state.project(String(valueAt(data, 'projectId')));
  const presetId = Number(valueAt(data, 'presetId'));
  const engineConfigurationId = Number(valueAt(data, 'engineConfigurationId'));
  if (!presets.some(({ id }) => id === presetId)) throw new Refusal(400, 'The preset does not exist');
  if (!engineConfigurations.some(({ id }) => id === engineConfigurationId)) {
    throw new Refusal(400, 'The engine configuration does not exist');
  }
  const action = valueAt(data, 'postScanActionId');
  const mails = valueAt(data, 'emailNotifications');
  const list = (key: string) => {
    const value = isObject(mails) ? mails[key] : undefined;
    return Array.isArray(value) ? value.map(String) : [];
  };
  project.settings = {
    presetId,
    engineConfigurationId,
    postScanActionId: typeof action === 'number' ? action : null,
    emailNotifications: {
      failedScan: list('failedScan'),
      beforeScan: list('beforeScan'),
      afterScan: list('afterScan'),
    },
  };
  return ok({ id: project.id, link: link(`/sast/scanSettings/${project.id}`) });
}

/** Shown by the queue and by the scan itself. */
export function queueView(state: CxSastState, scan: CxScan) {
  const waiting = state.queue().filter(({ stage }) => stage === 'Queued');
  const place = waiting.indexOf(scan);
  return {
    id: scan.id,
    stage: { id: stageIds[scan.stage], value: scan.stage },
    stageDetails: scan.details,
    stepDetails: '',
    project: { id: scan.projectId, name: scan.projectName },
    isIncremental: scan.incremental,
    queuePosition: place < 0 ? null : place + 1,
    totalPercent: hasEnded(scan) ? 100 : scan.stage === 'Scanning' ? 50 : 0,
  };
}
