#!/usr/bin/env node
import { nodeProblem } from './require-node.mjs';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  await import('./main.ts');
} else {
  console.error(problem);
  process.exit(1);
}
