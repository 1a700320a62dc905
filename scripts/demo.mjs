// `npm run demo`: installs what is missing, then shows the whole system answering a pull request of an emulated GitHub.
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './workspace.mjs';

ensureInstalled();
process.exit(runNode([join(root, 'apps', 'demo', 'src', 'main.ts'), ...process.argv.slice(2)]));
