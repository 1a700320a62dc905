import type { TestProject } from 'vitest/node';
import { type DockerReport, findDocker } from './docker-engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    docker: DockerReport;
  }
}

/** Tells the tests that need a Docker engine whether there is one; says it loudly when there is none, for they are skipped. */
export default function ensureDocker(project: TestProject): void {
  const docker = findDocker();
  project.provide('docker', docker);
  if (docker.available) return;
  const line = '!'.repeat(100);
  console.warn(`${line}\n!! NOT TESTED: the tests "${project.name}" are skipped, with ${docker.why}\n${line}`);
}
