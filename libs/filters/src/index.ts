import { defineRegistry } from '@octo-bots/core';
import { allOf } from './all-of/all-of.ts';
import { anyOf } from './any-of/any-of.ts';
import { authorFilter } from './author-filter/author-filter.ts';
import { branchFilter } from './branch-filter/branch-filter.ts';
import { draftFilter } from './draft-filter/draft-filter.ts';
import { eventsFilter } from './events-filter/events-filter.ts';
import { fileFilter } from './file-filter/file-filter.ts';
import { filesChangedFilter } from './files-changed-filter/files-changed-filter.ts';
import { labelFilter } from './label-filter/label-filter.ts';
import { not } from './not/not.ts';
import { repoFilter } from './repo-filter/repo-filter.ts';
import { senderFilter } from './sender-filter/sender-filter.ts';
import { titleFilter } from './title-filter/title-filter.ts';

/** Every filter that YAML may name. A new one is added here. */
export const filters = defineRegistry([
  allOf,
  anyOf,
  authorFilter,
  branchFilter,
  draftFilter,
  eventsFilter,
  fileFilter,
  filesChangedFilter,
  labelFilter,
  not,
  repoFilter,
  senderFilter,
  titleFilter,
]);
