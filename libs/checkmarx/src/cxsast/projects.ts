import { answeredStatus, type ClientScope, OctoError } from '@octo-bots/core';
import type { Branching, CheckmarxProject } from '../contract.ts';
import { projectName } from '../project-name.ts';
import { readAs } from '../reading.ts';
import { serverCodeOf } from '../refusal.ts';
import type { CxSastRequests } from './requests.ts';
import { BranchingStatus, Made, Projects, Teams } from './shapes.ts';
import { nameOfStatus } from './stages.ts';

const nameExists = '12108';

/** The projects of one team. */
export class CxSastProjects {
  readonly #requests: CxSastRequests;
  readonly #team: string;
  #teamId: string | undefined;

  /** @param team its full name. */
  constructor(requests: CxSastRequests, team: string) {
    this.#requests = requests;
    this.#team = team;
  }

  async find(name: string, scope: ClientScope): Promise<CheckmarxProject | undefined> {
    const wanted = projectName(name);
    const query = { projectName: wanted, teamId: await this.#idOfTeam(scope) };
    const call = { method: 'GET', path: '/projects', query, route: 'GET /projects', version: '5.3' } as const;
    const reply = await orNone(this.#requests.request(call, scope));
    if (reply === undefined) return undefined;
    // The server takes `%` and `_` for wildcards, and case for nothing.
    const found = readAs(Projects, reply.data, 'GET /projects').find((project) => project.name === wanted);
    return found && { id: String(found.id), name: found.name };
  }

  async create(name: string, scope: ClientScope): Promise<CheckmarxProject> {
    const json = { name: projectName(name), owningTeam: await this.#idOfTeam(scope), isPublic: true };
    const call = { method: 'POST', path: '/projects', json, route: 'POST /projects', version: '5.0' } as const;
    return this.#made(json.name, this.#requests.request(call, scope), scope);
  }

  async branch(base: CheckmarxProject, name: string, scope: ClientScope): Promise<CheckmarxProject> {
    const json = { name: projectName(name) };
    const call = {
      method: 'POST',
      path: `/projects/${base.id}/branch`,
      json,
      route: 'POST /projects/{id}/branch',
      version: '1.0',
    } as const;
    return this.#made(json.name, this.#requests.request(call, scope), scope);
  }

  async branching(project: CheckmarxProject, scope: ClientScope): Promise<Branching> {
    const path = `/projects/branch/${project.id}`;
    const call = { method: 'GET', path, route: 'GET /projects/branch/{id}', version: '4.0' } as const;
    // 404: it was never branched; or an old server, which branches while it is asked to.
    const reply = await orNone(this.#requests.request(call, scope));
    if (reply === undefined) return { state: 'ready', reason: undefined };
    const { status, errorMessage } = readAs(BranchingStatus, reply.data, call.route);
    const name = nameOfStatus(status)?.toLowerCase();
    if (name === 'completed') return { state: 'ready', reason: undefined };
    if (name !== 'failed') return { state: 'in-progress', reason: undefined };
    const said = typeof errorMessage === 'string' && errorMessage !== '' ? errorMessage : undefined;
    return { state: 'failed', reason: said };
  }

  async delete(project: CheckmarxProject, scope: ClientScope): Promise<void> {
    const call = {
      method: 'DELETE',
      path: `/projects/${project.id}`,
      json: { deleteRunningScans: true },
      route: 'DELETE /projects/{id}',
      version: '5.0',
    } as const;
    try {
      await orNone(this.#requests.request(call, scope));
    } catch (error) {
      if (answeredStatus(error) !== 400) throw error;
      // Some servers say 400 for what is gone.
      const there = await this.find(project.name, scope);
      if (there?.id === project.id) throw error;
    }
  }

  async #made(name: string, request: Promise<{ data: unknown }>, scope: ClientScope): Promise<CheckmarxProject> {
    try {
      const { id } = readAs(Made, (await request).data, 'making a project');
      return { id: String(id), name };
    } catch (error) {
      if (serverCodeOf(error) !== nameExists) throw error;
      const there = await this.find(name, scope);
      if (there) return there;
      throw new OctoError(
        'CHECKMARX_REQUEST_REFUSED',
        `the project ${name} exists, but not in the team ${this.#team}; let the user of checkmarx-credentials see it, move it into that team, or rename it`,
        { cause: error, status: 400 },
      );
    }
  }

  async #idOfTeam(scope: ClientScope): Promise<string> {
    if (this.#teamId !== undefined) return this.#teamId;
    const call = { method: 'GET', path: '/auth/teams', route: 'GET /auth/teams', version: undefined } as const;
    const teams = readAs(Teams, (await this.#requests.request(call, scope)).data, call.route);
    // CxServer\Team is how older versions wrote it.
    const wanted = this.#team.replaceAll('\\', '/');
    const team = teams.find(({ fullName }) => fullName.replaceAll('\\', '/') === wanted);
    if (!team) {
      const known = teams.map(({ fullName }) => fullName).join(', ');
      throw new OctoError(
        'CHECKMARX_REQUEST_REFUSED',
        `team-full-name is "${this.#team}"; teams that the user of checkmarx-credentials sees: ${known === '' ? 'none' : known}; write one of these in its credentials file`,
      );
    }
    this.#teamId = String(team.id);
    return this.#teamId;
  }
}

/** 404 is how CxSAST says that there is none. */
export async function orNone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}
