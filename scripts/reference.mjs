// `npm run reference`: installs what is missing, then writes the pages of the docs that are made from declarations.
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './workspace.mjs';

ensureInstalled();
process.exit(runNode([join(root, 'scripts', 'reference.ts'), ...process.argv.slice(2)]));
