import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { nodeProblem } from './require-node.mjs';

describe('a Node that is too old', () => {
  it.each(['18.20.0', '20.20.2', '22.18.0', '24.11.1'])('is told so: %s', (version) => {
    expect(nodeProblem(version)).toContain(`this is Node ${version}`);
  });

  it.each(['24.12.0', '24.21.0', '25.0.0', '26.1.0'])('is not: %s', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });

  it('is one below what package.json asks for', async () => {
    const manifest = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(manifest.engines.node).toBe('>=24.12.0');
  });
});
