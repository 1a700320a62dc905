import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeBlocks, runOctoBots, startGitHub, writeDeployment } from '@octo-bots/testing';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

describe('what README says', () => {
  it.each(['bots', 'jobs'] as const)('defines %s that a deployment takes', async (kind) => {
    const snippets = codeBlocks(readme, 'yaml').filter((code) => code.startsWith(`${kind}:`));
    expect(snippets).toHaveLength(1);
    await using github = await startGitHub();
    await using deployment = await writeDeployment({ github, [kind]: snippets[0] });
    const { code, stderr } = await runOctoBots({ args: ['validate', '--config', deployment.configPath] });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('names scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const named = [...readme.matchAll(/npm run\s+([\w-]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) expect(scripts).toHaveProperty(name);
  });

  it('names commands and flags that octo-bots has', async () => {
    const commands = new Set([...readme.matchAll(/npx octo-bots ([a-z-]+)/g)].map(([, name = '']) => name));
    expect([...commands].sort()).toEqual([
      'dashboard',
      'ingress',
      'replay',
      'run-job',
      'scheduler',
      'start',
      'validate',
      'worker',
    ]);
    const flags = ['--config', '--redis-url', '--host', '--port', '--log-level', '--tls', '--cert', '--key', '--help'];
    for (const flag of flags) expect(readme).toContain(flag);
    const { stdout } = await runOctoBots({ args: ['start', '--help'] });
    for (const flag of flags) expect(stdout).toContain(flag);
  });

  it('names files that are there', async () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, path = '']) => path);
    const copied = [...readme.matchAll(/cp (config\/\S+)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(3);
    expect(copied).toEqual(['config/credentials/github-app.example.yml']);
    await Promise.all(
      [...links, ...copied].map((path) =>
        readFile(join(root, path)).catch((error) => error.code === 'EISDIR' || expect.fail(`${path} is missing`)),
      ),
    );
  });
});
