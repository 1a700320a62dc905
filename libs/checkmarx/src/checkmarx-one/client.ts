import type { ClientScope } from '@octo-bots/core';
import { CheckmarxServer } from '../client.ts';
import { Connection } from '../connection.ts';
import type { CheckmarxClient } from '../contract.ts';
import type { RequestLimits } from '../limits.ts';
import { projectName } from '../project-name.ts';
import { startOnce } from '../start-scan.ts';
import type { Transport } from '../transport.ts';
import { type CheckmarxOneLogin, checkmarxOneLogin } from './login.ts';
import { CheckmarxOneProjects } from './projects.ts';
import { CheckmarxOneRequests } from './requests.ts';
import { CheckmarxOneScans } from './scans.ts';

/** A tenant of Checkmarx One. */
export function checkmarxOneServer(options: {
  apiUrl: string;
  login: CheckmarxOneLogin;
  transport: Transport;
  limits: RequestLimits;
  validityMs: number;
}): CheckmarxServer {
  const { apiUrl, login, transport, limits, validityMs } = options;
  const connection = new Connection({
    product: 'Checkmarx One',
    root: apiUrl,
    login: checkmarxOneLogin(login),
    transport,
    limits,
  });
  const requests = new CheckmarxOneRequests(connection);
  const projects = new CheckmarxOneProjects(requests);
  const scans = new CheckmarxOneScans(requests);
  return new CheckmarxServer((scope) => clientOf(apiUrl, projects, scans, scope), validityMs);
}

function clientOf(
  apiUrl: string,
  projects: CheckmarxOneProjects,
  scans: CheckmarxOneScans,
  scope: ClientScope,
): CheckmarxClient {
  const active: CheckmarxClient['activeScans'] = (project) => scans.active(project, scope);
  return {
    product: 'Checkmarx One',
    projectName,
    findProject: (name) => projects.find(name, scope),
    createProject: (name) => projects.create(name, scope),
    createBranchProject: (base, name) => projects.branch(base, name, scope),
    // It is there as soon as it is made.
    branching: async () => ({ state: 'ready', reason: undefined }),
    hasFinishedScan: (project) => scans.hasFinished(project, scope),
    startScan: (request) => startOnce(request, { active, start: () => scans.post(request, scope) }),
    activeScans: active,
    finishedScan: (project, label) => scans.finished(project, label, scope),
    scan: (id) => scans.progress(id, scope),
    counts: (id) => scans.counts(id, scope),
    cancel: (id) => scans.cancel(id, scope),
    async deleteProject(project) {
      for (const scan of await active(project)) await scans.cancel(scan.id, scope);
      await projects.delete(project, scope);
    },
    scanUrl: (project, id) => `${apiUrl}/results/${id}/${project.id}/sast`,
  };
}
