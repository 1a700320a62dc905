import { defineRegistry } from '@octo-bots/core';
import { branchFilter } from './branch-filter/branch-filter.ts';
import { eventsFilter } from './events-filter/events-filter.ts';
import { fileFilter } from './file-filter/file-filter.ts';
import { repoFilter } from './repo-filter/repo-filter.ts';

/** Every filter that YAML may name. A new one is added here. */
export const filters = defineRegistry([branchFilter, eventsFilter, fileFilter, repoFilter]);
