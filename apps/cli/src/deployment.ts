import { type Extensions, formatProblem, loadDeployment } from '@octo-bots/config';
import { type Deployment, type Log, OctoError } from '@octo-bots/core';

/** @throws OctoError CONFIG_INVALID whose message lists every problem, a line each, and their number. */
export async function requireDeployment(path: string, extensions: Extensions, log: Log): Promise<Deployment> {
  const result = await loadDeployment(path, extensions, { log });
  if (result.ok) return result.deployment;
  const lines = result.problems.map((problem) => formatProblem(problem, { cwd: process.cwd() }));
  const count = lines.length === 1 ? '1 problem' : `${lines.length} problems`;
  throw new OctoError('CONFIG_INVALID', [...lines, '', `The configuration has ${count}.`].join('\n'));
}
