/**
 * Lays out what an image needs, as a workspace of its own that `npm ci` accepts: the packages without what only development
 * needs, and a lock file without it. `npm ci --omit=dev` alone would not do: every workspace counts as production there,
 * the emulated GitHub among them.
 *
 *   node production-tree.mjs <source> <target> [package to leave out …]
 *
 * Writes `<target>/manifests` (package.json files and the lock, which change seldom) and `<target>/sources`.
 */
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [source, target, ...leftOut] = process.argv.slice(2);
if (source === undefined || target === undefined) throw new Error('say where from, and where to');

const read = (path) => JSON.parse(readFileSync(join(source, path), 'utf8'));
const write = (path, content) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
};

const packages = globSync('{apps,libs}/*/package.json', { cwd: source })
  .map((path) => dirname(path))
  .filter((path) => !leftOut.includes(path));

for (const path of ['.', ...packages]) {
  const { devDependencies: _, ...manifest } = read(join(path, 'package.json'));
  write(join(target, 'manifests', path, 'package.json'), manifest);
}

const lock = read('package-lock.json');
for (const [path, entry] of Object.entries(lock.packages)) {
  const workspace = entry.link ? entry.resolved : path.split('/node_modules/', 1)[0];
  if (leftOut.includes(workspace)) delete lock.packages[path];
  else delete entry.devDependencies;
}
write(join(target, 'manifests', 'package-lock.json'), lock);

for (const path of packages) {
  cpSync(join(source, path, 'src'), join(target, 'sources', path, 'src'), { recursive: true });
}
