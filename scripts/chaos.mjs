// `npm run test:chaos`: installs what is missing, then runs the long form of the chaos suite (its short form is one of the tests).
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './workspace.mjs';

ensureInstalled();
process.exit(runNode([join(root, 'apps', 'cli', 'e2e', 'chaos', 'main.ts'), ...process.argv.slice(2)]));
