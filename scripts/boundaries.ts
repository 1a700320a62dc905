/**
 * Who may import whom. Nx's project graph gives the packages and their declared dependencies; a package's layer is its tag
 * (`layer:…` in its package.json). Three things are refused: a dependency that does not point downwards, an import that is not
 * declared, and a library that belongs behind another package's door.
 *
 *   node scripts/boundaries.ts [workspace root]
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

/** From the bottom up. A package may depend on any layer below its own. */
const layers = ['core', 'telemetry', 'engine', 'library', 'process', 'command', 'demo'];

/** Type-only imports within one layer: extensions name the type of the client that they need. */
const typesOnly = new Map([
  ['filters', ['github']],
  ['operations', ['github', 'checkmarx']],
]);

/** Libraries that stand behind one package's door. `testing` is a client of the real servers by itself. */
const doors = [
  { library: /^(bullmq|ioredis)$/, owners: ['queue', 'testing'] },
  { library: /^@octokit\//, owners: ['github', 'testing'] },
];

interface Package {
  readonly name: string;
  readonly root: string;
  readonly layer: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

const scope = '@octo-bots/';

function readPackages(workspace: string): Map<string, Package> {
  const scratch = mkdtempSync(join(tmpdir(), 'octo-bots-graph-'));
  try {
    const file = join(scratch, 'graph.json');
    const nx = fileURLToPath(import.meta.resolve('nx/package.json'));
    execFileSync(
      process.execPath,
      [join(dirname(nx), JSON.parse(readFileSync(nx, 'utf8')).bin.nx), 'graph', `--file=${file}`],
      {
        cwd: workspace,
        env: { ...process.env, NX_DAEMON: 'false', NX_CACHE_PROJECT_GRAPH: 'false', NX_WORKSPACE_ROOT_PATH: workspace },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const { graph } = JSON.parse(readFileSync(file, 'utf8'));
    const packages = new Map<string, Package>();
    for (const [name, node] of Object.entries<{ data: { root: string; tags?: string[] } }>(graph.nodes)) {
      if (!name.startsWith(scope)) continue;
      const manifest = JSON.parse(readFileSync(join(workspace, node.data.root, 'package.json'), 'utf8'));
      packages.set(name.slice(scope.length), {
        name: name.slice(scope.length),
        root: node.data.root,
        layer: node.data.tags?.find((tag) => tag.startsWith('layer:'))?.slice('layer:'.length) ?? '',
        dependencies: new Set(Object.keys(manifest.dependencies ?? {})),
        devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
      });
    }
    return packages;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const { module } = parseSync(file, source);
  const lineAt = (offset: number) => source.slice(0, offset).split('\n').length;
  const found: Import[] = [];
  for (const statement of module.staticImports) {
    const typeOnly =
      statement.entries.length > 0
        ? statement.entries.every((entry) => entry.isType)
        : isTypeImport(source, statement.start);
    found.push({ specifier: statement.moduleRequest.value, line: lineAt(statement.start), typeOnly });
  }
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) {
      if (entry.moduleRequest) {
        found.push({ specifier: entry.moduleRequest.value, line: lineAt(statement.start), typeOnly: entry.isType });
      }
    }
  }
  for (const call of module.dynamicImports) {
    const text = source.slice(call.moduleRequest.start, call.moduleRequest.end);
    const literal = /^['"`]([^'"`$]+)['"`]$/.exec(text)?.[1];
    if (literal !== undefined) found.push({ specifier: literal, line: lineAt(call.start), typeOnly: false });
  }
  return found;
}

/** `import type {} from '…'` has no entries that could say so. */
function isTypeImport(source: string, start: number): boolean {
  return /^import\s+type\b/.test(source.slice(start, start + 40));
}

const isTestFile = (file: string) => /\.test\.ts$|\/e2e\/|\/test-support\//.test(file);

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What is wrong with one import, or undefined. */
function judge(from: Package, file: string, imported: Import, workspace: string): string | undefined {
  const { specifier } = imported;
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return undefined;
  if (specifier.startsWith('.')) {
    const target = relative(join(workspace, from.root), resolve(dirname(file), specifier));
    return target.startsWith('..') ? `reaches into another package by path; import @octo-bots/… by name` : undefined;
  }
  const library = packageOf(specifier);
  if (library.startsWith(scope) && library !== specifier) return `goes past the door of ${library}; import ${library}`;
  const door = doors.find(({ library: behind }) => behind.test(library));
  if (door && !door.owners.includes(from.name) && !isTestFile(file)) {
    return `belongs behind the door of ${door.owners[0]}; use what @octo-bots/${door.owners[0]} exports`;
  }
  if (from.dependencies.has(library)) {
    const isTypeEdge = typesOnly.get(from.name)?.includes(library.slice(scope.length));
    return isTypeEdge && !imported.typeOnly && !isTestFile(file)
      ? 'only its types may be imported; write `import type`'
      : undefined;
  }
  if (isTestFile(file) && (from.devDependencies.has(library) || library === 'vitest')) return undefined;
  return `is not among the dependencies of ${from.root}/package.json; add it there, if the layers allow it`;
}

/** What is wrong with the declared dependencies of one package. */
function judgeDependencies(from: Package, packages: ReadonlyMap<string, Package>): string[] {
  if (from.name === 'testing') return [];
  const rank = layers.indexOf(from.layer);
  if (rank < 0) return [`has no layer; add "nx": {"tags": ["layer:…"]} with one of ${layers.join(', ')}`];
  const problems: string[] = [];
  for (const dependency of from.dependencies) {
    if (!dependency.startsWith(scope)) continue;
    const to = packages.get(dependency.slice(scope.length));
    if (to === undefined) problems.push(`depends on ${dependency}, which is no package of this workspace`);
    else if (to.name === 'testing') {
      if (from.layer !== 'demo') problems.push('depends on testing, which only tests and the demo may use');
    } else if (layers.indexOf(to.layer) >= rank && !typesOnly.get(from.name)?.includes(to.name)) {
      problems.push(
        `(layer ${from.layer}) depends on ${to.name} (layer ${to.layer}); dependencies point downwards: ${layers.join(' < ')}`,
      );
    }
  }
  return problems;
}

export function findViolations(workspace: string): string[] {
  const packages = readPackages(workspace);
  const violations: string[] = [];
  for (const from of packages.values()) {
    for (const problem of judgeDependencies(from, packages)) violations.push(`${from.root}/package.json ${problem}`);
    for (const file of globSync('**/*.ts', { cwd: join(workspace, from.root), exclude: ['**/node_modules/**'] })) {
      const path = join(workspace, from.root, file);
      for (const imported of importsOf(path)) {
        const problem = judge(from, path, imported, workspace);
        if (problem)
          violations.push(`${relative(workspace, path)}:${imported.line} import of "${imported.specifier}" ${problem}`);
      }
    }
  }
  return violations;
}

if (import.meta.main) {
  const workspace = resolve(process.argv[2] ?? dirname(import.meta.dirname));
  const violations = findViolations(workspace);
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) process.exitCode = 1;
}
