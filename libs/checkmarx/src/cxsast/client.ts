import type { ClientScope } from '@octo-bots/core';
import { CheckmarxServer } from '../client.ts';
import { Connection } from '../connection.ts';
import type { CheckmarxClient } from '../contract.ts';
import type { RequestLimits } from '../limits.ts';
import { projectName } from '../project-name.ts';
import { startOnce } from '../start-scan.ts';
import type { Transport } from '../transport.ts';
import { type CxSastLogin, cxSastLogin } from './login.ts';
import { CxSastProjects } from './projects.ts';
import { CxSastRequests } from './requests.ts';
import { CxSastScans } from './scans.ts';

/** A CxSAST 9.x server. */
export function cxSastServer(options: {
  apiUrl: string;
  team: string;
  login: CxSastLogin;
  transport: Transport;
  limits: RequestLimits;
  validityMs: number;
}): CheckmarxServer {
  const { apiUrl, team, login, transport, limits, validityMs } = options;
  const root = `${apiUrl}/cxrestapi`;
  const connection = new Connection({
    product: 'CxSAST',
    root,
    login: cxSastLogin(root, login),
    transport,
    limits,
  });
  const requests = new CxSastRequests(connection);
  const projects = new CxSastProjects(requests, team);
  const scans = new CxSastScans(requests);
  return new CheckmarxServer((scope) => clientOf(apiUrl, projects, scans, scope), validityMs);
}

function clientOf(apiUrl: string, projects: CxSastProjects, scans: CxSastScans, scope: ClientScope): CheckmarxClient {
  const active: CheckmarxClient['activeScans'] = (project) => scans.active(project, scope);
  return {
    product: 'CxSAST',
    projectName,
    findProject: (name) => projects.find(name, scope),
    createProject: (name) => projects.create(name, scope),
    createBranchProject: (base, name) => projects.branch(base, name, scope),
    branching: (project) => projects.branching(project, scope),
    hasFinishedScan: (project) => scans.hasFinished(project, scope),
    startScan: (request) =>
      startOnce(request, {
        active,
        async start() {
          await scans.setSource(request.project, request.source, scope);
          return scans.post(request, scope);
        },
      }),
    activeScans: active,
    finishedScan: (project, label) => scans.finished(project, label, scope),
    scan: (id) => scans.progress(id, scope),
    counts: (id) => scans.counts(id, scope),
    cancel: (id) => scans.cancel(id, scope),
    deleteProject: (project) => projects.delete(project, scope),
    scanUrl: (project, id) => `${apiUrl}/CxWebClient/ViewerMain.aspx?scanid=${id}&ProjectID=${project.id}`,
  };
}
