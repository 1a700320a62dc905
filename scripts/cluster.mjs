// `npm run test:cluster`: the queue's tests and the end-to-end tests on a Redis Cluster of three nodes.
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './workspace.mjs';

ensureInstalled();
const env = { OCTO_TEST_REDIS: 'cluster' };
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const queue = runNode([vitest, 'run', '--project', 'redis', 'libs/queue/src'], env);
const endToEnd = runNode([vitest, 'run', '--project', 'e2e-cluster'], env);
process.exit(queue || endToEnd);
