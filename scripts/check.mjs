// `npm run check`: what CI holds besides the tests. Runs every gate, then says which did not hold and what mends it.
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './workspace.mjs';

ensureInstalled();
const bin = (...path) => join(root, 'node_modules', ...path);
const gates = [
  { name: 'format and lint', args: [bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '.'], mend: 'npm run format' },
  { name: 'types', args: [bin('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], mend: 'mend the types named above' },
  {
    name: 'boundaries',
    args: [join('scripts', 'boundaries.ts')],
    mend: 'see CONTRIBUTING.md, "Who may import whom"',
  },
  { name: 'reference', args: [join('scripts', 'reference.ts'), '--check'], mend: 'npm run reference' },
];

const broken = [];
for (const gate of gates) {
  const started = Date.now();
  const held = runNode(gate.args) === 0;
  console.log(`${held ? 'holds ' : 'BROKEN'}  ${gate.name}  (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!held) broken.push(gate);
}
for (const gate of broken) console.error(`${gate.name}: ${gate.mend}`);
process.exit(broken.length === 0 ? 0 : 1);
