// `npm test`: installs what is missing, then runs every test. Arguments go to Vitest: `npm test -- libs/config`.
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './workspace.mjs';

ensureInstalled();
process.exit(runNode([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)]));
