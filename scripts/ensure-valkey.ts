import { spawnSync } from 'node:child_process';
import { valkeyImage } from '@octo-bots/testing';
import type { TestProject } from 'vitest/node';
import { findDocker } from './docker-engine.ts';
import ensureDocker from './ensure-docker.ts';

/** Where there is a Docker engine, this makes the image of Valkey, which is quick when nothing changed. */
export default function ensureValkey(project: TestProject): void {
  ensureDocker(project);
  if (!findDocker().available) return;
  const { name, context } = valkeyImage;
  const { status } = spawnSync('docker', ['build', '--quiet', '--tag', name, context], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    throw new Error(`docker build ${context} ended with ${status}; it needs debian:trixie-slim and its packages`);
}
