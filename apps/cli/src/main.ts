#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Hundreds of modules are compiled at each start; the next one finds them compiled, in the folder for temporary files.
enableCompileCache();
const { runCli } = await import('./index.ts');

// Exits by itself: after a failed start something may still hold the process open.
process.exit(await runCli(process.argv.slice(2)));
