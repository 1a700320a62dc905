import { answeredStatus, type ClientScope } from '@octo-bots/core';
import { logKey } from '@octo-bots/telemetry';
import type { Static } from 'typebox';
import type { CheckmarxProject } from '../contract.ts';
import { projectName } from '../project-name.ts';
import { readAs } from '../reading.ts';
import type { CheckmarxOneRequests } from './requests.ts';
import { Configuration, Project, ProjectPage } from './shapes.ts';

/** What a branch project has of its base. */
type Settings = { readonly [Key in 'groups' | 'repoUrl' | 'criticality' | 'tags']?: unknown };

/** The projects of one tenant. It knows no branch projects: one is a project that is made with the settings of another. */
export class CheckmarxOneProjects {
  readonly #requests: CheckmarxOneRequests;

  constructor(requests: CheckmarxOneRequests) {
    this.#requests = requests;
  }

  async find(name: string, scope: ClientScope): Promise<CheckmarxProject | undefined> {
    const wanted = projectName(name);
    const query = { names: wanted };
    const { data } = await this.#requests.request({ method: 'GET', path: '/api/projects', query }, scope);
    const { projects } = readAs(ProjectPage, data, 'GET /api/projects');
    const found = projects?.find((project) => project.name === wanted);
    return found && { id: found.id, name: found.name };
  }

  async create(name: string, scope: ClientScope): Promise<CheckmarxProject> {
    const { project } = await this.#create(projectName(name), {}, scope);
    return project;
  }

  async branch(base: CheckmarxProject, name: string, scope: ClientScope): Promise<CheckmarxProject> {
    const there = await this.find(name, scope);
    if (there) return there;
    const { data } = await this.#requests.request({ method: 'GET', path: `/api/projects/${base.id}` }, scope);
    const { groups, repoUrl, criticality, tags } = readAs(Project, data, 'GET /api/projects/{id}');
    const configuration = await this.#configuration(base, scope);
    const settings = { groups, repoUrl, criticality, tags };
    const { project, isNew } = await this.#create(projectName(name), settings, scope);
    if (!isNew) return project;
    try {
      await this.#configure(project, configuration, scope);
    } catch (error) {
      // Without the base's settings it would be found and scanned next time as if it had them.
      await this.delete(project, scope);
      throw error;
    }
    return project;
  }

  async delete(project: CheckmarxProject, scope: ClientScope): Promise<void> {
    try {
      await this.#requests.request({ method: 'DELETE', path: `/api/projects/${project.id}` }, scope);
    } catch (error) {
      if (answeredStatus(error) !== 404) throw error;
    }
  }

  /** @returns the project; not a new one when somebody else was faster. */
  async #create(
    name: string,
    settings: Settings,
    scope: ClientScope,
  ): Promise<{ project: CheckmarxProject; isNew: boolean }> {
    const given = Object.entries(settings).filter(([, value]) => value !== null && value !== undefined && value !== '');
    const json = { name, ...Object.fromEntries(given) };
    try {
      const { data } = await this.#requests.request({ method: 'POST', path: '/api/projects', json }, scope);
      const made = readAs(Project, { name, ...asObject(data) }, 'POST /api/projects');
      return { project: { id: made.id, name }, isNew: true };
    } catch (error) {
      const status = answeredStatus(error);
      if (status === undefined || status >= 500) throw error;
      const there = await this.find(name, scope);
      if (there) return { project: there, isNew: false };
      throw error;
    }
  }

  /** What the project itself sets, not its tenant. */
  async #configuration(project: CheckmarxProject, scope: ClientScope): Promise<Static<typeof Configuration>> {
    const query = { 'project-id': project.id };
    const path = '/api/configuration/project';
    try {
      const { data } = await this.#requests.request({ method: 'GET', path, query }, scope);
      return readAs(Configuration, data, `GET ${path}`).filter(({ originLevel }) => originLevel === 'Project');
    } catch (error) {
      const status = answeredStatus(error);
      if (status !== 403 && status !== 404) throw error;
      const about = { project: project.name, [logKey.status]: status };
      scope.log.warn(about, 'The scan settings of a Checkmarx project cannot be read; its branch projects do without');
      return [];
    }
  }

  async #configure(project: CheckmarxProject, settings: Static<typeof Configuration>, scope: ClientScope) {
    if (settings.length === 0) return;
    const query = { 'project-id': project.id };
    const path = '/api/configuration/project';
    await this.#requests.request({ method: 'PATCH', path, query, json: settings }, scope);
  }
}

function asObject(data: unknown): object {
  return typeof data === 'object' && data !== null ? data : {};
}
